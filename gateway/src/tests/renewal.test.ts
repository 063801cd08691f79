// Tests that a failed certificate renewal does not stop the gateway. docs/guide/gateway.md, "Files"
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { keptAt } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { systemClock } from '../clock/clock.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { silentLog } from '../telemetry/log.ts'
import { testGateway } from '../testing/gateway.ts'

const RENEWAL_DUE_MS = 61 * 86_400_000

test('T-078 a certificate that cannot be written is logged, and the gateway continues', async () => {
  await using it = await testGateway('https://hotline.example')
  const inTheWay = join(it.config.dataDir, 'keys', 'gateway.pem.new')
  mkdirSync(inTheWay)
  const logged = Promise.withResolvers<string>()
  await it.restart({
    clock: { ...systemClock, now: () => Date.now() + RENEWAL_DUE_MS },
    log: { ...silentLog, error: logged.resolve },
  })
  expect(await logged.promise).toBe('certificate not renewed')
  rmSync(inTheWay, { recursive: true })
  expect((await it.gateway.createToken()).token).toContain('rex-token-')
})

test.each([
  ['ahead of the end of every certificate', Date.now() + 120 * 86_400_000],
  ['in 1970', 1000],
])(
  'T-138 a gateway whose clock is %s still admits its desk, if others confirm the time, and so can be set right',
  async (_name, nowMs) => {
    await using it = await testGateway('https://hotline.example')
    await it.gateway.drain()
    const store = openSqliteStore(join(it.config.dataDir, 'store.sqlite'))
    await store.commit((write) => write.time.keep(keptAt(Date.now())))
    await store[Symbol.asyncDispose]()
    await it.restart({ clock: { ...systemClock, now: () => nowMs } })
    expect(await it.desk.lease()).toBeGreaterThan(0)
  },
)
