import { randomBytes } from 'node:crypto'
import { keptAt, localSigner, RexError } from '@rex/sdk/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import { parseConfig } from '../config/config.ts'
import { createAccept } from '../relay/accept.ts'
import { createSubmit } from '../relay/submit.ts'
import type { Store } from '../store/store.ts'
import { type TestEnvelope, testEnvelope, testSubmission } from '../testing/envelope.ts'
import { testStore } from '../testing/store.ts'
import { createRates } from './rate.ts'
import { createCapacity } from './room.ts'
import { createShares } from './share.ts'

const START = Date.UTC(2026, 10, 1)
const MiB = 1024 ** 2
const NGO = 'https://ngo.example'
const FLOOD = 'https://flood.example'
const OTHERS = ['https://hotline.example', 'https://police.example', 'https://helpline.example']
const PEERS = [FLOOD, ...OTHERS]
/** The smallest permitted `limits.storeBytes`. */
const SIZE = 16 * MiB
const GUARANTEE = SIZE / 2 / PEERS.length
const FENCE = 1
/** The default limits. */
const { limits } = parseConfig({ organisation: NGO, listen: '127.0.0.1:1', enrolListen: '127.0.0.1:2' })

async function gatewayOn(store: Store) {
  const clock = virtualClock(START)
  const { space } = store.read
  const shares = createShares({ space, clock, capacity: () => SIZE, peers: () => PEERS })
  const time = createGatewayTime(clock, keptAt(START), () => [])
  const common = { organisation: NGO, store, clock, time, quota: limits, shares, wakeDesk() {} }
  const receiptSigner = localSigner(randomBytes(32))
  const accept = createAccept({ ...common, receiptSigner, rates: createRates(clock, limits) })
  const directory = { peer: () => ({}) as never }
  const submit = createSubmit({ ...common, directory, wakePeers() {} })
  await store.commit((write) =>
    write.lease.put({ chain: randomBytes(16), fence: FENCE, credential: '', sinceMs: 0 }),
  )

  /** Sends envelopes, 100 at a time, until one is refused or `most` were sent. Returns the reason of the refusal. */
  async function fill(fields: Omit<TestEnvelope, 'recipient'>, most = 100_000): Promise<string> {
    for (let sent = 0; sent < most; sent += 100) {
      const envelopes = Array.from({ length: 100 }, () =>
        testEnvelope({ recipient: NGO, createdMs: START, sections: [], ...fields }),
      )
      await clock.advance(1000)
      const answers = await Promise.allSettled(envelopes.map((bytes) => accept(fields.sender, bytes)))
      const refused = answers.find((answer) => answer.status === 'rejected')
      if (refused !== undefined) return RexError.from(refused.reason).reason
    }
    return 'taken'
  }
  const send = (fields: Omit<TestEnvelope, 'sender'>) =>
    submit(testSubmission({ sender: NGO, createdMs: START, ...fields }), FENCE)
  const one = (sender: string, fields: Partial<TestEnvelope> = {}) =>
    accept(sender, testEnvelope({ sender, recipient: NGO, createdMs: START, size: 20_000, ...fields }))
  return { clock, shares, space, accept, fill, send, one }
}

test('T-131 one peer uses no more than half of the free space; every other peer has its guaranteed part, and urgent mail a tenth', async () => {
  await using store = testStore({ maxBytes: SIZE })
  const { fill, one, space, shares } = await gatewayOn(store)
  expect(await fill({ sender: FLOOD, size: 20_000 })).toBe('QUOTA_EXCEEDED')
  expect(space.bytesFrom(FLOOD)).toBeLessThan(SIZE / 2)
  expect(space.bytesFrom(FLOOD)).toBeGreaterThan(GUARANTEE)
  expect(shares.refused()).toEqual([FLOOD])
  for (const other of OTHERS) {
    expect(await fill({ sender: other, size: 20_000 })).toBe('QUOTA_EXCEEDED')
    expect(space.bytesFrom(other)).toBeGreaterThan(GUARANTEE - 200_000)
  }
  expect(await fill({ sender: FLOOD, size: 20_000, urgent: true })).toBe('QUOTA_EXCEEDED')
  const urgents = Math.floor(SIZE / 10 / 30_000 / 4)
  for (let i = 0; i < urgents; i++) await one(OTHERS[i % 3] as string, { urgent: true })
  await expect(one(OTHERS[0] as string)).rejects.toMatchObject({
    reason: 'QUOTA_EXCEEDED',
    retryable: true,
    metadata: { retry_after_ms: '60000' },
  })
})

test("T-131 ledger entries count and are kept: junk that is read at once fills no more than its sender's share", async () => {
  await using store = testStore({ maxBytes: SIZE })
  const { fill, one, space } = await gatewayOn(store)
  const read = () =>
    store.commit((write) => {
      const queue = { lane: 'routine', peer: FLOOD } as const
      const next = () => write.mailbox.next(queue, 0, 1_000_000)
      for (let items = next(); items.length > 0; items = next())
        for (const { cursor } of items) write.mailbox.remove(cursor)
    })
  let answer = 'taken'
  for (let i = 0; answer === 'taken' && i < 100; i++) {
    answer = await fill({ sender: FLOOD, size: 300 }, 1000)
    await read()
  }
  expect(answer).toBe('QUOTA_EXCEEDED')
  expect(store.read.mailbox.total().items).toBe(0)
  const held = space.bytesFrom(FLOOD)
  expect(held).toBeGreaterThan(GUARANTEE)
  expect(held).toBeLessThan(SIZE / 2)
  expect(
    await store.commit((write) =>
      write.ledger.forget({ madeBeforeMs: START, expiredByMs: START + 400 * 86_400_000, after: 0 }, 1000),
    ),
  ).toEqual({ count: 0 })
  expect(space.bytesFrom(FLOOD)).toBe(held)
  for (const other of OTHERS) await one(other)
})

test('T-131 different bytes under a known id count in the share of their sender', async () => {
  await using store = testStore({ maxBytes: SIZE })
  const { one, space, fill } = await gatewayOn(store)
  const envelopeId = randomBytes(16)
  await one(FLOOD, { envelopeId })
  const before = space.bytesFrom(FLOOD)
  const conflict = { reason: 'ENVELOPE_CONFLICT' }
  await expect(one(FLOOD, { envelopeId, size: 100_000 })).rejects.toMatchObject(conflict)
  expect(space.bytesFrom(FLOOD)).toBeGreaterThan(before + 100_000)
  const other = randomBytes(16)
  await one(FLOOD, { envelopeId: other })
  await fill({ sender: FLOOD, size: 100_000 })
  const full = space.bytesFrom(FLOOD)
  await expect(one(FLOOD, { envelopeId: other, size: 500_000 })).rejects.toMatchObject(conflict)
  expect(space.bytesFrom(FLOOD)).toBe(full)
})

test('T-131 outgoing mail leaves the guaranteed parts free, and incoming mail leaves room to send', async () => {
  await using store = testStore({ maxBytes: SIZE })
  const { fill, send, space } = await gatewayOn(store)
  expect(await fill({ sender: FLOOD, size: 20_000 })).toBe('QUOTA_EXCEEDED')
  const sending = async (recipient: string) => {
    for (let i = 0; i < 10_000; i++) await send({ recipient, size: 20_000 })
  }
  await expect(sending(OTHERS[0] as string)).rejects.toMatchObject({ reason: 'QUOTA_EXCEEDED' })
  expect(space.outgoing()).toBeGreaterThan(SIZE / 10 - 100_000)
  await send({ recipient: OTHERS[1] as string, size: 20_000, urgent: true })
  for (const other of OTHERS) await fill({ sender: other, size: 20_000 })
  for (const other of OTHERS) expect(space.bytesFrom(other)).toBeGreaterThan(GUARANTEE - 200_000)
})

test('T-131 a peer within its guaranteed part is never refused, and no peer gets more than the free space', () => {
  const KiB = 1024
  const attempts = fc.array(
    fc.record({
      who: fc.integer({ min: -1, max: 4 }),
      bytes: fc.integer({ min: 1, max: 1024 * KiB }),
      urgent: fc.boolean(),
      times: fc.integer({ min: 1, max: 40 }),
    }),
    { maxLength: 60 },
  )
  const run = fc.property(attempts, fc.integer({ min: 1, max: 5 }), (all, count) => {
    const size = 32 * MiB
    const peers = Array.from({ length: count }, (_, i) => `https://p${i}.example`)
    const held = new Map<string, number>()
    const urgentHeld = new Map<string, number>()
    const sum = () => [...held.values()].reduce((one, other) => one + other, 0)
    const space = {
      used: sum,
      bytesFrom: (peer: string) => held.get(peer) ?? 0,
      urgentFrom: (peer: string) => urgentHeld.get(peer) ?? 0,
      bytesFor: () => held.get('out') ?? 0,
      outgoing: () => held.get('out') ?? 0,
      holdings: () => [],
    }
    const shares = createShares({ space, clock: virtualClock(0), capacity: () => size, peers: () => peers })
    for (const { who, bytes, urgent, times } of all) {
      const peer = who < 0 ? 'out' : (peers[who % count] as string)
      for (let i = 0; i < times; i++) {
        const row = bytes + 2 * KiB
        const before = held.get(peer) ?? 0
        const mine = peer === 'out' ? size / 10 : size / 2 / count
        const free = size - sum()
        try {
          if (peer === 'out') shares.checkFor(peer, { bytes, urgent })
          else shares.checkFrom(peer, { bytes, urgent })
          held.set(peer, before + row)
          if (urgent) urgentHeld.set(peer, (urgentHeld.get(peer) ?? 0) + row)
          expect(row).toBeLessThanOrEqual(free)
          if (before + row > mine && !urgent) expect(before + row).toBeLessThanOrEqual((free + before) / 2)
        } catch (error) {
          if (!RexError.is(error, 'QUOTA_EXCEEDED')) throw error
          expect(before + row).toBeGreaterThan(mine)
        }
      }
    }
  })
  fc.assert(run, { numRuns: 200 })
})

test('the capacity is the size of the store plus the free space of the disk, up to the configured size', () => {
  const clock = virtualClock(START)
  let used = 0
  const directory = process.cwd()
  const options = { directory, space: { used: () => used }, clock }
  const disk = createCapacity(options)
  expect(disk()).toBeGreaterThan(MiB)
  used = 10 ** 15
  expect(createCapacity(options)()).toBeGreaterThan(10 ** 15)
  expect(createCapacity({ ...options, storeBytes: MiB })()).toBe(MiB)
})
