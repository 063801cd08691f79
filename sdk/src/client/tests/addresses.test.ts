// T-149: a desk stores all addresses of its gateway, uses the next address if one fails, and stores new addresses. docs/spec/mailbox.md
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, type Gateway, initGateway, readConfig, startGateway } from '@rex/gateway'
import { afterAll, expect, test, vi } from 'vitest'
import { initDesk } from '../init.ts'
import { openKeystore } from '../keys/keystore.ts'
import { openAgain, PASSPHRASE } from './harness/parties.ts'

const root = mkdtempSync(join(tmpdir(), 'rex-addresses-'))
const directory = join(root, 'hotline')
let gateway: Gateway
afterAll(async () => {
  await gateway.drain()
  rmSync(root, { recursive: true })
})

/** Returns an address at which nothing listens. */
async function nobody(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

async function start(change: Partial<Config>, running?: Gateway): Promise<void> {
  await running?.drain()
  gateway = await startGateway({ ...(await readConfig(join(directory, 'gateway'))), ...change })
}

const known = async () => (await openKeystore(join(directory, 'desk'), PASSPHRASE)).gateways

test('T-149 REX-MBX-107 the desk tries the next address when one fails: new addresses first, then old ones', async () => {
  const at = { directory: join(directory, 'gateway'), organisation: 'https://hotline.example' }
  await initGateway({ ...at, listen: '127.0.0.1:0' })
  const [dead, real, moved, enrolListen] = await Promise.all([nobody(), nobody(), nobody(), nobody()])
  await start({ listen: real, enrolListen, endpoints: [dead, real] })
  const { token } = await gateway.createToken()
  await initDesk({
    directory: join(directory, 'desk'),
    token,
    name: 'Hotline (test)',
    passphrase: PASSPHRASE,
  })
  expect(await known()).toEqual([dead, real])

  {
    await using desk = await openAgain(directory)
    await desk.caughtUp()
    expect(await desk.health()).toMatchObject({ gateway: real })
    await start({ listen: real, enrolListen, endpoints: [moved, real] }, gateway)
    await vi.waitFor(async () => expect(await known()).toEqual([moved, real, dead]), { timeout: 60_000 })
  }

  await start({ listen: moved, enrolListen, endpoints: [moved] }, gateway)
  await using desk = await openAgain(directory)
  await desk.caughtUp()
  const { gateway: used, problems } = await desk.health()
  expect({ used, codes: problems.map(({ code }) => code) }).toEqual({ used: moved, codes: ['nobody-paired'] })
})
