// Tests desks whose links to their own gateways run over a network that damages traffic.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type Desk, initDesk } from '@rex/sdk'
import { parseReferral } from '@rex/sdk/referral'
import { expect, test } from 'vitest'
import { startGateway } from '../gateway.ts'
import { initGateway } from '../init.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { type FaultProxy, faultProxy } from '../testing/network/proxy.ts'
import { seeded } from '../testing/random.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const SEED = Number(process.env.REX_SEED ?? 90)
const PASSPHRASE = 'correct horse battery staple'
const EACH = 10
/** Share of damaged chunks. */
const RATE = 0.04
/** Number of damaged chunks after which the links go dead in one direction. */
const DAMAGES = 5
const EXAMPLE = new URL('../../../examples/referrals/victim-support-grooming.json', import.meta.url)
const referral = parseReferral(JSON.parse(readFileSync(EXAMPLE, 'utf8')))

interface Party extends AsyncDisposable {
  readonly desk: Desk
  readonly network: FaultProxy
  /** Threads of sent referrals. */
  readonly sent: string[]
  /** How often the application received each referral, by thread. */
  readonly received: Map<string, number>
  send(to: string): Promise<void>
}

/** Creates an organisation whose gateway can be reached only through the network, even by its own desk. */
async function party(organisation: string, random: () => number): Promise<Party> {
  await using undo = new AsyncDisposableStack()
  const directory = undo.use(temporaryDirectory()).path
  const network: FaultProxy = undo.use(await faultProxy(() => gateway.address, random))
  const made = await initGateway({ directory, organisation, listen: '127.0.0.1:0' })
  const gateway = await startGateway({ ...made.config, endpoints: [network.address] })
  undo.defer(() => gateway.drain())
  const { token } = await gateway.createToken()
  const own = join(directory, 'desk')
  await initDesk({ directory: own, token, name: 'Test traffic', passphrase: PASSPHRASE })
  const desk = undo.use(await connect({ directory: own, unlock: async () => PASSPHRASE, log: () => {} }))
  const received = new Map<string, number>()
  const reading = (async () => {
    for await (const item of desk.receive({ concurrency: 8 })) {
      if (item.kind === 'referral') received.set(item.thread.id, (received.get(item.thread.id) ?? 0) + 1)
      await item.ack()
    }
  })()
  reading.catch(() => {})
  const sent: string[] = []
  const owned = undo.move()
  return {
    desk,
    network,
    sent,
    received,
    async send(to) {
      sent.push((await desk.send(referral, { to })).id)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

test(`T-090 P1 P2 P3 nothing is lost or doubled on a link from desk to gateway that is damaged, or dead in one direction (seed ${SEED})`, async () => {
  const random = seeded(SEED)
  await using here = await party(HOTLINE, random)
  await using there = await party(NGO, random)
  const { invite } = await here.desk.invite()
  await there.desk.pair(invite)
  await here.desk.pair((await there.desk.invite()).invite)
  const both = async () => {
    for (let i = 0; i < EACH; i++) await Promise.all([here.send(NGO), there.send(HOTLINE)])
  }
  const all = { timeout: 90_000, interval: 50 }
  const networks = [here.network, there.network]
  const damages = () =>
    networks.flatMap(({ done }) => Object.values(done)).reduce((sum, times) => sum + times, 0)
  const arrived = () => here.received.size + there.received.size
  for (const network of networks) network.rate = RATE
  while (damages() < DAMAGES) {
    const before = arrived()
    await both()
    await expect.poll(arrived, all).toBeGreaterThan(before)
  }
  here.network.swallow = 'back'
  there.network.swallow = 'there'
  await both()
  for (const network of networks) Object.assign(network, { swallow: 'none', rate: 0 })
  for (const [sender, recipient] of [
    [here, there],
    [there, here],
  ] as const) {
    await expect.poll(() => recipient.received.size, all).toBe(sender.sent.length)
    expect([...recipient.received.values()]).toEqual(sender.sent.map(() => 1))
    expect([...recipient.received.keys()].sort()).toEqual([...sender.sent].sort())
  }
}, 240_000)

test('T-090 REX-MBX-028 over a line that breaks after every 64 KiB, submissions of more than 64 KiB in sum arrive', async () => {
  const random = seeded(SEED)
  await using here = await party(HOTLINE, random)
  await using there = await party(NGO, random)
  await there.desk.pair((await here.desk.invite()).invite)
  await here.desk.pair((await there.desk.invite()).invite)
  here.network.breakAfter = 0
  for (let i = 0; i < 2 * EACH; i++) await here.send(NGO)
  here.network.breakAfter = 64 * 1024
  await expect.poll(() => there.received.size, { timeout: 60_000 }).toBe(here.sent.length)
  expect([...there.received.values()]).toEqual(here.sent.map(() => 1))
})
