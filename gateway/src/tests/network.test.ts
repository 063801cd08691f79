// Tests of two gateways over a network that damages traffic.
import { expect, test } from 'vitest'
import { pair, type TestGateway, testGateway } from '../testing/gateway.ts'
import {
  AT_RANDOM,
  DAMAGE,
  type Damage,
  type Direction,
  type FaultProxy,
  faultProxy,
} from '../testing/network/proxy.ts'
import { seeded } from '../testing/random.ts'
import { openTraffic } from '../testing/traffic.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const SEED = Number(process.env.REX_SEED ?? 90)
const EACH = 30
/** Share of damaged chunks. */
const RATE = 0.15
/** Short waits, so that many links open and close during a test. */
const RETRY = { minMs: 20, maxMs: 200, answerMs: 1000, connectMs: 2000 }

/** Creates two paired gateways that reach each other through separate networks. */
async function throughNetworks(retry: Partial<TestGateway['config']['retry']> = RETRY) {
  await using undo = new AsyncDisposableStack()
  const random = seeded(SEED)
  const toA: FaultProxy = undo.use(await faultProxy(() => a.gateway.address, random))
  const toB: FaultProxy = undo.use(await faultProxy(() => b.gateway.address, random))
  // The gateways have and announce only the addresses of the proxies, so that no link bypasses the networks.
  const change = ({ address }: FaultProxy) => ({
    change: (config: TestGateway['config']) => ({
      ...config,
      endpoints: [address],
      retry: { ...config.retry, ...retry },
    }),
  })
  const a = undo.use(await testGateway(HOTLINE, change(toA)))
  const b = undo.use(await testGateway(NGO, change(toB)))
  await pair(a, b)
  const owned = undo.move()
  return {
    a,
    b,
    toA,
    toB,
    networks: [toA, toB] as FaultProxy[],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Returns how often each kind of damage was done. */
function damage([first, second]: readonly FaultProxy[]): Record<Damage, number> {
  const entries = Object.entries(first?.done ?? {}) as [Damage, number][]
  return Object.fromEntries(
    entries.map(([kind, times]) => [kind, times + (second?.done[kind] ?? 0)]),
  ) as never
}

test(`T-090 P1 P2 P3 nothing is lost or doubled over networks that lose, double, reorder, change, delay and drop one direction (seed ${SEED})`, async () => {
  await using it = await throughNetworks()
  const [here, there] = [
    await openTraffic(it.a.desk, HOTLINE, NGO),
    await openTraffic(it.b.desk, NGO, HOTLINE),
  ]
  const all = { timeout: 60_000, interval: 20 }
  const both = async (each: number) => {
    for (let i = 0; i < each; i++) await Promise.all([here.send(), there.send()])
  }
  for (const network of it.networks) network.rate = RATE
  await both(EACH)
  const damages = () => Object.values(damage(it.networks)).reduce((sum, times) => sum + times, 0)
  const events = () => here.stored.size + there.stored.size + damages()
  while (AT_RANDOM.some((kind) => damage(it.networks)[kind] === 0)) {
    const before = events()
    await both(1)
    await expect.poll(events, all).toBeGreaterThan(before)
  }
  it.toB.swallow = 'back'
  await both(EACH)
  it.toB.swallow = 'there'
  it.toA.swallow = 'back'
  await both(EACH)
  for (const network of it.networks) Object.assign(network, { swallow: 'none', rate: 0 })
  for (const [sender, recipient] of [
    [here, there],
    [there, here],
  ] as const) {
    await expect.poll(() => sender.stored.size, all).toBe(sender.sent.size)
    await expect.poll(() => recipient.received.size, all).toBe(sender.sent.size)
    const once = new Map([...sender.sent].map((id) => [id, 1]))
    expect(sender.stored).toEqual(once)
    expect(recipient.received).toEqual(once)
  }
}, 180_000)

test('T-090 REX-DLV-009 over a line that breaks after every 80 KiB, envelopes of more than 80 KiB in sum arrive', async () => {
  await using it = await throughNetworks()
  const here = await openTraffic(it.a.desk, HOTLINE, NGO)
  const there = await openTraffic(it.b.desk, NGO, HOTLINE)
  it.toB.swallow = 'there'
  for (let i = 0; i < 12; i++) await here.send({ size: 12 * 1024 })
  Object.assign(it.toB, { swallow: 'none', breakAfter: 80 * 1024 })
  const all = { timeout: 60_000, interval: 20 }
  await expect.poll(() => there.received.size, all).toBe(12)
  await expect.poll(() => here.stored.size, all).toBe(12)
  expect([...there.received.values()]).toEqual([...here.sent].map(() => 1))
})

const DIRECTIONS: readonly Direction[] = ['there', 'back']

/**
 * Damages the open link in each way while it sends. Gateways notice damage immediately or with the next data.
 * They notice a silent line only when a ping is not answered; pings have their default intervals.
 */
async function recovers(direction: Direction): Promise<void> {
  await using it = await throughNetworks({ minMs: 20, maxMs: 200 })
  const here = await openTraffic(it.a.desk, HOTLINE, NGO)
  const there = await openTraffic(it.b.desk, NGO, HOTLINE)
  const arrives = async (id: string) => {
    const all = { timeout: 120_000, interval: 10 }
    await expect.poll(() => [here.stored.get(id), there.received.get(id)], all).toEqual([1, 1])
  }
  for (const kind of DAMAGE) {
    await arrives(await here.send())
    const struck = it.toB.strike(kind, direction)
    const damaged = await here.send()
    await struck
    const following = await here.send()
    await arrives(damaged)
    await arrives(following)
  }
  await arrives(await here.send())
  for (const times of [here.stored, there.received])
    expect([...times.values()]).toEqual([...here.sent].map(() => 1))
}

test('T-090 a link recovers from each damage to its bytes, in each direction, with the shipped limits', async () => {
  await Promise.all(DIRECTIONS.map(recovers))
}, 600_000)
