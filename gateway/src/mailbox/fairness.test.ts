import { randomBytes } from 'node:crypto'
import { Stored } from '@rex/proto/mailbox/v1/mailbox'
import { encode, keptAt, LIMITS, localSigner } from '@rex/sdk/core'
import { expect, test, vi } from 'vitest'
import { createRates } from '../admission/rate.ts'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import { parseConfig } from '../config/config.ts'
import { type AcceptOptions, createAccept } from '../relay/accept.ts'
import { REPORTS } from '../store/mailbox.ts'
import type { Store } from '../store/store.ts'
import { testEnvelope } from '../testing/envelope.ts'
import { asking } from '../testing/lease.ts'
import { plentyOfRoom, testStore } from '../testing/store.ts'
import { openMailbox } from './mailbox.ts'

const START = Date.UTC(2026, 10, 1)
const NGO = 'https://ngo.example'
const [FLOOD, HOTLINE, POLICE] = [
  'https://flood.example',
  'https://hotline.example',
  'https://police.example',
]
const WINDOW = 256
/** The default limits. */
const { limits } = parseConfig({ organisation: NGO, listen: '127.0.0.1:1', enrolListen: '127.0.0.1:2' })

async function gatewayOn(store: Store) {
  const clock = virtualClock(START)
  const mailbox = openMailbox({ store, clock, time: createGatewayTime(clock, keptAt(0), () => []) })
  const options: AcceptOptions = {
    organisation: NGO,
    store,
    clock,
    time: createGatewayTime(clock, keptAt(START), () => []),
    receiptSigner: localSigner(randomBytes(32)),
    rates: createRates(clock, limits),
    quota: limits,
    shares: plentyOfRoom,
    wakeDesk: mailbox.wake,
  }
  const accept = createAccept(options)
  const { fence } = await mailbox.leases.acquire(asking(randomBytes(16)))
  const send = (sender: string, urgent: boolean) => {
    const createdMs = clock.now()
    const envelope = testEnvelope({ sender, recipient: NGO, urgent, createdMs, size: 300, sections: [] })
    return accept(sender, envelope)
  }
  const report = async () => {
    const content = randomBytes(50)
    await store.commit((write) => write.mailbox.add({ ...REPORTS, kind: 'report', content }))
    mailbox.wake()
  }
  return { store, clock, mailbox, fence, send, report }
}

type TestGateway = Awaited<ReturnType<typeof gatewayOn>>

/** Stores urgent envelopes in a mailbox. */
async function flood({ store, mailbox }: TestGateway, count: number) {
  const envelope = testEnvelope({ sender: FLOOD, recipient: NGO, urgent: true, size: 300, sections: [] })
  const content = encode(Stored, { envelope, receipt: undefined })
  for (let from = 0; from < count; from += 1000)
    await store.commit((write) => {
      for (let i = 0; i < 1000; i++)
        write.mailbox.add({ kind: 'stored', lane: 'urgent', peer: FLOOD, content })
    })
  mailbox.wake()
}

/** Opens a desk that settles the items it receives, a few at a time. */
async function desk({ mailbox, fence }: TestGateway, unopenable = false) {
  const feed = await mailbox.open({ fence, window: WINDOW, signal: new AbortController().signal })
  const items = feed.items()
  let got: number[] = []
  async function settle(): Promise<void> {
    const [bad, good] = unopenable ? [got, []] : [[], got]
    got = []
    await feed.settle({ acknowledged: good, unopenable: bad, postponed: [] })
  }
  return {
    /** Returns the sender of the next item, or `live`. */
    async next(): Promise<string> {
      const { value } = await items.next()
      if (value === undefined || value === 'live') return 'live'
      if (got.push(value.cursor) === 8) await settle()
      return value.kind === 'stored' ? sender(value.content) : value.kind
    },
  }
}

/** Returns the sender in the routing. */
function sender(content: Uint8Array): string {
  const text = Buffer.from(content).toString('latin1')
  return [FLOOD, HOTLINE, POLICE].find((one) => text.includes(one)) ?? 'nobody'
}

/** Returns the number of items before the first item of one of these senders or kinds. */
async function until(next: () => Promise<string>, ...wanted: string[]): Promise<number> {
  for (let passed = 0; ; passed++) if (wanted.includes(await next())) return passed
}

test('T-130 REX-MBX-063 35 000 urgent envelopes of one peer delay the mail of others by only a few items', async () => {
  await using store = testStore()
  const gateway = await gatewayOn(store)
  await flood(gateway, 35_000)
  const it = await desk(gateway)
  for (let i = 0; i < 1000; i++) await it.next()
  for (let round = 0; round < 20; round++) {
    await Promise.all([gateway.send(HOTLINE, true), gateway.send(POLICE, false), gateway.report()])
    expect(await until(it.next, HOTLINE)).toBeLessThanOrEqual(10)
    await gateway.send(HOTLINE, false)
    expect(await until(it.next, HOTLINE)).toBeLessThanOrEqual(10)
    await gateway.report()
    expect(await until(it.next, 'report')).toBeLessThanOrEqual(10)
  }
  expect(store.read.mailbox.total().items).toBeGreaterThan(30_000)
})

test("T-130 REX-MBX-066 a sender whose envelopes cannot be opened gets a quarter of the others' share", async () => {
  await using store = testStore()
  const gateway = await gatewayOn(store)
  await flood(gateway, 3000)
  const it = await desk(gateway, true)
  for (let i = 0; i < LIMITS.urgentBudget + 100; i++) await it.next()
  const { standing } = gateway.mailbox
  expect(standing.share(FLOOD, gateway.clock.steady())).toBeCloseTo(0.25, 3)
  expect(standing.share(HOTLINE, gateway.clock.steady())).toBe(1)
  await gateway.clock.advance(3_600_000)
  expect(standing.share(FLOOD, gateway.clock.steady())).toBe(1)
})

test('T-130 REX-MBX-033 a flood that comes after the opening does not delay `live`', async () => {
  await using store = testStore()
  const gateway = await gatewayOn(store)
  for (let i = 0; i < 20; i++) await gateway.send(POLICE, false)
  const it = await desk(gateway)
  const first = it.next()
  await flood(gateway, 3000)
  expect(await first).toBe(POLICE)
  expect(await until(it.next, 'live')).toBeLessThanOrEqual(20 * 9)
})

test('REX-MBX-033 postponed items do not delay `live`', async () => {
  await using store = testStore()
  const gateway = await gatewayOn(store)
  for (let i = 0; i < 3; i++) await gateway.send(POLICE, false)
  const { mailbox, fence } = gateway
  const feed = await mailbox.open({ fence, window: 8, signal: new AbortController().signal })
  const items = feed.items()
  for (let i = 0; i < 3; i++) {
    const { value } = await items.next()
    const cursor = value === undefined || value === 'live' ? 0 : value.cursor
    await feed.settle({ acknowledged: [], unopenable: [], postponed: [{ cursor, delayMs: 5000 }] })
  }
  expect((await items.next()).value).toBe('live')
})

test('the mail of a single sender is read in large steps and served without a pause', async () => {
  await using store = testStore()
  const gateway = await gatewayOn(store)
  for (let i = 0; i < 5; i++)
    await Promise.all(Array.from({ length: 1000 }, () => gateway.send(HOTLINE, false)))
  const next = vi.spyOn(store.read.mailbox, 'next')
  const queues = vi.spyOn(store.read.mailbox, 'queues')
  const it = await desk(gateway)
  for (let i = 0; i < 5000; i++) expect(await it.next()).toBe(HOTLINE)
  expect(next.mock.calls.length).toBeLessThan(200)
  expect(queues.mock.calls.length).toBeLessThan(700)
  expect(await it.next()).toBe('live')
})
