// Processes desk receipts for this desk's messages. docs/spec/receipts.md, "Desk receipts"
import { Jws } from '@rex/proto/core/v1/envelope'
import { type DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { encode, fromHex, toHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { LIMITS } from '../../core/limits.ts'
import { isAbout } from '../../core/receipt/message.ts'
import { dueFrom } from '../../core/thread/view.ts'
import type { DeskContext } from '../context.ts'
import type { SentReceipts } from '../outbox/sent-receipts.ts'
import type { DeliveryRecord, DeskWrites, EnvelopeRecord } from '../store/store.ts'
import { UNANSWERED } from '../thread/states.ts'
import { addAlarm } from './items.ts'
import { closeEnvelope, commitDeliveries, endDelivery, reviveExpired } from './outcomes.ts'

const GAP = 'gap:'
/** The permitted form of `code`, which is shown to people (REX-RCP-013). */
const CODE = /^[\x20-\x7e]{0,200}$/

/** Processes a batch of desk receipts. A receipt that contradicts the sent message only raises an alarm (REX-RCP-025). */
export async function noteReceipts(
  desk: DeskContext,
  opened: OpenedMessage,
  sent: Pick<SentReceipts, 'refused'>,
): Promise<void> {
  const { read } = desk.store
  const { sender } = opened.manifest
  const content = opened.event.content
  const receipts = content?.$case === 'receipts' ? content.value.receipts : []
  for (const { status, code, envelopeId } of receipts)
    if (status === DeskReceiptStatus.REFUSED && code === 'KEY_EXPIRED')
      sent.refused(sender, toHex(envelopeId))
  const own = receipts.flatMap((receipt) => {
    const envelope = read.envelope(toHex(receipt.envelopeId))
    return envelope?.recipient === sender && CODE.test(receipt.code) ? [{ receipt, envelope }] : []
  })
  if (own.length === 0) return
  const isTrue = truthOf(receipts)
  const forged = new Map(
    own.flatMap(({ envelope }) => (isTrue(envelope) ? [] : [[envelope.id, envelope] as const])),
  )
  const genuine = own.filter(({ envelope }) => !forged.has(envelope.id))
  const envelopes = genuine.map(({ envelope }) => envelope)
  await commitDeliveries(desk, envelopes, (write) => {
    const ids = envelopes.map(({ id }) => id)
    if (ids.length > 0) write.addReceiptBatch(toHex(opened.digest), encode(Jws, opened.signed), ids)
    for (const { receipt, envelope } of genuine) noteReceipt(write, desk, { receipt, envelope })
    for (const key of forged.values()) addAlarm(write, desk, { key, alarm: 'receipt-mismatch' })
  })
}

/**
 * Returns a function that checks whether a batch describes an envelope correctly: every receipt that states the id or the
 * digest of the envelope must state both of them, and also the message that the envelope contained (REX-RCP-025).
 */
function truthOf(receipts: readonly DeskReceipt[]): (envelope: EnvelopeRecord) => boolean {
  const names = receipts.map((receipt) => ({
    receipt,
    id: toHex(receipt.envelopeId),
    digest: toHex(receipt.envelopeDigest),
  }))
  const byId = Map.groupBy(names, ({ id }) => id)
  const byDigest = Map.groupBy(names, ({ digest }) => digest)
  return ({ id, digest, message }) => {
    const sent = fromHex(message, 'message')
    return [...(byId.get(id) ?? []), ...(byDigest.get(digest) ?? [])].every(
      (named) => named.id === id && named.digest === digest && isAbout(named.receipt, sent),
    )
  }
}

/** Processes one receipt. Reads the delivery inside the commit, because another receipt may have changed it meanwhile. */
function noteReceipt(
  write: DeskWrites,
  desk: DeskContext,
  { receipt, envelope }: { receipt: DeskReceipt; envelope: EnvelopeRecord },
): void {
  const delivery = desk.store.read.delivery(envelope)
  if (delivery === undefined) return
  const { status, code, message } = receipt
  const refused = { outcome: 'refused', reason: code } as const
  if (status === DeskReceiptStatus.SEEN || status === DeskReceiptStatus.RECEIVED)
    noteArrived(write, desk, { receipt, delivery })
  if (status === DeskReceiptStatus.HELD) noteHeld(write, desk, { receipt, delivery })
  if (status === DeskReceiptStatus.REFUSED && message.length > 0)
    endDelivery(write, desk, { delivery, ...refused })
  if (status === DeskReceiptStatus.REFUSED) closeEnvelope(write, desk, { id: envelope.id, ...refused })
}

interface Answered {
  readonly receipt: DeskReceipt
  readonly delivery: DeliveryRecord
}

/** Notes that a message was received or seen. An expired outcome is corrected; a refusal stays (REX-RCP-014). */
function noteArrived(
  write: DeskWrites,
  desk: DeskContext,
  { receipt: { status, timeMs }, delivery }: Answered,
): void {
  if (delivery.state === 'refused') return
  if (delivery.state === 'expired') reviveExpired(write, desk, delivery)
  if (delivery.state === 'seen') return
  // The recipient has seen the message but still has to decide (REX-RCP-017).
  if (delivery.state === 'held' && status === DeskReceiptStatus.SEEN) return
  // After a restore, a desk receives earlier messages again, so the first time of receipt counts.
  const known = delivery.receivedMs > 0 && delivery.state !== 'held'
  const startMs = plausible(desk, timeMs, delivery)
  write.updateDelivery(delivery, {
    state: status === DeskReceiptStatus.SEEN ? 'seen' : 'received',
    ...(delivery.state !== 'received' && { resealPending: false }),
    ...(!known && { receivedMs: startMs }),
  })
  write.dueSooner(delivery.thread, dueFrom({}, { startMs, urgent: delivery.urgent }))
}

function noteHeld(
  write: DeskWrites,
  desk: DeskContext,
  { receipt: { code, timeMs }, delivery }: Answered,
): void {
  const missing = code.startsWith(GAP) ? code.slice(GAP.length) : undefined
  if (missing !== undefined) sendMissing(write, desk, { delivery, missing })
  if (!UNANSWERED.has(delivery.state)) return
  const receivedMs = plausible(desk, timeMs, delivery)
  write.updateDelivery(delivery, { state: 'held', receivedMs, resealPending: false })
  const detail = code === 'fork' ? undefined : code
  if (missing === undefined) addAlarm(write, desk, { key: delivery, alarm: 'held', detail })
}

/**
 * Limits a stated time of receipt to the time between the creation of the message and now. Otherwise another organisation's
 * wrong clock could suppress an alarm (T-055).
 */
function plausible({ clock }: DeskContext, timeMs: number, { expiresMs }: DeliveryRecord): number {
  return Math.min(Math.max(timeMs, expiresMs - LIMITS.maxLifetime), clock.now())
}

/**
 * Resends a predecessor that the recipient lacks. Only a stored message without an answer can be lost; other messages
 * are still on their way or were received.
 */
function sendMissing(
  write: DeskWrites,
  { store }: DeskContext,
  { delivery: { recipient, thread }, missing }: { delivery: DeliveryRecord; missing: string },
): void {
  const predecessor = store.read.delivery({ message: missing, recipient })
  if (predecessor?.state === 'stored' && predecessor.thread === thread)
    write.updateDelivery(predecessor, { resealPending: true })
}
