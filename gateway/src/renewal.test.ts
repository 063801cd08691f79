// A failed certificate renewal stops nothing. docs/guide/gateway.md, "Files"
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from './clock/clock.ts'
import { silentLog } from './telemetry/log.ts'
import { testGateway } from './testing/gateway.ts'

const RENEWAL_DUE_MS = 61 * 86_400_000

test('T-078 a certificate that cannot be written is logged, and the gateway goes on', async () => {
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
