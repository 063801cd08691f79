// The queue to one organisation: one link at a time, with back-off while there is none. docs/spec/delivery.md, "Retry"
import { RexError } from '@rex/sdk/core'
import type { Cancel } from '../clock/clock.ts'
import { type BackoffLimits, createBackoff } from './backoff.ts'
import { createInFlightWindow, type InFlightWindowOptions } from './in-flight-window.ts'
import type { Dial, PeerLink } from './link.ts'

/** Limits of delivery. */
export interface DeliveryLimits extends BackoffLimits {
  /** Most unanswered envelopes on a link. */
  readonly window: number
  /** How long an envelope may stay unanswered before the link is closed; longer if many bytes are in flight with it. */
  readonly answerMs: number
}

/** Dependencies of a queue. */
export interface PeerOptions extends Omit<InFlightWindowOptions, 'changed'> {
  readonly limits: DeliveryLimits
  readonly dial: Dial
  /** Whether the peer knows this gateway's current addresses. If not, it is dialled even when nothing waits. */
  readonly isTold: (organisation: string) => boolean
}

/** State of a queue. */
export interface PeerStatus {
  readonly organisation: string
  /** Whether the peer lacks this gateway's current addresses. */
  readonly untold: boolean
  /** Address in use. Empty: no link has been opened yet. */
  readonly endpoint: string
  readonly connected: boolean
  /** Last sign of life of the peer, in either direction. Unix milliseconds; 0: none since this gateway started. */
  readonly seenMs: number
  /** Envelopes waiting. */
  readonly queued: number
  /** How long the oldest of them has waited, milliseconds. 0: no envelope is waiting. */
  readonly waitingMs: number
  /** Time of the next attempt. Unix milliseconds; 0: none is scheduled. */
  readonly nextAttemptMs: number
  /** Since when the peer is unreachable. Unix milliseconds; 0: it is reachable, or was not tried. */
  readonly unreachableMs: number
  /** Why the last attempt failed. Absent: it succeeded. */
  readonly lastError?: RexError | undefined
}

/** The queue to one organisation. */
export interface PeerQueue {
  /** Notes that an envelope was added. */
  wake(): void
  /** Notes a sign of life from the peer: ends the back-off. */
  alive(): void
  /** Retries immediately. */
  retry(): void
  /** Dials once even if nothing is waiting, as a sign of life to the other side. */
  greet(): void
  /** Whether an envelope is in flight. */
  holds(id: number): boolean
  status(): PeerStatus
  /** Closes the link and stops sending. */
  close(): void
}

/** A peer that gave a sign of life is dialled within this fraction of the shortest back-off. */
const ALIVE_PART = 0.1

/** Opens the queue to one organisation. It dials when an envelope is waiting. */
export function openPeer(options: PeerOptions): PeerQueue {
  const { organisation, store, clock, random, limits } = options
  const backoff = createBackoff(limits, random)
  const closed = new AbortController()
  const inFlight = createInFlightWindow({ ...options, changed: schedule })
  let link: PeerLink | undefined
  let dialling = false
  let greeting = false
  let retryAtMs = 0
  let scheduled = false
  let cancelTimer: Cancel = () => {}
  let known = { endpoint: '', seenMs: 0, unreachableMs: 0 }
  let lastError: RexError | undefined

  /** Every event leads here, at most once per turn of the event loop. */
  function schedule() {
    if (scheduled || closed.signal.aborted) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      if (!closed.signal.aborted) step()
    })
  }

  function step() {
    if (link === undefined) dialIfDue()
    else if (clock.steady() >= inFlight.answerDueMs()) link.close()
    else inFlight.fill(link)
    cancelTimer()
    const next = nextMs()
    cancelTimer = Number.isFinite(next) ? clock.after(next - clock.steady(), schedule) : () => {}
  }

  function nextMs(): number {
    if (link !== undefined) return Math.min(inFlight.answerDueMs(), inFlight.nextMs())
    return dialling || !wanted() ? Number.POSITIVE_INFINITY : retryAtMs
  }

  function wanted(): boolean {
    return greeting || inFlight.hasWork() || !options.isTold(organisation)
  }

  function dialIfDue() {
    if (dialling || clock.steady() < retryAtMs || !wanted()) return
    dialling = true
    options
      .dial(organisation, closed.signal)
      .then(connected, (error: unknown) => failed(RexError.from(error)))
      .finally(() => {
        dialling = false
        schedule()
      })
  }

  function connected(opened: PeerLink) {
    if (closed.signal.aborted) return opened.close()
    link = opened
    greeting = false
    backoff.reset()
    inFlight.wakeUp()
    lastError = undefined
    known = { endpoint: opened.endpoint, seenMs: clock.now(), unreachableMs: 0 }
    void opened.ended.then((error) => {
      link = undefined
      inFlight.rewind()
      failed(error)
      schedule()
    })
  }

  function failed(error: RexError) {
    greeting = false
    retryAtMs = clock.steady() + Math.ceil(backoff.failed())
    lastError = error
    known.unreachableMs ||= clock.now()
  }

  return {
    wake() {
      inFlight.added()
      schedule()
    },
    alive() {
      known.seenMs = clock.now()
      if (link !== undefined || backoff.failures() === 0) return
      backoff.reset()
      retryAtMs = Math.min(retryAtMs, clock.steady() + Math.ceil(random() * limits.minMs * ALIVE_PART))
      schedule()
    },
    greet() {
      greeting = link === undefined
      schedule()
    },
    retry() {
      retryAtMs = 0
      inFlight.wakeUp()
      inFlight.rewind()
      schedule()
    },
    holds: inFlight.holds,
    status() {
      const queued = store.read.outbox.usage(organisation).items
      const waits = link === undefined && queued > 0
      return {
        organisation,
        ...known,
        connected: link !== undefined,
        untold: !options.isTold(organisation),
        queued,
        waitingMs:
          queued === 0
            ? 0
            : Math.max(clock.steady() - (store.read.outbox.oldestMs(organisation) ?? clock.steady()), 0),
        nextAttemptMs: waits ? clock.now() + Math.max(0, retryAtMs - clock.steady()) : 0,
        lastError: lastError ?? inFlight.lastError(),
      }
    },
    close() {
      closed.abort(new RexError('CANCELLED', 'The gateway stops.'))
      cancelTimer()
      link?.close()
    },
  }
}
