// Sends envelopes to one organisation in order, urgent first, and tracks those that are unanswered. docs/spec/delivery.md, "Sending"
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import { type ErrorReason, LIMITS, parseEnvelope, RexError } from '@rex/sdk/core'
import { BATCH_BYTES, fromErrorDetail, toErrorDetail } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { OutboxReads, Sendable, Waiting } from '../store/outbox.ts'
import type { Store } from '../store/store.ts'
import type { BackoffLimits } from './backoff.ts'
import { Lane } from './lane.ts'
import type { Answer, PeerLink } from './link.ts'
import type { Outcomes } from './outcome.ts'

/** Refusals that concern the whole peer instead of a single envelope, so that the lane pauses. */
const PEER_WIDE: ReadonlySet<ErrorReason> = new Set([
  'QUOTA_EXCEEDED',
  'OVERLOADED',
  'STORE_FULL',
  'STORE_FAILED',
  'UNAVAILABLE',
])

/**
 * Slowest line that delivery must support. If more than `beyondBytes` are in flight, the answer deadline is extended by the time in which the bytes
 * beyond this number can be sent at this speed (REX-DLV-011).
 */
const SLOWEST = { bytesPerMs: (16 * 1024) / 1000, beyondBytes: BATCH_BYTES }
/** Maximum envelopes in flight after a link broke. Each answer allows one more, so some envelopes arrive even over an unreliable line (T-090). */
const CAUTIOUS = 2
/** Number of envelopes read from the queue at a time. If all have the maximum size, they fill `windowBytes`. */
const READ_AT_ONCE = LIMITS.windowBytes / LIMITS.envelope

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

/** The envelopes in flight to one organisation, at first none. */
export class InFlightWindow {
  readonly #options: InFlightWindowOptions
  readonly #queue: OutboxReads
  readonly #urgent: Lane
  readonly #routine: Lane
  /** Answer deadline of each envelope in flight. */
  readonly #sent = new Map<number, number>()
  #sentBytes = 0
  /** Maximum envelopes in flight after a broken link, even if the limits allow more. */
  #cautious = Number.POSITIVE_INFINITY
  /** Time at which the first postponed envelope falls due; 0 if unknown. */
  #dueMs = 0
  #isFull = false
  #lastError: RexError | undefined

  constructor(options: InFlightWindowOptions) {
    const { organisation: recipient, store } = options
    this.#options = options
    this.#queue = store.read.outbox
    this.#urgent = new Lane(this.#queue, { recipient, urgent: true })
    this.#routine = new Lane(this.#queue, { recipient, urgent: false })
  }

  /** Notes that an envelope was added to the queue. */
  added(): void {
    this.#urgent.mayHoldMore()
    this.#routine.mayHoldMore()
  }

  /** Sends as much as the window allows. */
  fill(link: PeerLink): void {
    const { clock, limits, organisation } = this.#options
    const window = Math.min(limits.window, link.window, this.#cautious)
    const mostRoutine = Math.max(1, window - Math.ceil(window / 8))
    this.#fillFrom(this.#urgent, link, window)
    this.#fillFrom(this.#routine, link, mostRoutine)
    const now = clock.steady()
    this.#isFull = this.#sent.size >= mostRoutine || this.#sentBytes >= LIMITS.windowBytes
    if (this.#dueMs <= now && !this.#isFull)
      this.#dueMs = this.#queue.nextDueMs(organisation, now) ?? Number.POSITIVE_INFINITY
  }

  /** Returns whether any envelope waits that is not in flight. */
  hasWork(): boolean {
    return this.#queue.usage(this.#options.organisation).items > this.#sent.size
  }

  /** Returns whether an urgent envelope waits. */
  hasUrgent(): boolean {
    return this.#urgent.hasWork()
  }

  /** Returns whether an envelope is in flight. */
  holds(id: number): boolean {
    return this.#sent.has(id)
  }

  /** Returns the deadline for the answer to the oldest envelope in flight, by the steady clock. Infinity if none is in flight. */
  answerDueMs(): number {
    return this.#sent.values().next().value ?? Number.POSITIVE_INFINITY
  }

  /**
   * Returns when the first paused lane or postponed envelope may be retried, by the steady clock. While the
   * window is full, only the ends of pauses count. Infinity if only an answer can allow another envelope.
   */
  nextMs(): number {
    const now = this.#options.clock.steady()
    const pauses = [this.#urgent.pausedUntilMs, this.#routine.pausedUntilMs].filter((ms) => ms > now)
    return Math.min(this.#isFull ? Number.POSITIVE_INFINITY : this.#dueMs, ...pauses)
  }

  /** Ends all pauses now. */
  wakeUp(): void {
    this.#urgent.pausedUntilMs = 0
    this.#routine.pausedUntilMs = 0
  }

  /** Handles the end of a link: all unanswered envelopes are sent again. */
  rewind(): void {
    this.#urgent.rewind()
    this.#routine.rewind()
    this.#cautious = CAUTIOUS
    this.#dueMs = 0
  }

  /** Returns the error that last postponed an envelope or paused a lane, if any. */
  lastError(): RexError | undefined {
    return this.#lastError
  }

  /** Sends from the lane until `mostSent` envelopes, or the bytes of the window, are unanswered. */
  #fillFrom(lane: Lane, link: PeerLink, mostSent: number): void {
    const { clock } = this.#options
    while (this.#sentBytes < LIMITS.windowBytes && clock.steady() >= lane.pausedUntilMs) {
      const room = Math.min(mostSent - this.#sent.size, READ_AT_ONCE)
      const taken = room > 0 ? this.#take(lane, room) : []
      for (const envelope of taken) this.#send(link, envelope)
      if (room <= 0 || (taken.length < room && !lane.more)) return
    }
  }

  /** Returns up to `room` envelopes to send: first postponed envelopes that are due, then the next ones of the lane. */
  #take(lane: Lane, room: number): Sendable[] {
    const { clock, time } = this.#options
    const now = clock.steady()
    const isNew = ({ id, expiresMs }: Sendable) => !this.#sent.has(id) && expiresMs > time.passed()
    const due =
      this.#dueMs <= now
        ? lane
            .due(now, room + this.#sent.size)
            .filter(isNew)
            .slice(0, room)
        : []
    if (!lane.more || due.length === room) return due
    return [...due, ...lane.next(room - due.length).filter(isNew)]
  }

  #send(link: PeerLink, envelope: Sendable): void {
    const { clock, limits, envelopeOf, changed } = this.#options
    const bytes = envelopeOf(envelope)
    const { length } = bytes
    this.#sentBytes += length
    const slowMs = Math.max(0, this.#sentBytes - SLOWEST.beyondBytes) / SLOWEST.bytesPerMs
    this.#sent.set(envelope.id, clock.steady() + limits.answerMs + Math.ceil(slowMs))
    const delivered = length > link.maxEnvelopeBytes ? tooLarge(bytes, link) : link.deliver(bytes)
    const answered = delivered.then((answer) => {
      this.#cautious += 1
      return this.#answered(envelope, answer, bytes)
    }, linkEnded)
    void answered.finally(() => {
      this.#sent.delete(envelope.id)
      this.#sentBytes -= length
      changed()
    })
  }

  async #answered(envelope: Waiting, answer: Answer, bytes: Uint8Array): Promise<void> {
    try {
      if (answer.kind === 'stored') await this.#options.outcomes.stored(envelope, answer.receipt)
      else await this.#refused(envelope, answer.error, bytes)
    } catch (error) {
      await this.#failed(envelope, RexError.from(error))
    }
  }

  async #refused(envelope: Waiting, detail: ErrorDetail, bytes: Uint8Array): Promise<void> {
    const error = fromErrorDetail(detail)
    if (!error.retryable || (error.reason === 'CLOCK_SKEW' && this.#isAhead(bytes)))
      return this.#options.outcomes.refused(envelope, detail)
    if (!PEER_WIDE.has(error.reason)) return this.#postpone(envelope, error)
    this.#pause(envelope.urgent ? this.#urgent : this.#routine, error)
  }

  /** Returns whether the envelope's date is ahead of the clocks of both gateways. If so, its desk must redate it (REX-DLV-144). */
  #isAhead(bytes: Uint8Array): boolean {
    const { clock, organisation, time } = this.#options
    const { createdMs } = parseEnvelope(bytes).routing
    const differsMs = Math.abs(time.aheadMs(organisation) ?? Number.POSITIVE_INFINITY)
    return differsMs <= LIMITS.skew && createdMs > clock.now() + LIMITS.skew
  }

  /** Handles an error: an invalid receipt postpones the envelope; a failed store pauses the lane. */
  async #failed(envelope: Waiting, error: RexError): Promise<void> {
    if (error.reason === 'EVIDENCE_INVALID') await this.#postpone(envelope, error).catch(() => {})
    else this.#pause(envelope.urgent ? this.#urgent : this.#routine, error)
  }

  /** Returns the maximum span of a wait (REX-DLV-043). */
  #mostMs({ urgent }: { readonly urgent: boolean }): number {
    const { maxMs } = this.#options.limits
    return urgent ? Math.min(LIMITS.retryUrgent, maxMs) : maxMs
  }

  /** Pauses the lane for as long as the peer asks, within the limits. Its envelopes keep their places. */
  #pause(lane: Lane, error: RexError): void {
    const { clock, limits, random } = this.#options
    const asked = Number(error.metadata.retry_after_ms ?? limits.minMs)
    const ms = Math.min(Number.isFinite(asked) ? Math.max(asked, 0) : limits.minMs, this.#mostMs(lane))
    lane.pausedUntilMs = Math.max(lane.pausedUntilMs, clock.steady() + ms * (1 + random()))
    lane.rewind()
    this.#lastError = error
  }

  /** Postpones the envelope, for longer the older it is. Other envelopes continue (T-094). */
  async #postpone(envelope: Waiting, error: RexError): Promise<void> {
    const { clock, limits, outcomes, random } = this.#options
    const age = clock.steady() - envelope.submittedMs
    const span = Math.min(this.#mostMs(envelope), Math.max(limits.minMs, age))
    const at = clock.steady() + Math.ceil(random() * span)
    this.#lastError = error
    await outcomes.postponed(envelope, toErrorDetail(error), at)
    this.#dueMs = Math.min(this.#dueMs, at)
  }
}

/** Refuses an envelope above the size that the peer announced, without transferring it. */
async function tooLarge(bytes: Uint8Array, { maxEnvelopeBytes }: PeerLink): Promise<Answer> {
  const metadata = { limit: String(maxEnvelopeBytes), actual: String(bytes.length) }
  const path = 'envelope'
  const error = new RexError('LIMIT_EXCEEDED', 'The other side does not accept envelopes of this size.', {
    path,
    metadata,
  })
  return { kind: 'refused', error: toErrorDetail(error) }
}

/** Ignores the rejection: `rewind` sends unanswered envelopes again over the next link. */
function linkEnded(): void {}
