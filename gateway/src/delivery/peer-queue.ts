// The queue to one organisation. It has at most one link, and backs off after a failed attempt to open it. docs/spec/delivery.md, "Retry"
import { LIMITS, RexError } from '@rex/sdk/core'
import type { Cancel } from '../clock/clock.ts'
import { type Backoff, type BackoffLimits, createBackoff } from './backoff.ts'
import { InFlightWindow, type InFlightWindowOptions } from './in-flight-window.ts'
import type { Dial, PeerLink } from './link.ts'

/** Limits of delivery. */
export interface DeliveryLimits extends BackoffLimits {
  /** Maximum number of unanswered envelopes on a link. */
  readonly window: number
  /** How long an envelope may stay unanswered before the link is closed; longer if many bytes are in flight with it. */
  readonly answerMs: number
}

/** Dependencies of a queue. */
export interface PeerOptions extends Omit<InFlightWindowOptions, 'changed'> {
  readonly limits: DeliveryLimits
  readonly dial: Dial
  /** Returns whether the peer has this gateway's current addresses. If not, the peer is dialled even if no envelope waits for it. */
  readonly isInformed: (organisation: string) => boolean
}

/** State of a queue. */
export interface PeerStatus {
  readonly organisation: string
  /** Whether the peer lacks this gateway's current addresses. */
  readonly uninformed: boolean
  /** Address in use. Empty if no link has been opened yet. */
  readonly endpoint: string
  readonly connected: boolean
  /** Last sign of life of the peer, in either direction. Unix milliseconds; 0: none since this gateway started. */
  readonly seenMs: number
  /** Envelopes waiting. */
  readonly queued: number
  /** How long the oldest envelope has waited, milliseconds. 0 if no envelope is waiting. */
  readonly waitingMs: number
  /** Time of the next attempt. Unix milliseconds; 0: none is scheduled. */
  readonly nextAttemptMs: number
  /** Time since which the peer has been unreachable. Unix milliseconds; 0 if the peer is reachable or was not tried. */
  readonly unreachableMs: number
  /** Error of the last attempt. Absent if that attempt succeeded. */
  readonly lastError?: RexError | undefined
}

/** After a sign of life, the peer is dialled after at most this part of `minMs`. */
const ALIVE_PART = 0.1

/** The queue to one organisation. It dials when an envelope is waiting. */
export class PeerQueue {
  readonly #options: PeerOptions
  readonly #backoff: Backoff
  readonly #closed = new AbortController()
  readonly #inFlight: InFlightWindow
  #link: PeerLink | undefined
  #dialling = false
  #greeting = false
  /** Time at which the last attempt failed, by the steady clock. */
  #failedMs = Number.NEGATIVE_INFINITY
  #soonestMs = Number.POSITIVE_INFINITY
  #scheduled = false
  #cancelTimer: Cancel = () => {}
  #known = { endpoint: '', seenMs: 0, unreachableMs: 0 }
  #lastError: RexError | undefined

  constructor(options: PeerOptions) {
    this.#options = options
    this.#backoff = createBackoff(options.limits, options.random)
    this.#inFlight = new InFlightWindow({ ...options, changed: () => this.#schedule() })
  }

  /** Notes that an envelope was added. */
  wake(): void {
    this.#inFlight.added()
    this.#schedule()
  }

  /** Notes a sign of life from the peer: ends the back-off. */
  alive(): void {
    const { clock, limits, random } = this.#options
    this.#known.seenMs = clock.now()
    if (this.#link !== undefined || this.#backoff.failures() === 0) return
    const soonMs = clock.steady() + Math.ceil(random() * limits.minMs * ALIVE_PART)
    this.#soonestMs = Math.min(this.#retryAtMs(), soonMs)
    this.#failedMs = Number.POSITIVE_INFINITY
    this.#backoff.reset()
    this.#schedule()
  }

  /** Dials once even if nothing is waiting, to show the other side that this gateway can be reached. */
  greet(): void {
    this.#greeting = this.#link === undefined
    this.#schedule()
  }

  /** Retries immediately. */
  retry(): void {
    this.#soonestMs = 0
    this.#inFlight.wakeUp()
    this.#inFlight.rewind()
    this.#schedule()
  }

  /** Returns whether an envelope is in flight. */
  holds(id: number): boolean {
    return this.#inFlight.holds(id)
  }

  status(): PeerStatus {
    const { clock, isInformed, organisation, store } = this.#options
    const queued = store.read.outbox.usage(organisation).items
    const oldestMs = queued === 0 ? undefined : store.read.outbox.oldestMs(organisation)
    const waits = this.#link === undefined && queued > 0
    return {
      organisation,
      ...this.#known,
      connected: this.#link !== undefined,
      uninformed: !isInformed(organisation),
      queued,
      waitingMs: oldestMs === undefined ? 0 : Math.max(clock.steady() - oldestMs, 0),
      nextAttemptMs: waits ? clock.now() + Math.max(0, this.#retryAtMs() - clock.steady()) : 0,
      lastError: this.#lastError ?? this.#inFlight.lastError(),
    }
  }

  /** Closes the link and stops sending. */
  close(): void {
    this.#closed.abort(new RexError('CANCELLED', 'The gateway is stopping.'))
    this.#cancelTimer()
    this.#link?.close()
  }

  /** Decides what to do next after any event, at most once per turn of the event loop. */
  #schedule(): void {
    if (this.#scheduled || this.#closed.signal.aborted) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (!this.#closed.signal.aborted) this.#step()
    })
  }

  #step(): void {
    const { clock } = this.#options
    if (this.#link === undefined) this.#dialIfDue()
    else if (clock.steady() >= this.#inFlight.answerDueMs()) this.#link.close()
    else this.#inFlight.fill(this.#link)
    this.#cancelTimer()
    const nextMs = this.#nextMs()
    this.#cancelTimer = Number.isFinite(nextMs)
      ? clock.after(nextMs - clock.steady(), () => this.#schedule())
      : () => {}
  }

  /** Returns the time of the next attempt. Urgent mail that was queued after the failure shortens the wait (REX-DLV-043). */
  #retryAtMs(): number {
    const most = this.#inFlight.hasUrgent() ? LIMITS.retryUrgent : Number.POSITIVE_INFINITY
    return Math.min(this.#soonestMs, this.#failedMs + Math.ceil(this.#backoff.waitMs(most)))
  }

  #nextMs(): number {
    if (this.#link !== undefined) return Math.min(this.#inFlight.answerDueMs(), this.#inFlight.nextMs())
    return this.#dialling || !this.#isWanted() ? Number.POSITIVE_INFINITY : this.#retryAtMs()
  }

  /** Returns whether a link is needed. */
  #isWanted(): boolean {
    const { isInformed, organisation } = this.#options
    return this.#greeting || this.#inFlight.hasWork() || !isInformed(organisation)
  }

  #dialIfDue(): void {
    const { clock, dial, organisation } = this.#options
    if (this.#dialling || clock.steady() < this.#retryAtMs() || !this.#isWanted()) return
    this.#dialling = true
    dial(organisation, this.#closed.signal)
      .then(
        (opened) => this.#connected(opened),
        (error: unknown) => this.#failed(RexError.from(error)),
      )
      .finally(() => {
        this.#dialling = false
        this.#schedule()
      })
  }

  #connected(opened: PeerLink): void {
    if (this.#closed.signal.aborted) {
      opened.close()
      return
    }
    this.#link = opened
    this.#greeting = false
    this.#backoff.reset()
    this.#inFlight.wakeUp()
    this.#lastError = undefined
    this.#known = { endpoint: opened.endpoint, seenMs: this.#options.clock.now(), unreachableMs: 0 }
    void opened.ended.then((error) => {
      this.#link = undefined
      this.#inFlight.rewind()
      this.#failed(error)
      this.#schedule()
    })
  }

  #failed(error: RexError): void {
    const { clock } = this.#options
    this.#greeting = false
    this.#backoff.failed()
    this.#failedMs = clock.steady()
    this.#soonestMs = Number.POSITIVE_INFINITY
    this.#lastError = error
    this.#known.unreachableMs ||= clock.now()
  }
}
