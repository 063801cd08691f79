// Makes and carries out verdicts on received messages: status, receipt for the sender, item for the application. docs/spec/thread.md, "Taking in"
import { EnvelopeContext, Lane } from '@rex/proto/core/v1/envelope'
import { DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { encode, fromHex, toHex } from '../../core/encoding/encoding.ts'
import { envelopeDigest } from '../../core/envelope/digest.ts'
import { type ParsedEnvelope, parseRouting } from '../../core/envelope/parse.ts'
import { RexError } from '../../core/error.ts'
import type { Track, TrackEvent } from '../../core/thread/track.ts'
import { dueFrom } from '../../core/thread/view.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeskStore, DeskWrites, MessageStatus, Verdict } from '../store/store.ts'
import { alarmId, alarmOf, type ItemContent } from './item.ts'
import { noteDue } from './repository/dues.ts'
import { markMessage } from './repository/messages.ts'
import type { OpenThread, ThreadMessage } from './repository/open-thread.ts'
import type { ThreadRepository } from './repository/repository.ts'

/** The dependencies of verdicts. */
interface VerdictContext {
  readonly store: Pick<DeskStore, 'read'>
  readonly threads: ThreadRepository
  readonly clock: Pick<Clock, 'now'>
}

/** A verdict with its consequences. */
export interface Judgement {
  readonly status: MessageStatus
  readonly receipt: Verdict
  readonly items: readonly ItemContent[]
  /** Earlier messages that waited for this one. */
  readonly released: readonly Released[]
}

/** A message that waited for a predecessor. */
interface Released {
  /** The manifest digest, in hex. */
  readonly digest: string
  /** Whether the message takes effect. False if it is not allowed in the state to which its ancestors led. */
  readonly counts: boolean
}

/** A message to be placed in its track. */
export type Placing = Pick<ThreadMessage, 'digest' | 'manifest' | 'event' | 'sections'>

/** A track before and after an event. */
interface TrackChange {
  readonly before: Track
  readonly after: Track
}

const RECEIVED = { status: DeskReceiptStatus.RECEIVED, code: '' }

/** Returns the verdict that a message is received: it counts, and the application gets it. */
export function receivedOf({ digest, manifest }: Pick<Placing, 'digest' | 'manifest'>): Judgement {
  const kind = manifest.type === EventType.REFER ? 'referral' : 'event'
  return { status: 'counted', receipt: { digest, ...RECEIVED }, items: [{ kind, digest }], released: [] }
}

/** Returns the verdict that a message is refused: it does not count, and its sender gets the reason. */
export function refusalOf(digest: string, error: RexError): Judgement {
  const receipt = { digest, status: DeskReceiptStatus.REFUSED, code: error.reason }
  return { status: 'dropped', receipt, items: [], released: [] }
}

/** Returns the messages that waited in a track and no longer wait. */
export function releasedOf(waiting: readonly TrackEvent[], { parked, events }: Track): Released[] {
  return waiting
    .filter((event) => !parked.includes(event))
    .map(({ digest }) => ({ digest, counts: events.has(digest) }))
}

/** Releases messages that waited in a track for an event of this desk. Call it inside a commit. */
export function releaseWaiting(
  write: DeskWrites,
  desk: VerdictContext,
  { thread, before, after }: TrackChange & { thread: OpenThread },
): void {
  for (const released of releasedOf(before.parked, after)) release(write, desk, { thread, released })
}

/** Carries out a judgement: adds items for the application, and releases messages that waited. Call it inside a commit. */
export function carryOut(
  write: DeskWrites,
  desk: VerdictContext,
  {
    thread,
    judgement,
    manifest,
    event,
    lane,
  }: Pick<ThreadMessage, 'manifest' | 'event'> & { thread: OpenThread; judgement: Judgement; lane: Lane },
): void {
  const messageId = toHex(manifest.messageId)
  const soonestMs = dueFrom(event, { startMs: manifest.createdMs, urgent: thread.summary.urgent })
  noteDue(write, thread, { read: desk.store.read, soonestMs })
  for (const item of judgement.items)
    write.addItem({
      id: item.kind === 'alarm' ? alarmId(item.alarm, messageId) : messageId,
      thread: thread.id,
      urgent: lane === Lane.URGENT,
      content: desk.threads.seal(thread, item),
      alarm: alarmOf(item),
    })
  for (const released of judgement.released) release(write, desk, { thread, released })
}

/** Gives a message that waited for a predecessor its final verdict, and passes it to the application if it counts (T-045). */
function release(
  write: DeskWrites,
  desk: VerdictContext,
  { thread, released: { digest, counts } }: { thread: OpenThread; released: Released },
): void {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  if (message === undefined || !isHeld(desk, message.manifest)) return
  const invalid = new RexError('INVALID_EVENT', 'The events that it follows do not allow it.')
  rejudge(write, desk, {
    thread,
    message,
    judgement: counts ? receivedOf(message) : refusalOf(digest, invalid),
  })
}

/**
 * Returns whether the verdict on a message is still held. This desk's messages have no verdict, and in a repaired
 * thread a waiting message may already have its final verdict.
 */
function isHeld({ store }: VerdictContext, { sender, messageId }: ThreadMessage['manifest']): boolean {
  return store.read.verdict(sender, toHex(messageId))?.status === DeskReceiptStatus.HELD
}

/** Changes the verdict on a held message, and informs its sender. Call it inside a commit. */
export function rejudge(
  write: DeskWrites,
  desk: VerdictContext,
  { thread, message, judgement }: { thread: OpenThread; message: ThreadMessage; judgement: Judgement },
): void {
  const { digest, manifest, event, evidence } = message
  const { context = new Uint8Array(), grant = new Uint8Array() } = evidence.deliveries[0] ?? {}
  const routing = parseRouting(EnvelopeContext.decode(context).routing)
  write.changeVerdict(manifest.sender, toHex(manifest.messageId), judgement.receipt)
  addReceipt(write, desk, { routing, digest: envelopeDigest(context, grant), verdict: judgement.receipt })
  markMessage(write, thread, digest, judgement.status)
  carryOut(write, desk, { thread, judgement, manifest, event, lane: routing.lane })
}

/** Queues the receipt by which the sender of an envelope learns the verdict on the message in it. Call it inside a commit. */
export function addReceipt(
  write: DeskWrites,
  { clock }: Pick<VerdictContext, 'clock'>,
  {
    routing: { envelopeId, sender },
    digest,
    verdict,
  }: Pick<ParsedEnvelope, 'routing' | 'digest'> & { verdict: Verdict },
): void {
  const receipt = {
    status: verdict.status as DeskReceiptStatus,
    envelopeId,
    envelopeDigest: digest,
    message: verdict.digest === '' ? new Uint8Array() : fromHex(verdict.digest, 'digest'),
    timeMs: clock.now(),
    code: verdict.code,
  }
  write.addReceipt(sender, encode(DeskReceipt, receipt))
}
