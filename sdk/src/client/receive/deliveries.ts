// What became of own messages: reports of the gateway, receipts of the other desk. docs/spec/receipts.md
import type { Jws } from '@rex/proto/core/v1/envelope'
import { type DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import type { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { fromHex, toHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import { speaksOf } from '../../core/receipt/evidence.ts'
import { verifyStoredReceipt } from '../../core/receipt/stored.ts'
import { addEvent, dropEvent } from '../../core/thread/track.ts'
import { dueFrom } from '../../core/thread/view.ts'
import { fromErrorDetail } from '../../transport/status.ts'
import type { MessageAlarm } from '../api/api.ts'
import type { DeskTime } from '../clock/time.ts'
import { alarmId, type ItemContent } from '../feed/items.ts'
import type { Peers } from '../gateway/peers.ts'
import { type Outbox, signedBytes } from '../outbox/outbox.ts'
import { offerMsOf, type Resend } from '../send/resend.ts'
import type { DeliveryKey, DeliveryRecord, DeskStore, DeskWrites, EnvelopeRecord } from '../store/store.ts'
import { type Book, markMessage, type OpenThread, readable, trackEventOf } from '../thread/book.ts'
import { FAILED, OPEN, UNANSWERED, UNSTORED } from '../thread/states.ts'

/** What following deliveries stands on. */
export interface DeliveriesOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly book: Book
  readonly peers: Peers
  readonly resend: Pick<Resend, 'wake' | 'peerLost'>
  readonly outbox: Pick<Outbox, 'receiptsRefused'>
  readonly now: () => number
  readonly time: Pick<DeskTime, 'witness' | 'passed'>
  /** An envelope came back that was dated ahead: whether its message is dated anew. */
  readonly givenBack: (envelopeId: string) => Promise<boolean>
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
  /** Nothing comes of these envelopes: their deliveries end, in one transaction with what `also` writes before. */
  refused(envelopeIds: readonly string[], error: RexError, also: (write: DeskWrites) => void): Promise<void>
  /** A message cannot be sealed again. */
  hopeless(delivery: DeliveryRecord, error: RexError): Promise<void>
  /** Declares expired what nobody has answered in time. */
  expire(): Promise<void>
  /** Raises an alarm for each urgent message that no desk has answered 15 minutes after it was sent. */
  raiseUnreceived(): Promise<void>
}

const GAP = 'gap:'
const AT_ONCE = 256

/** Follows the deliveries of a desk. */
export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { organisation, store, book, peers, resend } = options
  const { read } = store
  const noting = new Set<Promise<void>>()

  return {
    receipts,
    report,
    refused: (ids, { reason }, also) => closeAll(ids, { outcome: 'refused', reason, also }),
    hopeless,
    expire,
    raiseUnreceived,
  }

  async function receipts(opened: OpenedMessage): Promise<void> {
    const content = opened.event.content
    const spoken = content?.$case === 'receipts' ? content.value.receipts : []
    const mine = spoken.flatMap((receipt) => {
      const envelope = read.envelope(toHex(receipt.envelopeId))
      return envelope?.recipient === opened.manifest.sender ? [{ receipt, envelope }] : []
    })
    for (const { status, code, envelopeId } of spoken)
      if (status === DeskReceiptStatus.REFUSED && code === 'KEY_EXPIRED')
        options.outbox.receiptsRefused(opened.manifest.sender, toHex(envelopeId))
    if (mine.length === 0) return
    const isTrue = truthOf(spoken)
    const forged = new Map(
      mine.filter(({ envelope }) => !isTrue(envelope)).map(({ envelope }) => [envelope.id, envelope]),
    )
    const genuine = mine.filter(({ envelope }) => !forged.has(envelope.id))
    await commit(
      genuine.map(({ envelope }) => envelope),
      (write) => {
        const ids = genuine.map(({ envelope }) => envelope.id)
        if (ids.length > 0) write.addReceiptBatch(toHex(opened.digest), signedBytes(opened.signed), ids)
        for (const { receipt, envelope } of genuine) note(write, receipt, envelope)
        for (const envelope of forged.values()) alarm(write, envelope, 'receipt-mismatch')
      },
    )
    void resend.wake()
  }

  /** Commits what changes threads in memory as well: if the writes are undone, so is that (T-078). */
  async function commit(keys: readonly DeliveryKey[], work: (write: DeskWrites) => void): Promise<void> {
    await store.commit(work, () => {
      for (const key of keys) book.reload(read.delivery(key)?.thread ?? '')
    })
    options.wakeItems()
  }

  /** What is read here is as it stands inside the commit: another receipt may have come meanwhile. */
  function note(write: DeskWrites, receipt: DeskReceipt, envelope: EnvelopeRecord): void {
    const delivery = read.delivery(envelope)
    if (delivery === undefined) return
    const { status, code, message } = receipt
    if (status === DeskReceiptStatus.SEEN || status === DeskReceiptStatus.RECEIVED)
      noteArrived(write, receipt, delivery)
    if (status === DeskReceiptStatus.HELD) noteHeld(write, receipt, delivery)
    if (status === DeskReceiptStatus.REFUSED && message.length > 0) end(write, delivery, 'refused', code)
    if (status === DeskReceiptStatus.REFUSED) close(write, envelope.id, 'refused', code)
  }

  /** Expired is the one end that is corrected (REX-RCP-014). */
  function noteArrived(write: DeskWrites, { status, timeMs }: DeskReceipt, delivery: DeliveryRecord): void {
    if (delivery.state === 'refused') return
    if (delivery.state === 'expired') putBack(write, delivery)
    if (delivery.state === 'seen') return
    // A person there still has to decide (REX-RCP-017).
    if (delivery.state === 'held' && status === DeskReceiptStatus.SEEN) return
    // What a restored desk gets again was received before all the same.
    const known = delivery.receivedMs > 0 && delivery.state !== 'held'
    const startMs = plausible(timeMs, delivery)
    write.updateDelivery(delivery, {
      state: status === DeskReceiptStatus.SEEN ? 'seen' : 'received',
      ...(delivery.state !== 'received' && { again: false }),
      ...(!known && { receivedMs: startMs }),
    })
    write.dueSooner(delivery.thread, dueFrom({}, { startMs, urgent: delivery.urgent }))
  }

  /** A message is received after it was made, and before its receipt is here: no clock of another organisation stops an alarm (T-055). */
  function plausible(timeMs: number, { expiresMs }: DeliveryRecord): number {
    return Math.min(Math.max(timeMs, expiresMs - LIMITS.maxLifetime), options.now())
  }

  function noteHeld(write: DeskWrites, { code, timeMs }: DeskReceipt, delivery: DeliveryRecord): void {
    const missing = code.startsWith(GAP) ? code.slice(GAP.length) : undefined
    if (missing !== undefined) sendMissing(write, delivery, missing)
    if (!UNANSWERED.has(delivery.state)) return
    const receivedMs = plausible(timeMs, delivery)
    write.updateDelivery(delivery, { state: 'held', receivedMs, again: false })
    if (missing === undefined) alarm(write, delivery, 'held', code === 'fork' ? undefined : code)
  }

  /** The recipient misses a predecessor. Only one that lies there without an answer can be lost: others are on their way, or there. */
  function sendMissing(write: DeskWrites, { recipient, thread }: DeliveryRecord, message: string): void {
    const missing = read.delivery({ message, recipient })
    if (missing?.state === 'stored' && missing.thread === thread)
      write.updateDelivery(missing, { again: true })
  }

  async function report({ envelopeId, recipient, outcome }: DeliveryReport): Promise<void> {
    if (outcome?.$case === 'memoryLost') {
      await Promise.allSettled(noting)
      return resend.peerLost(recipient)
    }
    const id = toHex(envelopeId)
    const envelope = read.envelope(id)
    if (envelope === undefined) return
    if (outcome?.$case === 'stored') await inSight(noteStored(envelope, outcome.value))
    if (outcome?.$case === 'refused') await refusedBy(id, fromErrorDetail(outcome.value).reason)
    if (outcome?.$case === 'expired') await closeAll([id], { outcome: 'expired', reason: 'EXPIRED' })
    if (outcome?.$case === 'delayed') await late([envelope])
  }

  /** With CLOCK_SKEW the own gateway gives back what nobody has taken (REX-DLV-144). Until it is settled here, the report comes again. */
  async function refusedBy(id: string, reason: string): Promise<void> {
    if (reason !== 'CLOCK_SKEW') return closeAll([id], { outcome: 'refused', reason })
    await store.commit((write) => write.updateEnvelope(id, { closed: reason }))
    if (await options.givenBack(id)) return
    const also = (write: DeskWrites) => write.updateEnvelope(id, { closed: '' })
    await closeAll([id], { outcome: 'refused', reason, also })
  }

  /** One alarm for each message, whether the gateway notices first or the desk (REX-THR-052). */
  async function late(keys: readonly DeliveryKey[]): Promise<void> {
    await store.commit((write) => {
      for (const key of keys) {
        const delivery = read.delivery(key)
        if (delivery === undefined || delivery.alarmed || !UNANSWERED.has(delivery.state)) continue
        write.updateDelivery(delivery, { alarmed: true })
        alarm(write, delivery, delivery.state === 'submitted' ? 'delayed' : 'unreceived')
      }
    })
    options.wakeItems()
  }

  /** What was stored before a memory was lost is noted before that is. */
  async function inSight(work: Promise<void>): Promise<void> {
    noting.add(work)
    await work.finally(() => noting.delete(work))
  }

  async function noteStored(envelope: EnvelopeRecord, stored: Jws): Promise<void> {
    const { id, digest, recipient } = envelope
    const expected = {
      envelopeId: fromHex(id, 'envelope_id'),
      envelopeDigest: fromHex(digest, 'envelope_digest'),
      sender: organisation,
      recipient,
    }
    try {
      const { storedMs } = await verifyStoredReceipt(
        stored,
        peers.get(recipient).party.gateway.receiptKeys,
        expected,
      )
      options.time.witness(storedMs)
    } catch (error) {
      options.log('A stored receipt does not hold.', RexError.from(error))
      return raise(envelope, 'receipt-mismatch')
    }
    await store.commit((write) => {
      write.updateEnvelope(id, { stored: signedBytes(stored) })
      const delivery = read.delivery(envelope)
      if (delivery !== undefined && UNSTORED.has(delivery.state) && newestOf(envelope)?.id === id)
        write.updateDelivery(envelope, { state: 'stored', offerMs: offerMsOf(delivery, options.now()) })
    })
    void resend.wake()
  }

  function newestOf(envelope: DeliveryKey): EnvelopeRecord | undefined {
    return read.envelopes(envelope).at(-1)
  }

  async function closeAll(
    ids: readonly string[],
    {
      also = () => {},
      outcome,
      reason,
    }: { also?: (write: DeskWrites) => void; outcome: 'refused' | 'expired'; reason: string },
  ): Promise<void> {
    const envelopes = ids.flatMap((id) => read.envelope(id) ?? [])
    await commit(envelopes, (write) => {
      also(write)
      for (const { id } of envelopes) close(write, id, outcome, reason)
    })
    void resend.wake()
  }

  /** Nothing comes of an envelope any more. The message ends with its last one, unless it is sealed again. */
  function close(write: DeskWrites, id: string, outcome: 'refused' | 'expired', reason: string): void {
    const envelope = read.envelope(id)
    if (envelope === undefined || envelope.closed !== '') return
    write.updateEnvelope(id, { closed: reason })
    const delivery = read.delivery(envelope)
    if (delivery === undefined || FAILED.has(delivery.state)) return
    if (reason === 'KEY_EXPIRED' && newestOf(envelope)?.id === id)
      write.updateDelivery(delivery, { again: true })
    else if (!delivery.again) endIfClosed(write, delivery, { outcome, reason })
  }

  function endIfClosed(
    write: DeskWrites,
    delivery: DeliveryRecord,
    { outcome, reason }: { outcome: 'refused' | 'expired'; reason: string },
  ): void {
    if (read.envelopes(delivery).every(({ closed }) => closed !== '')) end(write, delivery, outcome, reason)
  }

  /** Its recipient is unpaired, or takes the suite no more. What may still be answered goes on. */
  async function hopeless(delivery: DeliveryRecord, error: RexError): Promise<void> {
    options.log('A message cannot be sealed again.', error)
    await commit([delivery], (write) => {
      write.updateDelivery(delivery, { again: false })
      endIfClosed(write, read.delivery(delivery) ?? delivery, { outcome: 'refused', reason: error.reason })
    })
  }

  /** An own message ended refused or expired: it counts no more, and the application is told. */
  function end(
    write: DeskWrites,
    delivery: DeliveryRecord,
    outcome: 'refused' | 'expired',
    reason: string,
  ): void {
    const { message: digest, recipient, state } = delivery
    if (!OPEN.has(state)) return
    write.updateDelivery(delivery, { state: outcome, reason, again: false })
    const thread = threadOf(delivery)
    if (thread === undefined) return
    if (drop(thread, delivery)) markMessage(write, thread, digest, 'dropped')
    write.dueFrom(thread.id, options.now())
    addItem(write, thread, delivery, { kind: 'failure', outcome, recipient, reason, digest })
  }

  async function expire(): Promise<void> {
    for (;;) {
      const due = read.overdue(options.time.passed() - LIMITS.skew, AT_ONCE)
      if (due.length === 0) return
      await commit(due, (write) => {
        for (const key of due) {
          const delivery = read.delivery(key)
          if (delivery !== undefined && UNANSWERED.has(delivery.state))
            end(write, delivery, 'expired', 'EXPIRED')
        }
      })
    }
  }

  async function raiseUnreceived(): Promise<void> {
    for (;;) {
      const due = read.unreceived(options.now() - LIMITS.urgentAlarm, AT_ONCE)
      if (due.length === 0) return
      await late(due)
    }
  }

  /** Expired, and received after all: the event counts again, and the application is told (REX-RCP-014). */
  function putBack(write: DeskWrites, delivery: DeliveryRecord): void {
    const { message: digest, recipient } = delivery
    const thread = threadOf(delivery)
    const track = thread?.tracks.get(recipient)
    const message = thread?.messages.find((candidate) => candidate.digest === digest)
    if (thread !== undefined && message !== undefined && track?.events.has(digest) === false) {
      const event = trackEventOf(thread, message.manifest, { ...message, organisation })
      thread.tracks.set(recipient, addEvent(track, event).track)
      markMessage(write, thread, digest, 'counted')
    }
    write.dueFrom(delivery.thread, options.now())
    alarm(write, delivery, 'received-late')
  }

  /** Takes an event out of its track; a refer stays, because without it there is no thread. */
  function drop(thread: OpenThread, { message, recipient }: DeliveryRecord): boolean {
    const track = thread.tracks.get(recipient)
    if (track?.events.has(message) !== true || track.placed[0]?.event.digest === message) return false
    thread.tracks.set(recipient, dropEvent(track, message))
    return true
  }

  function threadOf({ thread }: DeliveryRecord): OpenThread | undefined {
    return readable(book, thread, options.log)
  }

  async function raise(envelope: EnvelopeRecord, kind: MessageAlarm['alarm']): Promise<void> {
    await store.commit((write) => alarm(write, envelope, kind))
    options.wakeItems()
  }

  function alarm(write: DeskWrites, key: DeliveryKey, kind: MessageAlarm['alarm'], detail?: string): void {
    const delivery = read.delivery(key)
    const thread = delivery && threadOf(delivery)
    if (delivery === undefined || thread === undefined) return
    const { message: digest, recipient } = delivery
    addItem(write, thread, delivery, { kind: 'alarm', alarm: kind, digest, recipient, detail })
  }

  function addItem(
    write: DeskWrites,
    thread: OpenThread,
    key: DeliveryKey,
    content: Extract<ItemContent, { kind: 'failure' | 'alarm' }>,
  ): void {
    const urgent = content.kind === 'alarm' || thread.summary.urgent
    const envelope = newestOf(key)?.id ?? key.message
    const id = content.kind === 'alarm' ? alarmId(content.alarm, envelope) : envelope
    write.addItem({ id, thread: thread.id, urgent, content: book.seal(thread, content) })
  }
}

/** Whether a batch speaks of an envelope as evidence must: all that names it names its bytes and its message (REX-RCP-025). */
function truthOf(spoken: readonly DeskReceipt[]): (envelope: EnvelopeRecord) => boolean {
  const names = spoken.map((receipt) => ({
    receipt,
    id: toHex(receipt.envelopeId),
    digest: toHex(receipt.envelopeDigest),
  }))
  const byId = Map.groupBy(names, ({ id }) => id)
  const byDigest = Map.groupBy(names, ({ digest }) => digest)
  return ({ id, digest, message }) => {
    const sent = fromHex(message, 'message')
    return [...(byId.get(id) ?? []), ...(byDigest.get(digest) ?? [])].every(
      (named) => named.id === id && named.digest === digest && speaksOf(named.receipt, sent),
    )
  }
}
