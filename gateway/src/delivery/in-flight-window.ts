// Envelopes in flight to one organisation: taken from the outbox in order, urgent first, answered one by one. docs/spec/delivery.md, "Sending"
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import { type ErrorReason, LIMITS, parseEnvelope, RexError } from '@rex/sdk/core'
import { BATCH_BYTES, fromErrorDetail, toErrorDetail } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { QueuePart, Sendable, Waiting } from '../store/outbox.ts'
import type { Store } from '../store/store.ts'
import type { BackoffLimits } from './backoff.ts'
import type { Answer, PeerLink } from './link.ts'
import type { Outcomes } from './outcome.ts'

/** Refusals that concern the whole peer, not one envelope: the lane pauses. */
const PEER_WIDE: ReadonlySet<ErrorReason> = new Set([
  'QUOTA_EXCEEDED',
  'OVERLOADED',
  'STORE_FULL',
  'STORE_FAILED',
  'UNAVAILABLE',
])

/** Most unanswered envelope bytes on a link; one read may exceed it. */
const WINDOW_BYTES = 16 * 1024 * 1024
/** Minimum line speed assumed, and the bytes in flight from which it counts: large envelopes get more time on slow lines (REX-DLV-011). */
const SLOWEST = { bytesPerMs: (16 * 1024) / 1000, beyondBytes: BATCH_BYTES }
/** Envelopes read from the queue at a time. At the largest size, they fill the window. */
const READ_AT_ONCE = 16

/** Dependencies of an in-flight window. */
export interface InFlightWindowOptions {
  readonly organisation: string
  readonly store: Pick<Store, 'read'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'passed' | 'aheadMs'>
  readonly random: () => number
  readonly limits: BackoffLimits & {
    readonly window: number
    /** How long an envelope may stay unanswered; longer on a slow line. */
    readonly answerMs: number
  }
  readonly outcomes: Outcomes
  /** Bytes of a waiting envelope. */
  readonly envelopeOf: (envelope: Sendable) => Uint8Array
  /** Called when `fill` may find more to do. */
  readonly changed: () => void
}

/** The envelopes in flight to one organisation. */
export interface InFlightWindow {
  /** Notes that an envelope was added to the queue. */
  added(): void
  /** Sends as much as the window allows. */
  fill(link: PeerLink): void
  /** Whether any envelope waits that is not in flight. */
  hasWork(): boolean
  /** Whether an envelope is in flight. */
  holds(id: number): boolean
  /** Deadline for the answer to the oldest envelope in flight, by the steady clock. Infinity: none is in flight. */
  answerDueMs(): number
  /** When a paused lane or postponed envelope may be retried, by the steady clock. Infinity: there is none. */
  nextMs(): number
  /** Ends all pauses now. */
  wakeUp(): void
  /** Handles the end of a link: all unanswered envelopes are sent again. */
  rewind(): void
  /** The error that last postponed an envelope or paused a lane. Absent: none did. */
  lastError(): RexError | undefined
}

interface Lane {
  readonly part: QueuePart
  /** Id of the last envelope taken. */
  after: number
  /** Whether the lane may hold more than was read. A lane known to be empty is not read again. */
  more: boolean
  /** The lane is paused until then, by the steady clock. */
  restsUntilMs: number
}

/** Starts with nothing in flight. */
export function createInFlightWindow(options: InFlightWindowOptions): InFlightWindow {
  const { organisation, clock, random, limits, outcomes } = options
  const queue = options.store.read.outbox
  /** Answer deadline of each envelope in flight. */
  const sent = new Map<number, number>()
  let sentBytes = 0
  const laneOf = (urgent: boolean): Lane => ({
    part: { recipient: organisation, urgent },
    after: 0,
    more: true,
    restsUntilMs: 0,
  })
  const urgent = laneOf(true)
  const routine = laneOf(false)
  /** When the first postponed envelope falls due; 0: unknown. */
  let dueMs = 0
  let trouble: RexError | undefined

  function take(lane: Lane, room: number): Sendable[] {
    const now = clock.steady()
    const isNew = ({ id, expiresMs }: Sendable) => !sent.has(id) && expiresMs > options.time.passed()
    const due =
      dueMs <= now
        ? queue
            .due(lane.part, now, room + sent.size)
            .filter(isNew)
            .slice(0, room)
        : []
    if (!lane.more || due.length === room) return due
    const next = queue.next(lane.part, lane.after, room - due.length)
    lane.more = next.length === room - due.length
    lane.after = next.at(-1)?.id ?? lane.after
    return [...due, ...next.filter(isNew)]
  }

  /** Sends from the lane until `mostSent` envelopes, or the bytes of the window, are unanswered. */
  function fillFrom(lane: Lane, link: PeerLink, mostSent: number): void {
    while (sentBytes < WINDOW_BYTES && clock.steady() >= lane.restsUntilMs) {
      const room = Math.min(mostSent - sent.size, READ_AT_ONCE)
      const taken = room > 0 ? take(lane, room) : []
      for (const envelope of taken) send(link, envelope)
      if (room <= 0 || (taken.length < room && !lane.more)) return
    }
  }

  function send(link: PeerLink, envelope: Sendable): void {
    const bytes = options.envelopeOf(envelope)
    const { length } = bytes
    sentBytes += length
    const slowMs = Math.max(0, sentBytes - SLOWEST.beyondBytes) / SLOWEST.bytesPerMs
    sent.set(envelope.id, clock.steady() + limits.answerMs + Math.ceil(slowMs))
    const delivered = length > link.maxEnvelopeBytes ? tooLarge(bytes, link) : link.deliver(bytes)
    const answered = delivered.then((answer) => settle(envelope, answer, bytes), linkEnded)
    void answered.finally(() => {
      sent.delete(envelope.id)
      sentBytes -= length
      options.changed()
    })
  }

  async function settle(envelope: Waiting, answer: Answer, bytes: Uint8Array): Promise<void> {
    try {
      if (answer.kind === 'stored') await outcomes.stored(envelope, answer.receipt)
      else await refused(envelope, answer.error, bytes)
    } catch (error) {
      await failed(envelope, RexError.from(error))
    }
  }

  async function refused(envelope: Waiting, detail: ErrorDetail, bytes: Uint8Array): Promise<void> {
    const error = fromErrorDetail(detail)
    if (!error.retryable || (error.reason === 'CLOCK_SKEW' && isAhead(bytes)))
      return outcomes.refused(envelope, detail)
    if (!PEER_WIDE.has(error.reason)) return postpone(envelope, error)
    rest(envelope.urgent ? urgent : routine, error)
  }

  /** Whether the envelope is dated ahead by both clocks. If so, its desk gets it back to redate it (REX-DLV-144). */
  function isAhead(bytes: Uint8Array): boolean {
    const { createdMs } = parseEnvelope(bytes).routing
    const differsMs = Math.abs(options.time.aheadMs(organisation) ?? Number.POSITIVE_INFINITY)
    return differsMs <= LIMITS.skew && createdMs > clock.now() + LIMITS.skew
  }

  /** An invalid receipt concerns the envelope; a failed store concerns the lane. */
  async function failed(envelope: Waiting, error: RexError): Promise<void> {
    if (error.reason === 'EVIDENCE_INVALID') await postpone(envelope, error).catch(() => {})
    else rest(envelope.urgent ? urgent : routine, error)
  }

  /** Pauses the lane; its envelopes keep their places. */
  function rest(lane: Lane, error: RexError): void {
    const asked = Number(error.metadata.retry_after_ms ?? limits.minMs)
    const ms = Number.isFinite(asked) ? Math.min(Math.max(asked, 0), limits.maxMs) : limits.minMs
    lane.restsUntilMs = Math.max(lane.restsUntilMs, clock.steady() + ms * (1 + random()))
    rewindLane(lane)
    trouble = error
  }

  /** Postpones the envelope, for longer the older it is; the others continue (T-094). */
  async function postpone(envelope: Waiting, error: RexError): Promise<void> {
    const age = clock.steady() - envelope.submittedMs
    const span = Math.min(limits.maxMs, Math.max(limits.minMs, age))
    const at = clock.steady() + Math.ceil(random() * span)
    trouble = error
    await outcomes.postponed(envelope, toErrorDetail(error), at)
    dueMs = Math.min(dueMs, at)
  }

  return {
    added() {
      urgent.more = true
      routine.more = true
    },
    fill(link) {
      const window = Math.min(limits.window, link.window)
      const mostRoutine = Math.max(1, window - Math.ceil(window / 8))
      fillFrom(urgent, link, window)
      fillFrom(routine, link, mostRoutine)
      const now = clock.steady()
      if (dueMs <= now && sent.size < mostRoutine)
        dueMs = queue.nextDueMs(organisation, now) ?? Number.POSITIVE_INFINITY
    },
    hasWork: () => queue.usage(organisation).items > sent.size,
    holds: (id) => sent.has(id),
    answerDueMs: () => sent.values().next().value ?? Number.POSITIVE_INFINITY,
    nextMs() {
      const now = clock.steady()
      const resting = [urgent.restsUntilMs, routine.restsUntilMs].filter((ms) => ms > now)
      return Math.min(dueMs, ...resting)
    },
    wakeUp() {
      urgent.restsUntilMs = 0
      routine.restsUntilMs = 0
    },
    rewind() {
      rewindLane(urgent)
      rewindLane(routine)
      dueMs = 0
    },
    lastError: () => trouble,
  }
}

/** Refuses an envelope above the size that the peer announced, without transferring it. */
async function tooLarge(bytes: Uint8Array, { maxEnvelopeBytes }: PeerLink): Promise<Answer> {
  const metadata = { limit: String(maxEnvelopeBytes), actual: String(bytes.length) }
  const path = 'envelope'
  const error = new RexError('LIMIT_EXCEEDED', 'The other side does not take envelopes of this size.', {
    path,
    metadata,
  })
  return { kind: 'refused', error: toErrorDetail(error) }
}

/** Reads a lane from its beginning again. */
function rewindLane(lane: Lane): void {
  lane.after = 0
  lane.more = true
}

/** Ignores the rejection: `rewind` sends unanswered envelopes again over the next link. */
function linkEnded(): void {}
