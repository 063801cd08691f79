// Tests of how deliveries of a desk's messages end. docs/spec/receipts.md, REX-RCP-014
import { expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { DeliveryRecord } from '../store/store.ts'
import { desksInParts, itemsOf, START } from '../tests/harness/parts.ts'
import { raiseUnreceived } from './items.ts'
import { closeEnvelopes, endUnsealable, expireUnanswered } from './outcomes.ts'

const NGO = 'https://ngo.example'
const DAY = 24 * 60 * 60_000
const REFUSED = { outcome: 'refused', reason: 'POLICY_REFUSED' } as const

/** Makes a referral and a note of the hotline, both submitted to its gateway. */
async function sent(change: object = {}) {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  const mine = await hotline.refer({ to: NGO }, change)
  await hotline.note(mine, NGO)
  const { store } = hotline.desk
  const deliveries = () => store.read.deliveries(mine.id)
  await store.commit((write) => {
    for (const delivery of deliveries()) write.updateDelivery(delivery, { state: 'submitted' })
  })
  const [refer, note] = deliveries() as [DeliveryRecord, DeliveryRecord]
  const envelopeOf = (delivery: DeliveryRecord) => store.read.envelopes(delivery).map(({ id }) => id)
  const states = () => deliveries().map(({ state }) => state)
  return { hotline, mine, store, deliveries, states, refer, note, envelopeOf }
}

/** Makes a further envelope of a message, as resealing does. */
const newer = ({ message, recipient }: DeliveryRecord) => ({
  id: 'ee'.repeat(16),
  digest: 'ff'.repeat(32),
  message,
  recipient,
  closed: '',
})

test('a message ends exactly once, with its last envelope', async () => {
  const { hotline, store, states, note, envelopeOf } = await sent()
  const [first] = envelopeOf(note) as [string]
  await store.commit((write) => write.addEnvelope(newer(note)))
  await closeEnvelopes(hotline.desk, [first], REFUSED)
  expect([states(), await itemsOf(hotline)]).toEqual([['submitted', 'submitted'], []])
  await closeEnvelopes(hotline.desk, [newer(note).id, newer(note).id], REFUSED)
  expect(states()).toEqual(['submitted', 'refused'])
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'failure', digest: note.message, ...REFUSED }])
})

test('a message that is to be resealed does not end with its last envelope', async () => {
  const { hotline, store, states, note, envelopeOf } = await sent()
  await store.commit((write) => write.updateDelivery(note, { resealPending: true }))
  await closeEnvelopes(hotline.desk, envelopeOf(note), REFUSED)
  expect([states(), await itemsOf(hotline)]).toEqual([['submitted', 'submitted'], []])
})

test('T-023 only the newest envelope requests newer keys', async () => {
  const { hotline, store, deliveries, note, envelopeOf } = await sent()
  const [first] = envelopeOf(note) as [string]
  await store.commit((write) => write.addEnvelope(newer(note)))
  const expired = { outcome: 'refused', reason: 'KEY_EXPIRED' } as const
  await closeEnvelopes(hotline.desk, [first], expired)
  expect(deliveries()[1]).toMatchObject({ state: 'submitted', resealPending: false })
  await closeEnvelopes(hotline.desk, [newer(note).id], expired)
  expect(deliveries()[1]).toMatchObject({ state: 'submitted', resealPending: true })
})

test('a refused or expired event is removed from its track; a refer stays, because a thread needs it', async () => {
  const { hotline, mine, store, refer, note, envelopeOf } = await sent()
  await closeEnvelopes(hotline.desk, [...envelopeOf(note), ...envelopeOf(refer)], REFUSED)
  expect([...(mine.tracks.get(NGO)?.events.keys() ?? [])]).toEqual([refer.message])
  expect(store.read.messages(mine.id).map(({ status }) => status)).toEqual(['counted', 'dropped'])
  expect(store.read.due(hotline.clock.now(), 10)).toEqual([mine.id])
})

test('T-078 a change that does not become durable leaves threads in memory unchanged', async () => {
  const { hotline, mine, states, note, envelopeOf } = await sent()
  const { desk } = hotline
  const failing = closeEnvelopes(desk, envelopeOf(note), {
    ...REFUSED,
    also: () => {
      throw new Error('No.')
    },
  })
  await expect(failing).rejects.toThrow('No.')
  const late = closeEnvelopes(
    {
      ...desk,
      get clock(): never {
        throw new Error('Late.')
      },
    },
    envelopeOf(note),
    REFUSED,
  )
  await expect(late).rejects.toThrow('Late.')
  expect(states()).toEqual(['submitted', 'submitted'])
  expect(mine.tracks.get(NGO)?.events.has(note.message)).toBe(true)
  expect(mine.messages.map(({ status }) => status)).toEqual(['counted', 'counted'])
})

test('REX-RCP-014 an unanswered message expires once the gateway agrees that its time has passed', async () => {
  const { hotline, states } = await sent()
  const { desk, clock } = hotline
  await clock.advance({ days: 15 })
  await expireUnanswered(desk)
  expect(states()).toEqual(['submitted', 'submitted'])
  const timeMs = START + LIMITS.maxLifetime + LIMITS.skew - 1
  desk.time.gateway({ timeMs, trustedMs: timeMs, agreedMs: 0 })
  await expireUnanswered(desk)
  expect(states()).toEqual(['submitted', 'submitted'])
  desk.time.gateway({ timeMs: timeMs + DAY, trustedMs: timeMs + DAY, agreedMs: 0 })
  await expireUnanswered(desk)
  expect(states()).toEqual(['expired', 'expired'])
  expect(await itemsOf(hotline)).toMatchObject([{ outcome: 'expired' }, { outcome: 'expired' }])
})

test('REX-RCP-014 an answered message does not expire', async () => {
  const { hotline, store, states, refer, note } = await sent()
  await store.commit((write) => {
    write.updateDelivery(refer, { state: 'received', receivedMs: START })
    write.updateDelivery(note, { state: 'held', receivedMs: START })
  })
  const timeMs = START + 20 * DAY
  await hotline.clock.advance({ days: 20 })
  hotline.desk.time.gateway({ timeMs, trustedMs: timeMs, agreedMs: 0 })
  await expireUnanswered(hotline.desk)
  expect(states()).toEqual(['received', 'held'])
})

test('a message that cannot be resealed ends when all its envelopes have ended, but not while one may be answered', async () => {
  const { hotline, states, refer, note, envelopeOf } = await sent()
  const error = new RexError('UNKNOWN_ORGANISATION', 'Not paired.')
  await endUnsealable(hotline.desk, refer, error)
  expect(states()).toEqual(['submitted', 'submitted'])
  await hotline.desk.store.commit((write) => {
    write.updateDelivery(note, { resealPending: true })
    for (const id of envelopeOf(note)) write.updateEnvelope(id, { closed: 'KEY_EXPIRED' })
  })
  await endUnsealable(hotline.desk, note, error)
  expect(states()).toEqual(['submitted', 'refused'])
})

test('REX-THR-052 an urgent message that no desk has received raises one alarm after 15 minutes', async () => {
  const triage = {
    abuse: ['grooming'],
    country: 'NL',
    risk: 'high',
    urgency: { reason: 'content-spreading', due: '2026-11-24T12:00Z' },
  }
  const { hotline, store, refer, note } = await sent({ lane: 'urgent', triage })
  await store.commit((write) => {
    write.updateDelivery(refer, { state: 'stored' })
    write.updateDelivery(note, { state: 'received', receivedMs: START })
  })
  await hotline.clock.advance({ minutes: 14 })
  await raiseUnreceived(hotline.desk)
  expect(await itemsOf(hotline)).toEqual([])
  await hotline.clock.advance({ minutes: 1 })
  await raiseUnreceived(hotline.desk)
  await raiseUnreceived(hotline.desk)
  expect(await itemsOf(hotline)).toMatchObject([{ alarm: 'unreceived', digest: refer.message }])
})

test('a routine message raises no such alarm', async () => {
  const { hotline } = await sent()
  await hotline.clock.advance({ hours: 1 })
  await raiseUnreceived(hotline.desk)
  expect(await itemsOf(hotline)).toEqual([])
})
