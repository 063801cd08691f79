import { randomBytes } from 'node:crypto'
import { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { keptAt, localSigner, parseEnvelope, signStoredReceipt } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import { REPORTS } from '../store/mailbox.ts'
import type { Sendable } from '../store/outbox.ts'
import type { Store } from '../store/store.ts'
import { testEnvelope, testSubmission } from '../testing/envelope.ts'
import { plentyOfRoom, testStore } from '../testing/store.ts'
import { createOutcomes } from './conclude.ts'
import { createSubmit, type SubmitOptions } from './submit.ts'
import { envelopeOf } from './upload.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const POLICE = 'https://police.example'
const START = Date.UTC(2026, 10, 1)
const FENCE = 7

async function submitter(store: Store, options: Partial<SubmitOptions> = {}) {
  const woken: string[] = []
  const clock = virtualClock(START)
  await store.commit((write) =>
    write.lease.put({ chain: randomBytes(16), fence: FENCE, credential: '', sinceMs: 0 }),
  )
  const submit = createSubmit({
    organisation: HOTLINE,
    store,
    clock,
    time: createGatewayTime(clock, keptAt(START), () => []),
    directory: { peer: (id) => ([NGO, POLICE].includes(id) ? ({} as never) : undefined) },
    quota: { items: 1000, bytes: 100_000_000 },
    shares: plentyOfRoom,
    wakePeers: (organisations) => void woken.push(...organisations),
    wakeDesk() {},
    ...options,
  })
  return { submit, woken, outcomes: createOutcomes({ organisation: HOTLINE, store, wakeDesk() {} }) }
}

const submission = (recipients = [NGO], fields = {}) =>
  testSubmission({ sender: HOTLINE, recipient: NGO, createdMs: START, ...fields }, recipients)

function queued(store: Store, recipient: string): Sendable[] {
  return store.read.outbox.next({ recipient, urgent: false }, 0, 100)
}

async function receiptFor(envelope: Uint8Array) {
  const { routing, digest } = parseEnvelope(envelope)
  const { envelopeId, sender, recipient } = routing
  const receipt = { envelopeId, envelopeDigest: digest, sender, recipient, storedMs: START }
  return signStoredReceipt(receipt, localSigner(randomBytes(32)))
}

test('each recipient gets a separate envelope with its sections; shared parts are stored once', async () => {
  await using store = testStore()
  const { submit, woken } = await submitter(store)
  const message = submission([NGO, POLICE])
  const [first, second] = message.deliveries
  if (second) second.sections = [1]
  // Create a separate grant for the second delivery, because a grant is bound to its sections.
  const alone = submission([POLICE])
  await expect(
    submit({ ...message, deliveries: [first as never, second as never] }, FENCE),
  ).rejects.toMatchObject({
    path: 'grant.ctx',
  })
  await submit(submission([NGO, POLICE]), FENCE)
  await submit(alone, FENCE)
  expect(new Set(woken)).toEqual(new Set([NGO, POLICE]))
  const [toNgo] = queued(store, NGO)
  expect(parseEnvelope(envelopeOf(toNgo as Sendable)).routing.recipient).toBe(NGO)
  expect(queued(store, POLICE)).toHaveLength(2)
})

test('a submission is accepted whole or not at all', async () => {
  await using store = testStore()
  const { submit } = await submitter(store)
  await expect(submit(submission([NGO, 'https://unknown.example']), FENCE)).rejects.toMatchObject({
    reason: 'UNKNOWN_ORGANISATION',
    metadata: { organisation: 'https://unknown.example' },
  })
  expect(store.read.outbox.total().items).toBe(0)
})

test('T-041 submitting again has no second effect', async () => {
  await using store = testStore()
  const { submit } = await submitter(store)
  const message = submission([NGO, POLICE])
  await Promise.all([submit(message, FENCE), submit(message, FENCE)])
  await submit(message, FENCE)
  expect(store.read.outbox.total().items).toBe(2)
})

test('submitting a delivered envelope again repeats its report', async () => {
  await using store = testStore()
  const { submit, outcomes } = await submitter(store)
  const message = submission()
  await submit(message, FENCE)
  const [waiting] = queued(store, NGO) as [Sendable]
  await outcomes.stored(waiting, await receiptFor(envelopeOf(waiting)))
  expect(store.read.outbox.total().items).toBe(0)
  await submit(message, FENCE)
  const reports = store.read.mailbox.next(REPORTS, 0, 10).map((item) => DeliveryReport.decode(item.content))
  expect(reports).toHaveLength(2)
  expect(reports[1]).toEqual(reports[0])
  expect(reports[0]).toMatchObject({ recipient: NGO, outcome: { $case: 'stored' } })
})

test('an envelope has one outcome: a later answer is not reported', async () => {
  await using store = testStore()
  const { submit, outcomes } = await submitter(store)
  await submit(submission(), FENCE)
  const [waiting] = queued(store, NGO) as [Sendable]
  await outcomes.expired([waiting])
  await outcomes.stored(waiting, await receiptFor(envelopeOf(waiting)))
  const reports = store.read.mailbox.next(REPORTS, 0, 10).map((item) => DeliveryReport.decode(item.content))
  expect(reports).toMatchObject([{ outcome: { $case: 'expired' } }])
})

test('T-049 a receipt for other bytes is no receipt', async () => {
  await using store = testStore()
  const { submit, outcomes } = await submitter(store)
  await submit(submission(), FENCE)
  const [waiting] = queued(store, NGO) as [Sendable]
  const other = testEnvelope({ sender: HOTLINE, recipient: NGO, envelopeId: waiting.envelopeId })
  await expect(outcomes.stored(waiting, await receiptFor(other))).rejects.toMatchObject({
    reason: 'EVIDENCE_INVALID',
  })
  expect(queued(store, NGO)).toHaveLength(1)
})

test('T-043 other bytes under a used id are refused', async () => {
  await using store = testStore()
  const { submit } = await submitter(store)
  const envelopeId = randomBytes(16)
  await submit(submission([NGO], { envelopeId }), FENCE)
  await expect(submit(submission([NGO], { envelopeId }), FENCE)).rejects.toMatchObject({
    reason: 'ENVELOPE_CONFLICT',
  })
})

test('a submission under an outdated fence is not accepted', async () => {
  await using store = testStore()
  const { submit } = await submitter(store)
  await expect(submit(submission(), FENCE - 1)).rejects.toMatchObject({ reason: 'LEASE_LOST' })
  expect(store.read.outbox.total().items).toBe(0)
})

test.each([
  ['another sender', () => submission([NGO], { sender: POLICE }), 'PEER_MISMATCH'],
  ['no recipient', () => submission([]), 'MALFORMED'],
  ['65 recipients', () => submission(Array.from({ length: 65 }, () => NGO)), 'LIMIT_EXCEEDED'],
  [
    '65 sections',
    () => submission([NGO], { sections: Array.from({ length: 65 }, () => 10) }),
    'LIMIT_EXCEEDED',
  ],
  ['the same id twice', () => submission([NGO, NGO], { envelopeId: randomBytes(16) }), 'MALFORMED'],
  ['an expired envelope', () => submission([NGO], { createdMs: START - 10, expiresMs: START }), 'EXPIRED'],
  ['a section that does not exist', () => withPlaces([0, 2]), 'MALFORMED'],
  ['sections out of order', () => withPlaces([1, 0]), 'MALFORMED'],
  ['the same section twice', () => withPlaces([0, 0]), 'MALFORMED'],
])('%s is refused', async (_name, make, reason) => {
  await using store = testStore()
  const { submit } = await submitter(store)
  await expect(submit(make(), FENCE)).rejects.toMatchObject({ reason })
  expect(store.read.outbox.total().items).toBe(0)
})

function withPlaces(sections: number[]) {
  const message = submission()
  return { ...message, deliveries: message.deliveries.map((delivery) => ({ ...delivery, sections })) }
}

test('T-095 a full outbox pushes back on the desk, with a reserve for the urgent lane', async () => {
  await using store = testStore()
  const { submit } = await submitter(store, { quota: { items: 10, bytes: 100_000_000 } })
  for (let i = 0; i < 9; i++) await submit(submission(), FENCE)
  await expect(submit(submission(), FENCE)).rejects.toMatchObject({ reason: 'QUOTA_EXCEEDED' })
  await submit(submission([NGO], { urgent: true }), FENCE)
  await submit(submission([POLICE]), FENCE)
})
