// Tests of a thread that was erased while the clock was ahead: the answer to its recall is redated like any other message.
// docs/spec/identity.md, REX-ID-066
import { EventType } from '@rex/proto/core/v1/thread'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { RexError } from '../../core/error.ts'
import { toErrorDetail } from '../../transport/messages/status.ts'
import { createReports } from '../deliveries/reports.ts'
import { envelopeIdsOf, queued } from '../outbox/queue.ts'
import { takeIn } from '../receive/intake.ts'
import { carry, desksInParts, type Parts, START } from '../tests/harness/parts.ts'
import { Eraser } from './erase.ts'

const [HOTLINE, NGO] = ['https://hotline.example', 'https://ngo.example']
const AHEAD_MS = 5 * 24 * 60 * 60_000

async function receive(from: Parts, to: Parts): Promise<OpenedMessage[]> {
  const envelopes = await carry(from, to)
  const lostMemory = { heardFrom: async () => {} }
  for (const envelope of envelopes) await takeIn(to.desk, envelope, { sent: to.sent, lostMemory })
  return envelopes.map(({ opened }) => opened as OpenedMessage)
}

/** Makes a recalled referral that was erased while the clocks were ahead, and sets the clocks right. */
async function erasedAhead() {
  let aheadMs = 0
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'], {}, () => aheadMs)
  const { id } = await hotline.refer({ to: NGO })
  await hotline.composer.compose(hotline.desk.threads.open(id), NGO, {
    content: { $case: 'recall', value: { code: 'sent-to-wrong-recipient', messages: [], text: '' } },
  })
  await receive(hotline, ngo)
  aheadMs = AHEAD_MS
  await new Eraser(ngo.desk, ngo.composer).erase(ngo.desk.threads.open(id), { reason: 'recall' })
  aheadMs = 0
  for (const { desk } of [hotline, ngo]) desk.time.gateway({ timeMs: START, trustedMs: START, agreedMs: 0 })
  const { store } = ngo.desk
  const envelopeIds = [...queued(store.read)].flatMap(({ submission }) => envelopeIdsOf(submission))
  return { hotline, ngo, id, store, envelopeIds }
}

/** Expects the answer to arrive with the current date and take effect. */
async function expectAttested({ hotline, ngo, id }: Awaited<ReturnType<typeof erasedAhead>>) {
  expect(ngo.desk.store.read.deliveries(id)).toContainEqual(
    expect.objectContaining({ recipient: HOTLINE, state: 'intended', sentMs: START }),
  )
  const answers = await receive(ngo, hotline)
  expect(answers.map(({ manifest }) => [manifest.type, manifest.createdMs])).toEqual([
    [EventType.RECALL_ATTESTATION, START],
  ])
  const [track] = hotline.desk.threads.open(id).tracks.values()
  expect(track?.heads).toEqual(answers.map(({ digest }) => toHex(digest)))
  expect(ngo.desk.threads.open(id)).toMatchObject({ erased: { reason: 'recall' }, messages: [{}] })
}

test('T-139 T-155 REX-ID-066 the answer of an erasure is redated if the gateway of the desk does not accept it', async () => {
  const at = await erasedAhead()
  expect(await at.ngo.redate.notTaken(at.envelopeIds)).toBe(true)
  await expectAttested(at)
})

test('T-139 T-155 REX-DLV-144 the answer of an erasure is redated if the gateway of the desk returns it', async () => {
  const at = await erasedAhead()
  const { ngo, store, envelopeIds } = at
  await store.commit((write) => {
    for (const { id } of queued(store.read)) write.confirmOutgoing(id, envelopeIds)
  })
  const value = toErrorDetail(new RexError('CLOCK_SKEW', 'It is dated ahead.'))
  const envelopeId = fromHex(envelopeIds[0] ?? '', 'envelope')
  const { note } = createReports(ngo.desk, ngo.redate)
  await note({ envelopeId, recipient: HOTLINE, outcome: { $case: 'refused', value } })
  await expectAttested(at)
})
