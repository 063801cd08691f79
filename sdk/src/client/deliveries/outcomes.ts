// Ends deliveries of this desk's messages as refused or expired, and revives expired messages that were received after
// all. docs/spec/receipts.md, REX-RCP-014
import type { RexError } from '../../core/error.ts'
import { trackEventOf } from '../../core/judge.ts'
import { LIMITS } from '../../core/limits.ts'
import { dropEvent, restoreEvent } from '../../core/thread/track.ts'
import type { DeskContext } from '../context.ts'
import { sendBatchAgain } from '../outbox/receipts.ts'
import type { DeliveryKey, DeliveryRecord, DeskReads, DeskWrites, EnvelopeRecord } from '../store/store.ts'
import { offerMsOf } from '../thread/offers.ts'
import { markMessage } from '../thread/repository/messages.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'
import { readable } from '../thread/repository/repository.ts'
import { FAILED, OPEN, UNANSWERED, UNSTORED } from '../thread/states.ts'
import { addAlarm, addDeliveryItem } from './items.ts'

const AT_ONCE = 256

/** The outcome of a delivery. */
interface DeliveryOutcome {
  readonly outcome: 'refused' | 'expired'
  /** The error reason for which the message was refused or has expired. */
  readonly reason: string
}

/**
 * Commits a change that also alters threads in memory. If the writes are undone, the threads are reloaded, so that
 * memory and store agree (T-078).
 */
export async function commitDeliveries(
  { store, threads }: DeskContext,
  keys: readonly DeliveryKey[],
  work: (write: DeskWrites) => void,
): Promise<void> {
  await store.commit(work, () => {
    for (const key of keys) threads.reload(store.read.delivery(key)?.thread ?? '')
  })
}

/** Ends the deliveries of finished envelopes. The writes of `also` come first, in the same transaction. */
export async function closeEnvelopes(
  desk: DeskContext,
  ids: readonly string[],
  { also = () => {}, ...end }: DeliveryOutcome & { also?: (write: DeskWrites) => void },
): Promise<void> {
  const { read } = desk.store
  const envelopes = ids.flatMap((id) => read.envelope(id) ?? [])
  await commitDeliveries(desk, envelopes, (write) => {
    also(write)
    for (const { id } of envelopes) closeEnvelope(write, desk, { id, ...end })
    for (const id of ids) closeBatch(write, read, id, end)
  })
}

/**
 * Finishes a batch of receipts. If nobody accepted the batch because a wrong clock dated it ahead, its receipts are
 * written again (REX-RCP-019). Call it inside a commit.
 */
function closeBatch(write: DeskWrites, read: DeskReads, id: string, { reason }: DeliveryOutcome): void {
  if (reason === 'CLOCK_SKEW') sendBatchAgain(write, read, id)
  else write.removeSentReceipts(id)
}

/**
 * Finishes an envelope. Also ends its message, unless another envelope of the message is open or the message is to be resealed.
 * Call it inside a commit.
 */
export function closeEnvelope(
  write: DeskWrites,
  desk: DeskContext,
  { id, ...end }: DeliveryOutcome & { id: string },
): void {
  const { read } = desk.store
  const envelope = read.envelope(id)
  if (envelope === undefined || envelope.closed !== '') return
  write.updateEnvelope(id, { closed: end.reason })
  const delivery = read.delivery(envelope)
  if (delivery === undefined || FAILED.has(delivery.state)) return
  if (end.reason === 'KEY_EXPIRED' && newestEnvelope(desk, envelope)?.id === id)
    write.updateDelivery(delivery, { resealPending: true })
  else if (!delivery.resealPending) {
    endIfClosed(write, desk, { delivery, ...end })
    if (end.reason === 'CLOCK_SKEW') countFromNow(write, desk, envelope)
  }
}

/**
 * Offers a message again if it was dated ahead and somebody may already have it in an earlier envelope. If other organisations
 * confirm the time, the message counts as sent now: it expires one lifetime from now, although its date is wrong (REX-ID-066).
 * Call it inside a commit.
 */
function countFromNow(write: DeskWrites, { store, time, clock }: DeskContext, key: DeliveryKey): void {
  const delivery = store.read.delivery(key)
  if (delivery === undefined || !UNSTORED.has(delivery.state)) return
  const isStored = store.read
    .envelopes(key)
    .some(({ closed, stored }) => closed === '' && stored !== undefined)
  const nowMs = time.date()
  const { sentMs, expiresMs } = delivery
  write.updateDelivery(key, {
    state: isStored ? 'stored' : 'submitted',
    offerMs: offerMsOf(delivery, clock.now()),
    ...(time.confirmed() && sentMs > nowMs && { sentMs: nowMs, expiresMs: nowMs + expiresMs - sentMs }),
  })
}

/** Returns the newest envelope of a message. */
export function newestEnvelope({ store }: DeskContext, key: DeliveryKey): EnvelopeRecord | undefined {
  return store.read.envelopes(key).at(-1)
}

/**
 * Ends a message that cannot be resealed because its recipient is unpaired or no longer accepts the suite. Does not end the
 * message if one of its envelopes may still be answered.
 */
export async function endUnsealable(
  desk: DeskContext,
  delivery: DeliveryRecord,
  error: RexError,
): Promise<void> {
  desk.warn('A message cannot be resealed.', error)
  await commitDeliveries(desk, [delivery], (write) => {
    write.updateDelivery(delivery, { resealPending: false })
    const current = desk.store.read.delivery(delivery) ?? delivery
    endIfClosed(write, desk, { delivery: current, outcome: 'refused', reason: error.reason })
  })
}

function endIfClosed(
  write: DeskWrites,
  desk: DeskContext,
  { delivery, ...end }: DeliveryOutcome & { delivery: DeliveryRecord },
): void {
  if (desk.store.read.envelopes(delivery).every(({ closed }) => closed !== ''))
    endDelivery(write, desk, { delivery, ...end })
}

/** Ends a message of this desk as refused or expired. Removes its event from the track and informs the application. Call it inside a commit. */
export function endDelivery(
  write: DeskWrites,
  desk: DeskContext,
  { delivery, outcome, reason }: DeliveryOutcome & { delivery: DeliveryRecord },
): void {
  const { message: digest, recipient, state } = delivery
  if (!OPEN.has(state)) return
  write.updateDelivery(delivery, { state: outcome, reason, resealPending: false })
  const thread = readable(desk.threads, delivery.thread, desk.warn)
  if (thread === undefined) return
  if (dropFromTrack(thread, delivery)) markMessage(write, thread, digest, 'dropped')
  write.dueFrom(thread.id, desk.clock.now())
  const content = { kind: 'failure', outcome, recipient, reason, digest } as const
  addDeliveryItem(write, desk, { thread, key: delivery, content })
}

/** Ends messages as expired if nobody answered them in time. */
export async function expireUnanswered(desk: DeskContext): Promise<void> {
  const { read } = desk.store
  for (;;) {
    const due = read.overdue(desk.time.passed() - LIMITS.skew, AT_ONCE)
    if (due.length === 0) return
    await commitDeliveries(desk, due, (write) => {
      for (const key of due) {
        const delivery = read.delivery(key)
        if (delivery !== undefined && UNANSWERED.has(delivery.state))
          endDelivery(write, desk, { delivery, outcome: 'expired', reason: 'EXPIRED' })
      }
    })
  }
}

/** Revives an expired message that was received after all. Restores its event and informs the application. Call it inside a commit. */
export function reviveExpired(write: DeskWrites, desk: DeskContext, delivery: DeliveryRecord): void {
  const { organisation, threads } = desk
  const { message: digest, recipient } = delivery
  const thread = readable(threads, delivery.thread, desk.warn)
  const track = thread?.tracks.get(recipient)
  const message = thread?.messages.find((candidate) => candidate.digest === digest)
  if (thread !== undefined && message !== undefined && track?.events.has(digest) === false) {
    const event = trackEventOf(message, { organisation, role: thread.role })
    thread.tracks.set(recipient, restoreEvent(track, event))
    markMessage(write, thread, digest, 'counted')
  }
  write.dueFrom(delivery.thread, desk.clock.now())
  addAlarm(write, desk, { key: delivery, alarm: 'received-late' })
}

/** Removes an event from its track. A `refer` event stays, because a thread cannot exist without it. */
function dropFromTrack(thread: OpenThread, { message, recipient }: DeliveryRecord): boolean {
  const track = thread.tracks.get(recipient)
  if (track?.events.has(message) !== true || track.placed[0]?.event.digest === message) return false
  thread.tracks.set(recipient, dropEvent(track, message))
  return true
}
