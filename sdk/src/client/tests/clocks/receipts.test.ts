// Receipts written while the clocks of both sides were ahead, and refused after the clocks were set right. docs/spec/receipts.md, REX-RCP-019
import { expect, test } from 'vitest'
import { fromHex } from '../../../core/encoding/encoding.ts'
import { type ErrorReason, RexError } from '../../../core/error.ts'
import { toErrorDetail } from '../../../transport/messages/status.ts'
import { expireUnanswered } from '../../deliveries/outcomes.ts'
import { createReports } from '../../deliveries/reports.ts'
import { envelopeIdsOf, queued } from '../../outbox/queue.ts'
import { queueReceipts } from '../../outbox/receipts.ts'
import { type ReceivedEnvelope, takeIn } from '../../receive/intake.ts'
import { LostMemory } from '../../recovery/lost-memory.ts'
import { carry, desksInParts, itemsOf, type Parts } from '../harness/parts.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const AHEAD_MS = 5 * 24 * 60 * 60_000

const memoryOf = ({ desk }: Parts) => new LostMemory(desk, async () => {})

async function take(at: Parts, [envelope]: readonly ReceivedEnvelope[]): Promise<void> {
  await takeIn(at.desk, envelope as ReceivedEnvelope, { sent: at.sent, lostMemory: memoryOf(at) })
}

/** Makes an NGO that has received a referral while all clocks were ahead, and whose gateway has the receipt. */
async function receivedAhead() {
  let aheadMs = AHEAD_MS
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'], {}, () => aheadMs)
  const mine = await hotline.refer({ to: NGO })
  await take(ngo, await carry(hotline, ngo))
  await queueReceipts(ngo.desk, ngo.sent)
  const { store } = ngo.desk
  const [batch] = [...queued(store.read)]
  if (batch === undefined) throw new Error('No receipt was written.')
  const [id] = envelopeIdsOf(batch.submission) as [string]
  await store.commit((write) => write.confirmOutgoing(batch.id, [id]))
  return {
    hotline,
    ngo,
    stateOf: () => hotline.desk.store.read.deliveries(mine.id).map(({ state }) => state),
    setRight() {
      aheadMs = 0
      const nowMs = hotline.clock.now()
      for (const { desk } of [hotline, ngo])
        desk.time.gateway({ timeMs: nowMs, trustedMs: nowMs, agreedMs: 0 })
    },
    /** Reports to the NGO's desk, as its gateway would, that the batch was refused. A restarted desk no longer knows the batch. */
    refused: (reason: ErrorReason) =>
      createReports(ngo.desk, ngo.redate).note({
        envelopeId: fromHex(id, 'id'),
        recipient: HOTLINE,
        outcome: { $case: 'refused', value: toErrorDetail(new RexError(reason, 'No.')) },
      }),
    waiting: () => store.read.receipts(9).length,
  }
}

test('T-139 REX-RCP-019 a receipt returned because it is dated ahead is resent, so the sender learns that its referral was received', async () => {
  const { hotline, ngo, stateOf, setRight, refused } = await receivedAhead()
  setRight()
  await hotline.clock.advance({ days: 20 })
  const timeMs = hotline.clock.now()
  hotline.desk.time.gateway({ timeMs, trustedMs: timeMs, agreedMs: 0 })
  await expireUnanswered(hotline.desk)
  expect(stateOf()).toEqual(['expired'])
  await itemsOf(hotline)
  setRight()
  await refused('CLOCK_SKEW')
  await queueReceipts(ngo.desk, ngo.sent)
  await take(hotline, await carry(ngo, hotline))
  expect(stateOf()).toEqual(['received'])
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'alarm', alarm: 'received-late' }])
})

test('REX-RCP-019 a receipt that has arrived, or is refused for another reason, is not resent', async () => {
  const { setRight, refused, waiting } = await receivedAhead()
  setRight()
  await refused('UNKNOWN_ORGANISATION')
  await refused('CLOCK_SKEW')
  expect(waiting()).toBe(0)
})

test('REX-RCP-019 REX-MBX-014 receipts that the gateway of the desk has forgotten are resent once', async () => {
  const { ngo, waiting } = await receivedAhead()
  const { store } = ngo.desk
  const introduce = async () => {}
  const memory = new LostMemory({ ...ngo.desk, peers: { introduce } }, async () => {})
  await store.commit((write) => write.putIncarnation('aa'.repeat(16)))
  for (let met = 0; met < 2; met++) await memory.metGateway('bb'.repeat(16))
  expect([waiting(), store.read.oldestSentReceipts(9)]).toEqual([1, []])
})
