// Tests of the desk receipts that a desk gets for its messages. docs/spec/receipts.md, "Desk receipts"
import { DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { expect, test } from 'vitest'
import { encode, toHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { queueReceipts } from '../outbox/receipts.ts'
import { carry, desksInParts, itemsOf, type Parts, START } from '../tests/harness/parts.ts'
import { endDelivery } from './outcomes.ts'
import { noteReceipts } from './receipts.ts'

const { RECEIVED, SEEN, HELD, REFUSED } = DeskReceiptStatus
const NGO = 'https://ngo.example'
const HOTLINE = 'https://hotline.example'
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Makes a referral and a note of the hotline, on their way to an NGO. */
async function sent() {
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'])
  const mine = await hotline.refer({ to: NGO })
  await hotline.note(mine, NGO)
  const [refer, note] = (await carry(hotline, ngo)).map(({ opened }) => opened as OpenedMessage)
  const deliveries = () => hotline.desk.store.read.deliveries(mine.id)
  const states = () => deliveries().map(({ state }) => state)
  const answer = (...receipts: DeskReceipt[]) => answers(ngo, hotline, receipts)
  return { hotline, ngo, mine, deliveries, states, answer, refer, note } as {
    -readonly [K in 'refer' | 'note']: OpenedMessage
  } & {
    hotline: Parts
    ngo: Parts
    mine: typeof mine
    deliveries: typeof deliveries
    states: typeof states
    answer: typeof answer
  }
}

/** Signs receipts at the desk of one organisation, and processes them at the desk of the other. */
async function answers(from: Parts, to: Parts, receipts: readonly DeskReceipt[]): Promise<void> {
  await from.desk.store.commit((write) => {
    for (const receipt of receipts) write.addReceipt(to.party.organisation, encode(DeskReceipt, receipt))
  })
  await queueReceipts(from.desk, from.sent)
  for (const { opened } of await carry(from, to))
    await noteReceipts(to.desk, opened as OpenedMessage, to.sent)
}

function receipt(
  { envelope, digest: message }: OpenedMessage,
  status: DeskReceipt['status'],
  change: Partial<DeskReceipt> = {},
): DeskReceipt {
  const { digest: envelopeDigest, routing } = envelope
  return {
    status,
    envelopeId: routing.envelopeId,
    envelopeDigest,
    message,
    timeMs: START,
    code: '',
    ...change,
  }
}

test('received, then seen: the delivery counts as answered and never returns to an earlier state', async () => {
  const { refer, states, answer } = await sent()
  await answer(receipt(refer, RECEIVED))
  expect(states()).toEqual(['received', 'submitted'])
  await answer(receipt(refer, SEEN))
  await answer(receipt(refer, RECEIVED))
  expect(states()).toEqual(['seen', 'submitted'])
})

test('the signed batch is kept with each envelope that it answers', async () => {
  const { hotline, refer, note, answer } = await sent()
  await answer(receipt(refer, RECEIVED), receipt(note, RECEIVED))
  for (const { envelope } of [refer, note])
    expect(hotline.desk.store.read.receiptBatches(toHex(envelope.routing.envelopeId))).toHaveLength(1)
})

test.each([
  ['ahead', START + DAY, START + MINUTE],
  ['long ago', 0, START],
  ['plausible', START + 1, START + 1],
])('T-055 a stated time of receipt that is %s', async (_name, timeMs, receivedMs) => {
  const { hotline, refer, deliveries, answer } = await sent()
  await hotline.clock.advance({ minutes: 1 })
  await answer(receipt(refer, RECEIVED, { timeMs }))
  expect(deliveries()[0]).toMatchObject({ state: 'received', receivedMs })
})

test('held: a person is told the code, and the recipient still has to decide, even after somebody has seen the message', async () => {
  const { hotline, refer, states, answer } = await sent()
  await answer(receipt(refer, HELD, { code: 'refer.kind=new' }))
  expect(await itemsOf(hotline)).toMatchObject([{ alarm: 'held', recipient: NGO, detail: 'refer.kind=new' }])
  await answer(receipt(refer, SEEN))
  expect(states()).toEqual(['held', 'submitted'])
  await answer(receipt(refer, RECEIVED))
  expect(states()).toEqual(['received', 'submitted'])
})

test('a missing predecessor is resent if only the gateway of the recipient has it, without an alarm', async () => {
  const { hotline, refer, note, deliveries, answer } = await sent()
  const gap = receipt(note, HELD, { code: `gap:${toHex(refer.digest)}` })
  const pending = () => deliveries().map(({ resealPending }) => resealPending)
  await answer(gap)
  expect(pending()).toEqual([false, false])
  const [first] = deliveries()
  await hotline.desk.store.commit((write) => write.updateDelivery(first as never, { state: 'stored' }))
  await answer(gap)
  expect(pending()).toEqual([true, false])
  expect(await itemsOf(hotline)).toEqual([])
})

test('refused: the event leaves its track, and the application is told; a received message can no longer be refused', async () => {
  const { hotline, mine, refer, note, states, answer } = await sent()
  await answer(receipt(refer, RECEIVED), receipt(note, REFUSED, { code: 'INVALID_EVENT' }))
  expect(states()).toEqual(['received', 'refused'])
  expect(mine.tracks.get(NGO)?.events.has(toHex(note.digest))).toBe(false)
  expect(await itemsOf(hotline)).toMatchObject([
    { kind: 'failure', outcome: 'refused', reason: 'INVALID_EVENT', digest: toHex(note.digest) },
  ])
  await answer(receipt(note, RECEIVED))
  expect(states()).toEqual(['received', 'refused'])
})

test('T-023 KEY_EXPIRED for an envelope that nobody could open: the message is resealed and does not end', async () => {
  const { hotline, refer, deliveries, answer } = await sent()
  await answer(receipt(refer, REFUSED, { code: 'KEY_EXPIRED', message: new Uint8Array() }))
  expect(deliveries()[0]).toMatchObject({ state: 'submitted', resealPending: true })
  expect(await itemsOf(hotline)).toEqual([])
})

test('an expired message that was received after all counts again, and a person is told', async () => {
  const { hotline, mine, note, deliveries, states, answer } = await sent()
  const end = { delivery: deliveries()[1] as never, outcome: 'expired', reason: 'EXPIRED' } as const
  await hotline.desk.store.commit((write) => endDelivery(write, hotline.desk, end))
  await itemsOf(hotline)
  await answer(receipt(note, RECEIVED))
  expect(states()).toEqual(['submitted', 'received'])
  expect(mine.tracks.get(NGO)?.events.has(toHex(note.digest))).toBe(true)
  expect(await itemsOf(hotline)).toMatchObject([{ alarm: 'received-late' }])
})

const wrong = (length: number) => new Uint8Array(length).fill(1)

test.each([
  ['other bytes', { envelopeDigest: wrong(32) }],
  ['another message', { message: wrong(32) }],
])('REX-RCP-025 a receipt that names %s changes nothing, and raises one alarm', async (_name, change) => {
  const { hotline, refer, note, states, answer } = await sent()
  await answer(receipt(refer, RECEIVED), receipt(refer, RECEIVED, change), receipt(note, RECEIVED))
  expect(states()).toEqual(['submitted', 'received'])
  expect(await itemsOf(hotline)).toMatchObject([{ alarm: 'receipt-mismatch', digest: toHex(refer.digest) }])
})

test('REX-RCP-025 a receipt with the digest of an envelope but another id changes nothing', async () => {
  const { hotline, refer, note, states, answer } = await sent()
  const { envelopeDigest } = receipt(refer, RECEIVED)
  await answer(receipt(note, RECEIVED, { envelopeDigest }))
  await answer(receipt(refer, RECEIVED), receipt(note, RECEIVED, { envelopeDigest }))
  expect(states()).toEqual(['submitted', 'submitted'])
  expect((await itemsOf(hotline)).map(({ kind }) => kind)).not.toContain('failure')
})

test('T-046 an organisation cannot answer for another one', async () => {
  const [hotline, ngo, other] = await desksInParts(['hotline', 'ngo', 'other'])
  const mine = await hotline.refer({ to: [NGO, 'https://other.example'] })
  const [refer] = await carry(hotline, ngo)
  await answers(other, hotline, [receipt(refer?.opened as OpenedMessage, REFUSED, { code: 'INVALID_EVENT' })])
  expect(hotline.desk.store.read.deliveries(mine.id).map(({ state }) => state)).toEqual([
    'submitted',
    'submitted',
  ])
  expect([await itemsOf(hotline), HOTLINE]).toEqual([[], hotline.desk.organisation])
})

test.each([
  ['has 201 characters', `section.type=${'a'.repeat(188)}`],
  ['has a line end', 'section.type=a\nreceived'],
])('REX-RCP-013 a receipt whose code %s is ignored, and another of its batch counts', async (_what, code) => {
  const { states, answer, refer, note } = await sent()
  await answer(receipt(refer, HELD, { code }), receipt(note, HELD, { code: 'fork' }))
  expect(states().toSorted()).toEqual(['held', 'submitted'])
})
