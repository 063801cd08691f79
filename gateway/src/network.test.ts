// Two gateways over a network that damages what passes.
import { parseEnvelope, parseRouting, toHex } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { testSubmission } from './testing/envelope.ts'
import { type TestGateway, testGateway } from './testing/gateway.ts'
import { type Damage, type FaultProxy, faultProxy } from './testing/proxy.ts'
import { seeded } from './testing/random.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const SEED = Number(process.env.REX_SEED ?? 90)
const EACH = 30
/** Share of chunks that are damaged. */
const RATE = 0.15
/** Waits are short, so that many links live and die in the time of a test. */
const RETRY = { minMs: 20, maxMs: 200, answerMs: 1000, connectMs: 2000 }

/** Two paired gateways that reach each other through networks of their own. */
async function throughNetworks() {
  await using undo = new AsyncDisposableStack()
  const change = (config: TestGateway['config']) => ({ ...config, retry: { ...config.retry, ...RETRY } })
  const a = undo.use(await testGateway(HOTLINE, { change }))
  const b = undo.use(await testGateway(NGO, { change }))
  const random = seeded(SEED)
  const toA = undo.use(await faultProxy(a.gateway.address, random))
  const toB = undo.use(await faultProxy(b.gateway.address, random))
  const later = Date.now() + 1000
  const [ofA, ofB] = [await a.desk.publish([toA.address], later), await b.desk.publish([toB.address], later)]
  await Promise.all([a.desk.pair(ofB), b.desk.pair(ofA)])
  return {
    a,
    b,
    toA,
    toB,
    networks: [toA, toB] as FaultProxy[],
    [Symbol.asyncDispose]: undo.move().disposeAsync.bind(undo),
  }
}

/** A desk that sends, and notes what comes: how often each envelope was reported as stored, and received. */
async function traffic({ desk, organisation }: TestGateway, recipient: string) {
  const fence = await desk.lease()
  const [outbox, inbox] = [await desk.submit(fence), desk.receive(fence, 256)]
  const [stored, received, sent] = [new Map<string, number>(), new Map<string, number>(), new Set<string>()]
  const count = (map: Map<string, number>, id: Uint8Array) =>
    map.set(toHex(id), (map.get(toHex(id)) ?? 0) + 1)
  const reading = (async () => {
    for (;;) {
      const { content, cursor } = await inbox.next()
      if (content?.$case === 'report' && content.value.outcome?.$case === 'stored')
        count(stored, content.value.envelopeId)
      else if (content?.$case === 'report') throw new Error(`${content.value.outcome?.$case} after all`)
      if (content?.$case === 'stored')
        count(received, parseEnvelope(content.value.envelope).routing.envelopeId)
      if (cursor > 0) inbox.settle([cursor])
    }
  })()
  reading.catch(() => {})
  return {
    stored,
    received,
    sent,
    async send(): Promise<void> {
      const submission = testSubmission({ sender: organisation, recipient })
      const { error } = await outbox.send(submission)
      expect(error).toBeUndefined()
      for (const { routing } of submission.deliveries) sent.add(toHex(parseRouting(routing).envelopeId))
    },
  }
}

/** How often each damage was done. */
function damage([first, second]: readonly FaultProxy[]): Record<Damage, number> {
  const entries = Object.entries(first?.done ?? {}) as [Damage, number][]
  return Object.fromEntries(
    entries.map(([kind, times]) => [kind, times + (second?.done[kind] ?? 0)]),
  ) as never
}

test(`T-090 P1 P2 P3 over networks that lose, double, swap, change and delay, and swallow one direction (seed ${SEED})`, async () => {
  await using it = await throughNetworks()
  const [here, there] = [await traffic(it.a, NGO), await traffic(it.b, HOTLINE)]
  const all = { timeout: 60_000, interval: 20 }
  const both = async (each: number) => {
    for (let i = 0; i < each; i++) await Promise.all([here.send(), there.send()])
  }
  for (const network of it.networks) network.rate = RATE
  await both(EACH)
  it.toB.swallow = 'back'
  await both(EACH)
  it.toB.swallow = 'there'
  it.toA.swallow = 'back'
  await both(EACH)
  for (const network of it.networks) network.swallow = 'none'
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
  const times = Object.values(damage(it.networks)).reduce((sum, done) => sum + done, 0)
  expect(times, `damages with seed ${SEED}`).toBeGreaterThan(0)
}, 180_000)
