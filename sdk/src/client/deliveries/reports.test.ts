// Tests of a gateway's reports about the messages of its desk. docs/spec/mailbox.md, "Reports"
import type { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { expect, test } from 'vitest'
import { fromHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { RexError } from '../../core/error.ts'
import { toErrorDetail } from '../../transport/messages/status.ts'
import type { SendOptions } from '../api/sending.ts'
import type { DeliveryRecord } from '../store/store.ts'
import { carry, desksInParts, itemsOf, START, storedReceipt } from '../tests/harness/parts.ts'
import { createReports } from './reports.ts'

const NGO = 'https://ngo.example'
const OTHER = 'https://other.example'
const HOUR = 60 * 60_000

/** Makes a referral of the hotline that its gateway has accepted, and the reports of that gateway. */
async function sent(options: SendOptions = { to: NGO }, change: object = {}) {
  const [hotline, ngo, other] = await desksInParts(['hotline', 'ngo', 'other'])
  const { id } = await hotline.refer(options, change)
  const [envelope] = await carry(hotline, ngo)
  const { bytes, opened } = envelope as NonNullable<typeof envelope>
  const { store } = hotline.desk
  const reports = createReports(hotline.desk, hotline.redate)
  const { envelopeId } = (opened as OpenedMessage).envelope.routing
  const report = (outcome: DeliveryReport['outcome'], recipient = NGO) =>
    reports.note({ envelopeId, recipient, outcome })
  const deliveries = () => store.read.deliveries(id)
  const stored = async (by = ngo) =>
    ({ $case: 'stored', value: await storedReceipt(bytes, by.party) }) as const
  return { hotline, other, store, reports, report, deliveries, stored, bytes, envelopeId }
}

const refused = (reason: ConstructorParameters<typeof RexError>[0]) =>
  ({ $case: 'refused', value: toErrorDetail(new RexError(reason, 'No.')) }) as const

test('stored: the receipt is kept, its time is recorded as confirmed, and the message is offered again after an hour', async () => {
  const { hotline, store, report, deliveries, stored, envelopeId } = await sent()
  await report(await stored())
  expect(deliveries()).toMatchObject([{ state: 'stored', offerMs: START + HOUR }])
  expect(store.read.envelope(Buffer.from(envelopeId).toString('hex'))?.stored).toBeDefined()
  expect(hotline.desk.time.atLeast()).toBe(START)
})

test('T-071 a stored receipt signed by another gateway changes nothing and raises an alarm', async () => {
  const { hotline, other, report, deliveries, stored } = await sent()
  await report(await stored(other))
  expect(deliveries()).toMatchObject([{ state: 'submitted' }])
  expect(await itemsOf(hotline)).toMatchObject([{ alarm: 'receipt-mismatch', recipient: NGO }])
  expect(hotline.logged).toEqual(['A stored receipt is not valid.'])
})

test('a late report does not set back a message that the other desk has answered', async () => {
  const { store, report, deliveries, stored } = await sent()
  const [delivery] = deliveries() as [DeliveryRecord]
  await store.commit((write) => write.updateDelivery(delivery, { state: 'received', receivedMs: START }))
  await report(await stored())
  expect(deliveries()).toMatchObject([{ state: 'received', offerMs: 0 }])
})

test('of two envelopes of a message, only the newest counts as stored', async () => {
  const { store, report, deliveries, stored } = await sent()
  const [{ message, recipient }] = deliveries() as [DeliveryRecord]
  const newer = { id: 'ee'.repeat(16), digest: 'ff'.repeat(32), message, recipient, closed: '' }
  await store.commit((write) => write.addEnvelope(newer))
  await report(await stored())
  expect(deliveries()).toMatchObject([{ state: 'submitted' }])
})

test('refused and expired end the delivery and are reported to the application', async () => {
  const first = await sent()
  await first.report(refused('POLICY_REFUSED'))
  await first.report({ $case: 'expired', value: { lastError: undefined } })
  expect(first.deliveries()).toMatchObject([{ state: 'refused', reason: 'POLICY_REFUSED' }])
  expect(await itemsOf(first.hotline)).toMatchObject([{ kind: 'failure', reason: 'POLICY_REFUSED' }])
  const second = await sent()
  await second.report({ $case: 'expired', value: { lastError: undefined } })
  expect(second.deliveries()).toMatchObject([{ state: 'expired', reason: 'EXPIRED' }])
  expect(await itemsOf(second.hotline)).toMatchObject([{ kind: 'failure', outcome: 'expired' }])
})

test('REX-DLV-144 a returned message that cannot be redated, because its recipient is unpaired, ends', async () => {
  const { hotline, store, report, deliveries } = await sent()
  await hotline.desk.peers.unpair(NGO, (also) => store.commit(also))
  await report(refused('CLOCK_SKEW'))
  expect(deliveries()).toMatchObject([{ state: 'refused', reason: 'UNKNOWN_ORGANISATION' }])
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'failure', reason: 'UNKNOWN_ORGANISATION' }])
})

test('REX-THR-052 a delay raises one alarm, even if it is reported twice', async () => {
  const urgent = {
    triage: {
      abuse: ['grooming'],
      country: 'NL',
      risk: 'high',
      urgency: { reason: 'content-spreading', due: '2026-11-24T12:00Z' },
    },
  }
  const { hotline, report } = await sent({ to: NGO }, { lane: 'urgent', ...urgent })
  await report({ $case: 'delayed', value: { lastError: undefined } })
  await report({ $case: 'delayed', value: { lastError: undefined } })
  expect(await itemsOf(hotline)).toMatchObject([{ alarm: 'delayed' }])
})

test('REX-DLV-090 after a gateway lost its memory, its stored but unanswered messages are resent, only to it', async () => {
  const { store, report, deliveries } = await sent({ to: [NGO, OTHER] })
  await store.commit((write) => {
    for (const delivery of deliveries()) write.updateDelivery(delivery, { state: 'stored' })
  })
  await report({ $case: 'memoryLost', value: {} }, OTHER)
  const pending = deliveries().map(({ recipient, resealPending }) => [recipient, resealPending])
  expect(Object.fromEntries(pending)).toEqual({ [NGO]: false, [OTHER]: true })
})

test('REX-DLV-090 a report of lost memory waits for earlier reports that are still being checked', async () => {
  const { report, deliveries, stored } = await sent()
  await Promise.all([report(await stored()), report({ $case: 'memoryLost', value: {} })])
  expect(deliveries()).toMatchObject([{ state: 'stored', resealPending: true }])
})

test('a report about an unknown envelope changes nothing', async () => {
  const { hotline, reports, deliveries } = await sent()
  const before = deliveries()
  await reports.note({
    envelopeId: fromHex('11'.repeat(16), 'id'),
    recipient: NGO,
    outcome: refused('EXPIRED'),
  })
  expect([deliveries(), await itemsOf(hotline)]).toEqual([before, []])
})
