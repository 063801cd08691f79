// Verdicts on messages of the other side: what counts, what their sender is told, what the application gets. docs/spec/thread.md, "Taking in"
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
import { noteDue } from './dues.ts'
import { alarmId, type ItemContent } from './item.ts'
import { markMessage } from './messages.ts'
import type { OpenThread, ThreadMessage } from './open-thread.ts'
import type { ThreadRepository } from './repository.ts'

/** Dependencies of verdicts. */
export interface VerdictContext {
  readonly store: Pick<DeskStore, 'read'>
  readonly threads: ThreadRepository
  readonly clock: Pick<Clock, 'now'>
}

/** A verdict with all that follows from it. */
export interface Judgement {
  readonly status: MessageStatus
  readonly receipt: Verdict
  readonly items: readonly ItemContent[]
  /** Earlier messages that waited for this one. */
  readonly released: readonly Released[]
}

/** A message that waited for a predecessor. */
interface Released {
  /** Manifest digest, hex. */
  readonly digest: string
  /** False: its own past refuses it. */
  readonly counts: boolean
}

/** A message on its way into its track. */
export type Placing = Pick<ThreadMessage, 'digest' | 'manifest' | 'event' | 'sections'>

/** A track before and after an event. */
export interface TrackChange {
  readonly before: Track
  readonly after: Track
}

const RECEIVED = { status: DeskReceiptStatus.RECEIVED, code: '' }

/** The message counts, and goes to the application. */
export function receivedOf({ digest, manifest }: Pick<Placing, 'digest' | 'manifest'>): Judgement {
  const kind = manifest.type === EventType.REFER ? 'referral' : 'event'
  return { status: 'counted', receipt: { digest, ...RECEIVED }, items: [{ kind, digest }], released: [] }
}

/** The message does not count, and its sender is told why. */
export function refusalOf(digest: string, error: RexError): Judgement {
  const receipt = { digest, status: DeskReceiptStatus.REFUSED, code: error.reason }
  return { status: 'dropped', receipt, items: [], released: [] }
}

/** What waited in a track and waits no more. */
export function releasedOf(waiting: readonly TrackEvent[], { parked, events }: Track): Released[] {
  return waiting
    .filter((event) => !parked.includes(event))
    .map(({ digest }) => ({ digest, counts: events.has(digest) }))
}

/** Inside a commit: an event of this desk releases what waited in a track for it. */
export function releaseWaiting(
  write: DeskWrites,
  desk: VerdictContext,
  { thread, before, after }: TrackChange & { thread: OpenThread },
): void {
  for (const released of releasedOf(before.parked, after)) release(write, desk, { thread, released })
}

/** Inside a commit, what follows from a judgement: items for the application, and what waited for the message. */
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
    })
  for (const released of judgement.released) release(write, desk, { thread, released })
}

/** What waited for a predecessor has its final verdict now, and the application gets it (T-045). */
function release(
  write: DeskWrites,
  desk: VerdictContext,
  { thread, released: { digest, counts } }: { thread: OpenThread; released: Released },
): void {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  if (message === undefined) return
  const invalid = new RexError('INVALID_EVENT', 'Its own past refuses it.')
  rejudge(write, desk, {
    thread,
    message,
    judgement: counts ? receivedOf(message) : refusalOf(digest, invalid),
  })
}

/** Inside a commit: a message that was held back has another verdict, and its sender is told. */
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

/** Inside a commit: tells the sender of an envelope the verdict on its message. */
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
