// What became of own messages: reports of the gateway, receipts of the other desk. docs/spec/receipts.md
import type { Jws } from '@rex/proto/core/v1/envelope'
import { type DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import type { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { fromHex, toHex } from '../core/encoding.ts'
import type { OpenedMessage } from '../core/envelope/open.ts'
import { RexError } from '../core/error.ts'
import { LIMITS } from '../core/limits.ts'
import { verifyStoredReceipt } from '../core/receipt/stored.ts'
import { addEvent, dropEvent } from '../core/thread/track.ts'
import { fromErrorDetail } from '../transport/status.ts'
import type { AlarmItem } from './api.ts'
import { type Book, markMessage, type OpenThread, trackEventOf } from './book.ts'
import { isInterruption } from './interruption.ts'
import type { ItemContent } from './items.ts'
import { signedBytes } from './outbox.ts'
import type { Peers } from './peers.ts'
import type { Resend } from './resend.ts'
import type { DeliveryRecord, DeskStore, DeskWrites } from './store/store.ts'

/** What following deliveries stands on. */
export interface DeliveriesOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly book: Book
  readonly peers: Peers
  readonly resend: Pick<Resend, 'again'>
  readonly now: () => number
  /** Items were committed. */
  readonly wakeItems: () => void
  readonly log: (message: string, error: RexError) => void
}

/** Follows own messages to their end: received, refused or expired (REX-RCP-014). */
export interface Deliveries {
  /** A batch of desk receipts has come. */
  receipts(opened: OpenedMessage): Promise<void>
  /** The own gateway reports. */
  report(report: DeliveryReport): Promise<void>
  /** The own gateway refused a submission for good. */
  refused(envelopeIds: readonly string[], error: RexError): Promise<void>
  /** Declares expired what nobody has answered in time. */
  expire(): Promise<void>
}

const EARLY: ReadonlySet<string> = new Set(['intended', 'submitted'])
const ENDED: ReadonlySet<string> = new Set(['received', 'seen', 'refused', 'expired'])
const EXPIRED_AT_ONCE = 256

/** Follows the deliveries of a desk. */
export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { organisation, store, book, peers } = options

  return {
    receipts,
    report,
    refused: (ids, error) => endAll(ids, 'refused', error.reason),
    expire,
  }

  async function receipts(opened: OpenedMessage): Promise<void> {
    const content = opened.event.content
    const spoken = content?.$case === 'receipts' ? content.value.receipts : []
    const sender = opened.manifest.sender
    const mine = spoken.flatMap((receipt) => {
      const delivery = store.read.delivery(toHex(receipt.envelopeId))
      return delivery !== undefined && delivery.recipient === sender && delivery.thread !== ''
        ? [{ receipt, delivery }]
        : []
    })
    const genuine = mine.filter(
      ({ receipt, delivery }) => toHex(receipt.envelopeDigest) === delivery.envelopeDigest,
    )
    for (const { delivery } of mine.filter((entry) => !genuine.includes(entry)))
      await alarm(delivery, 'receipt-mismatch')
    const late = await store.commit(
      (write) => {
        const ids = genuine.map(({ delivery }) => delivery.envelopeId)
        if (ids.length > 0) write.addReceiptBatch(toHex(opened.digest), signedBytes(opened.signed), ids)
        return genuine.filter(({ receipt, delivery }) => noteReceipt(write, receipt, delivery))
      },
      () => {
        for (const { delivery } of genuine) book.reload(delivery.thread)
      },
    )
    if (late.length > 0) options.wakeItems()
    for (const { receipt, delivery } of genuine) await actOnReceipt(receipt, delivery)
  }

  /** Whether the message was received after it had expired. */
  function noteReceipt(
    write: DeskWrites,
    { status, timeMs }: DeskReceipt,
    delivery: DeliveryRecord,
  ): boolean {
    const { envelopeId, receivedMs } = delivery
    const state = stateOf(envelopeId)
    const arrived = status === DeskReceiptStatus.SEEN || status === DeskReceiptStatus.RECEIVED
    const late = state === 'expired' && arrived
    if (late) putBack(write, delivery)
    if (status === DeskReceiptStatus.SEEN && state !== 'held' && state !== 'refused')
      write.updateDelivery(envelopeId, { state: 'seen', ...(receivedMs === 0 && { receivedMs: timeMs }) })
    if (status === DeskReceiptStatus.RECEIVED && state !== 'seen')
      write.updateDelivery(envelopeId, { state: 'received', receivedMs: timeMs })
    if (status === DeskReceiptStatus.HELD && state !== 'received' && state !== 'seen')
      write.updateDelivery(envelopeId, { state: 'held', receivedMs: timeMs })
    return late
  }

  async function actOnReceipt({ status, code }: DeskReceipt, delivery: DeliveryRecord): Promise<void> {
    if (status === DeskReceiptStatus.HELD && !code.startsWith('gap:'))
      await alarm(delivery, 'held', code === 'fork' ? undefined : code)
    if (status === DeskReceiptStatus.HELD && code.startsWith('gap:'))
      await resend(delivery, code.slice('gap:'.length))
    if (status !== DeskReceiptStatus.REFUSED) return
    if (code === 'KEY_EXPIRED' && !ENDED.has(stateOf(delivery.envelopeId))) await sealToNewKeys(delivery)
    else await end(delivery.envelopeId, 'refused', code)
  }

  /** After KEY_EXPIRED: newer keys, the same message (T-023). */
  async function sealToNewKeys(delivery: DeliveryRecord): Promise<void> {
    await peers
      .refresh(delivery.recipient)
      .catch((error: unknown) => options.log('The keys could not be refreshed.', RexError.from(error)))
    await sealAgain(delivery)
  }

  async function sealAgain(delivery: DeliveryRecord): Promise<void> {
    await options.resend
      .again(book.open(delivery.thread), delivery)
      .catch((error: unknown) => endHopeless(delivery, RexError.from(error)))
  }

  /** It has expired meanwhile, its recipient is unpaired, or takes the suite no more: nothing else would ever end it. */
  async function endHopeless({ envelopeId }: DeliveryRecord, error: RexError): Promise<void> {
    if (isInterruption(error)) throw error
    options.log('A message cannot be sealed again.', error)
    await end(envelopeId, error.reason === 'EXPIRED' ? 'expired' : 'refused', error.reason)
  }

  /** The recipient misses a predecessor: the same signed manifest goes again. */
  async function resend({ thread, recipient }: DeliveryRecord, digest: string): Promise<void> {
    const missing = store.read
      .deliveries(thread)
      .find(
        (candidate) =>
          candidate.message === digest && candidate.recipient === recipient && !ENDED.has(candidate.state),
      )
    if (missing !== undefined) await sealAgain(missing)
  }

  async function report({ envelopeId, outcome }: DeliveryReport): Promise<void> {
    const id = toHex(envelopeId)
    const delivery = store.read.delivery(id)
    if (delivery === undefined) return
    if (outcome?.$case === 'stored') await noteStored(delivery, outcome.value)
    if (outcome?.$case === 'refused') await end(id, 'refused', fromErrorDetail(outcome.value).reason)
    if (outcome?.$case === 'expired') await end(id, 'expired', 'EXPIRED')
    if (outcome?.$case === 'delayed' && delivery.thread !== '') await alarm(delivery, 'delayed')
  }

  async function noteStored(delivery: DeliveryRecord, stored: Jws): Promise<void> {
    const { envelopeId, envelopeDigest, recipient } = delivery
    const expected = {
      envelopeId: fromHex(envelopeId, 'envelope_id'),
      envelopeDigest: fromHex(envelopeDigest, 'envelope_digest'),
      sender: organisation,
      recipient,
    }
    try {
      await verifyStoredReceipt(stored, peers.get(recipient).party.gateway.receiptKeys, expected)
    } catch (error) {
      options.log('A stored receipt does not hold.', RexError.from(error))
      if (delivery.thread !== '') await alarm(delivery, 'receipt-mismatch')
      return
    }
    await store.commit((write) => {
      const early = EARLY.has(stateOf(envelopeId))
      write.updateDelivery(envelopeId, { ...(early && { state: 'stored' }), stored: signedBytes(stored) })
    })
  }

  /** An own message ended refused or expired: it counts no more, and the application is told. */
  async function end(envelopeId: string, outcome: 'refused' | 'expired', reason: string): Promise<void> {
    const delivery = store.read.delivery(envelopeId)
    if (delivery === undefined) return
    const thread = delivery.thread === '' ? undefined : book.find(delivery.thread)
    const item: ItemContent = {
      kind: 'failure',
      outcome,
      recipient: delivery.recipient,
      reason,
      digest: delivery.message,
    }
    await store.commit(
      (write) => {
        if (ENDED.has(stateOf(envelopeId))) return
        write.updateDelivery(envelopeId, { state: outcome })
        if (thread === undefined) return
        if (drop(thread, delivery)) markMessage(write, thread, delivery.message, 'dropped')
        write.addItem({
          id: envelopeId,
          thread: thread.id,
          urgent: thread.summary.urgent,
          content: book.seal(thread, item),
        })
      },
      () => book.reload(delivery.thread),
    )
    options.wakeItems()
  }

  async function endAll(
    ids: readonly string[],
    outcome: 'refused' | 'expired',
    reason: string,
  ): Promise<void> {
    await Promise.all(ids.map((id) => end(id, outcome, reason)))
  }

  async function expire(): Promise<void> {
    for (;;) {
      const ids = store.read.overdue(options.now() - LIMITS.skew, EXPIRED_AT_ONCE)
      if (ids.length === 0) return
      await endAll(ids, 'expired', 'EXPIRED')
    }
  }

  /** Expired, and received after all: the event counts again, and the application is told (REX-RCP-014). */
  function putBack(write: DeskWrites, delivery: DeliveryRecord): void {
    const { message: digest, recipient } = delivery
    const thread = book.open(delivery.thread)
    const track = thread.tracks.get(recipient)
    const message = thread.messages.find((candidate) => candidate.digest === digest)
    if (message !== undefined && track?.events.has(digest) === false) {
      const event = trackEventOf(thread, message.manifest, { ...message, organisation })
      thread.tracks.set(recipient, addEvent(track, event).track)
      markMessage(write, thread, digest, 'counted')
    }
    addAlarm(write, thread, { delivery, kind: 'received-late' })
  }

  /** The state inside a commit: between reading a delivery and writing it, another receipt may have come. */
  function stateOf(envelopeId: string): DeliveryRecord['state'] {
    return store.read.delivery(envelopeId)?.state ?? 'expired'
  }

  /** Takes an event out of its track; a refer stays, because without it there is no thread. */
  function drop(thread: OpenThread, { message, recipient }: DeliveryRecord): boolean {
    const track = thread.tracks.get(recipient)
    if (track?.events.has(message) !== true || track.placed[0]?.event.digest === message) return false
    thread.tracks.set(recipient, dropEvent(track, message))
    return true
  }

  async function alarm(delivery: DeliveryRecord, kind: AlarmItem['alarm'], detail?: string): Promise<void> {
    const thread = book.find(delivery.thread)
    if (thread === undefined) return
    await store.commit((write) => addAlarm(write, thread, { delivery, kind, detail }))
    options.wakeItems()
  }

  function addAlarm(
    write: DeskWrites,
    thread: OpenThread,
    {
      delivery,
      kind,
      detail,
    }: { delivery: DeliveryRecord; kind: AlarmItem['alarm']; detail?: string | undefined },
  ): void {
    const { envelopeId: id, message: digest, recipient } = delivery
    const item: ItemContent = { kind: 'alarm', alarm: kind, digest, recipient, detail }
    write.addItem({ id, thread: thread.id, urgent: true, content: book.seal(thread, item) })
  }
}
