// Tests of when a desk reseals messages, how often, and for whom. docs/spec/envelope.md, "Sealing"
import { randomBytes } from 'node:crypto'
import { DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { fromHex, toHex } from '../../core/encoding/encoding.ts'
import { LIMITS } from '../../core/limits.ts'
import { urgentReferral } from '../../testing/harness/fixture.ts'
import { type Came, type PlayedPartner, playPartner } from '../tests/harness/partner.ts'

const { RECEIVED, HELD, REFUSED } = DeskReceiptStatus

let partner: PlayedPartner
beforeEach(async () => {
  partner = await playPartner()
  return () => partner[Symbol.asyncDispose]()
})

test('T-092 a gap that is reported endlessly reseals one message, with growing pauses', async () => {
  const mine = await partner.refer()
  await mine.note({ text: 'Follows.' })
  await partner.idle()
  const [first, note] = partner.came as [Came, Came]
  const gap = await partner.gapOf(note, first)
  await partner.answer(...Array.from({ length: LIMITS.receiptsPerBatch }, () => gap))
  expect(partner.came).toHaveLength(3)
  expect(await partner.digestOf(partner.last())).toBe(await partner.digestOf(first))
  for (let seconds = 1; seconds <= 60; seconds++) {
    await partner.answer(gap)
    await partner.clock.advance({ seconds: 1 })
  }
  expect(partner.came.length).toBeLessThan(3 + 7)
  expect(await partner.kinds()).toEqual([])
})

test('a message that is received while it waits to be resealed is not resealed', async () => {
  const mine = await partner.refer()
  await mine.note({ text: 'Follows.' })
  await partner.idle()
  const [first, note] = partner.came as [Came, Came]
  const message = await partner.digestOf(first)
  const gap = await partner.gapOf(note, first)
  await partner.answer(gap)
  await partner.answer(gap)
  await partner.answer(partner.receipt(first, RECEIVED, { message }))
  await partner.clock.advance({ hours: 1 })
  expect([partner.came.length, await partner.states(mine)]).toEqual([3, ['received', 'held']])
})

test('a predecessor that is held at the recipient is not resealed, and is reported once', async () => {
  const mine = await partner.refer()
  await mine.note({ text: 'Follows.' })
  await partner.idle()
  const [first, note] = partner.came as [Came, Came]
  const message = await partner.digestOf(first)
  const held = partner.receipt(first, HELD, { code: 'refer.kind=new', message })
  const gap = await partner.gapOf(note, first)
  await partner.answer(held, gap)
  await partner.answer(held, gap)
  expect([partner.came.length, await partner.states(mine)]).toEqual([2, ['held', 'held']])
  expect(await partner.kinds()).toEqual(['held'])
})

test('T-140 a stored message is offered again, with growing pauses, until it is answered', async () => {
  const mine = await partner.refer()
  await partner.idle()
  const sentMs = partner.clock.now()
  const message = await partner.digestOf(partner.last())
  await partner.clock.advance({ hours: 64 })
  const hours = partner.came.map(({ createdMs }) => Math.round((createdMs - sentMs) / 3_600_000))
  expect(hours).toEqual([0, 1, 5, 21, 45])
  expect(new Set(partner.came.map(({ envelopeId }) => toHex(envelopeId))).size).toBe(5)
  for (const one of partner.came) expect(await partner.digestOf(one)).toBe(message)
  await partner.reopen()
  await partner.clock.advance({ hours: 6 })
  expect(partner.came).toHaveLength(6)
  await partner.answer(partner.receipt(partner.last(), RECEIVED, { message }))
  await partner.clock.advance({ days: 2 })
  expect([partner.came.length, await partner.states(mine)]).toEqual([6, ['received']])
})

test('T-140 REX-DLV-150 an urgent message is offered before anybody is alarmed', async () => {
  const mine = await partner.desk.send(urgentReferral(), { to: partner.ngo.organisation })
  await partner.idle()
  const sentMs = partner.clock.now()
  await partner.clock.advance({ minutes: 14 })
  expect(partner.came.map(({ createdMs }) => Math.round((createdMs - sentMs) / 60_000))).toEqual([0, 5])
  expect([await partner.states(mine), await partner.kinds()]).toEqual([['stored'], []])
  await partner.clock.advance({ hours: 34 })
  const minutes = partner.came.map(({ createdMs }) => Math.round((createdMs - sentMs) / 60_000))
  expect(minutes).toEqual([0, 5, 25, 105, 425, 1705])
})

test('T-140 offers end with the message, which ends as expired', async () => {
  const mine = await partner.refer()
  await partner.clock.advance({ days: 15 })
  expect(partner.came.length).toBeLessThan(20)
  expect([await partner.states(mine), await partner.kinds()]).toEqual([['expired'], ['overdue', 'failure']])
})

test('T-139 a clock that was a month ahead when a message was stored delays no offer', async () => {
  partner.setBackMs = -30 * 86_400_000
  await partner.refer()
  await partner.idle()
  partner.setBackMs = 0
  expect(partner.came).toHaveLength(1)
  await partner.clock.advance({ hours: 2 })
  expect(partner.came).toHaveLength(2)
})

test('T-023 after KEY_EXPIRED a message is resealed as soon as there is another key, and stays one delivery', async () => {
  const mine = await partner.refer()
  await partner.idle()
  await partner.answer(partner.receipt(partner.last(), REFUSED, { code: 'KEY_EXPIRED' }))
  await partner.clock.advance({ minutes: 1 })
  expect([partner.came.length, await partner.states(mine)]).toEqual([1, ['stored']])
  expect(partner.refreshes).toBeLessThan(10)
  const decapsulator = await partner.changeKeys()
  await partner.clock.advance({ minutes: 2 })
  expect([partner.came.length, await partner.states(mine)]).toEqual([2, ['stored']])
  const { digest } = await partner.open(partner.last(), decapsulator)
  await partner.answer(partner.receipt(partner.last(), RECEIVED, { message: toHex(digest) }))
  expect([await partner.states(mine), await partner.kinds()]).toEqual([['received'], []])
})

test('T-023 for many messages to a destroyed key, its owner is asked once', async () => {
  for (let i = 0; i < 20; i++) await partner.refer()
  await partner.idle()
  const sent = [...partner.came]
  await partner.changeKeys()
  await partner.answer(...sent.map((one) => partner.receipt(one, REFUSED, { code: 'KEY_EXPIRED' })))
  expect([partner.came.length, partner.refreshes]).toEqual([40, 1])
})

test('REX-ENV-031 the minimum suite also applies when a message is resealed', async () => {
  const mine = await partner.refer({ minimumSuite: 'REX-2' })
  await partner.idle()
  await partner.changeKeys((draft) => ({ ...draft, party: { ...draft.party, suites: ['REX-1'] } }))
  await partner.desk.unpair(partner.ngo.organisation)
  await partner.pair()
  await partner.answer(partner.receipt(partner.last(), REFUSED, { code: 'KEY_EXPIRED' }))
  expect([partner.came.length, await partner.states(mine)]).toEqual([1, ['refused']])
  expect(await partner.items()).toMatchObject([{ kind: 'failure', reason: 'SUITE_UNAVAILABLE' }])
})

test('with a clock that was set back, no envelope is dated before its message', async () => {
  await partner.refer()
  await partner.idle()
  const { createdMs } = (await partner.open(partner.last())).manifest
  await partner.changeKeys()
  partner.setBackMs = 5 * 60_000
  await partner.answer(partner.receipt(partner.last(), REFUSED, { code: 'KEY_EXPIRED' }))
  expect([partner.came.length, partner.last().createdMs]).toEqual([2, createdMs])
})

/** Events at the recipient, its desk store or a gateway that affect the newest envelope of a message. */
const TURNS: readonly ((thread: string, message: string) => Promise<unknown>)[] = [
  (_, message) => partner.answer(partner.receipt(newest(message), RECEIVED, { message })),
  (_, message) => partner.answer(partner.receipt(newest(message), HELD, { code: 'refer.kind=new', message })),
  (_, message) => partner.answer(partner.receipt(newest(message), HELD, { code: `gap:${message}`, message })),
  (_, message) => partner.answer(partner.receipt(newest(message), REFUSED, { code: 'KEY_EXPIRED' })),
  (_, message) => partner.answer(partner.receipt(newest(message), REFUSED, { code: 'UNOPENABLE' })),
  (_, message) =>
    partner.answer(partner.receipt(newest(message), REFUSED, { code: 'INVALID_REFERRAL', message })),
  () => partner.changeKeys(),
  (thread, message) =>
    partner.say(
      EventType.RESUMED,
      { content: { $case: 'resumed', value: { previousChain: new Uint8Array() } } },
      {
        threadId: fromHex(thread, 'thread'),
        chain: randomBytes(16),
        heads: [fromHex(message, 'message')],
        testTraffic: true,
      },
    ),
  async () => {
    partner.incarnation = randomBytes(16)
    await partner.reopen()
  },
  () => partner.reopen({ chain: randomBytes(16), resumes: {} }),
  async () => {
    partner.isReachable = !partner.isReachable
  },
]

/** Returns the newest received envelope of a message. */
function newest(message: string): Came {
  const found = partner.came.findLast(
    ({ envelopeId }) => partner.store.read.envelope(toHex(envelopeId))?.message === message,
  )
  if (found === undefined) throw new Error('No envelope of the message came.')
  return found
}

test('P2, P3 however often a message is resealed, it has one state and one visible end', async () => {
  const turn = fc.record({ what: fc.nat(TURNS.length - 1), minutes: fc.nat(20) })
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8 }), async (turns) => {
      partner.isReachable = true
      const mine = await partner.refer({ lifetimeMs: 3_600_000 })
      await partner.idle()
      const [{ message } = { message: '' }] = partner.store.read.deliveries(mine.id)
      for (const { what, minutes } of turns) {
        await TURNS[what]?.(mine.id, message)
        await partner.clock.advance({ minutes })
      }
      await partner.clock.advance({ hours: 3 })
      const deliveries = (await (await partner.desk.thread(mine.id)).view()).delivery
      const [state, ...others] = deliveries.filter(({ type }) => type === 'refer').map((one) => one.state)
      const failures = (await partner.items()).filter(
        (item) => item.kind === 'failure' && item.thread.id === mine.id,
      )
      const sealed = partner.store.read.envelopes({ message, recipient: partner.ngo.organisation }).length
      expect(['received', 'held', 'refused', 'expired']).toContain(state)
      expect([others.length, sealed <= 13]).toEqual([0, true])
      const ended = state === 'refused' || state === 'expired'
      expect(failures.length).toBeLessThanOrEqual(1)
      if (ended) expect(failures).toHaveLength(1)
    }),
    { numRuns: 15 },
  )
})
