// Envelopes that wait for other gateways. docs/spec/delivery.md, "Sending"
import type { Usage } from './space.ts'

/** Parts shared by several deliveries of one message, stored once. */
interface Upload {
  /** Opaque to the store. Empty: no parts are shared. */
  readonly shared: Uint8Array
  /** At most 64. */
  readonly deliveries: readonly NewDelivery[]
}

/** One outbound envelope. */
export interface NewDelivery {
  readonly envelopeId: Uint8Array
  readonly recipient: string
  readonly urgent: boolean
  readonly submittedMs: number
  readonly expiresMs: number
  /** The part of this delivery alone. Opaque to the store. */
  readonly own: Uint8Array
  /** Size of the whole envelope. */
  readonly bytes: number
}

/** An envelope that waits for delivery. */
export interface Waiting {
  readonly id: number
  readonly envelopeId: Uint8Array
  readonly recipient: string
  readonly urgent: boolean
  readonly submittedMs: number
  readonly expiresMs: number
  /** Error of the last attempt: ErrorDetail bytes. Absent: the recipient's gateway has not answered yet. */
  readonly lastError?: Uint8Array
}

/** A waiting envelope with its parts. */
export interface Sendable extends Waiting {
  /** Empty: no parts are shared. */
  readonly shared: Uint8Array
  readonly own: Uint8Array
}

/** Selects a part of a peer's queue. */
export interface QueuePart {
  readonly recipient: string
  readonly urgent: boolean
}

export interface OutboxReads {
  /** Envelopes never postponed, after `after`, oldest first. */
  next(part: QueuePart, after: number, limit: number): Sendable[]
  /** Postponed envelopes that are due. */
  due(part: QueuePart, nowMs: number, limit: number): Sendable[]
  /** Earliest due time after `nowMs` of a postponed envelope for a recipient. Absent: none. */
  nextDueMs(recipient: string, nowMs: number): number | undefined
  /** Envelopes that expire before `beforeMs`. */
  expiring(beforeMs: number, limit: number): Waiting[]
  /** Urgent envelopes submitted before `beforeMs` whose delay has not been reported. */
  delayed(beforeMs: number, limit: number): Waiting[]
  /** All waiting envelopes, oldest first. */
  list(limit: number): Waiting[]
  /** Submission time of the oldest envelope for a recipient that was never postponed, or else of some other one. Absent: none waits. */
  oldestMs(recipient: string): number | undefined
  /** Envelopes waiting for a recipient, in no order. */
  of(recipient: string, limit: number): Waiting[]
  /** Recipients of waiting envelopes. */
  recipients(): string[]
  usage(recipient: string): Usage
  total(): Usage
}

/** Outbound envelopes. */
export interface Outbox extends OutboxReads {
  add(upload: Upload): void
  /** Keeps the envelope back until `dueMs`. */
  postpone(id: number, dueMs: number, lastError: Uint8Array): void
  /** Ends all postponements for a recipient. */
  endPostponed(recipient: string): void
  /** After a restart: ends all postponements and caps submission times at `nowMs`, because an earlier clock set both (REX-DLV-081). */
  beginAnew(nowMs: number): void
  /** Marks the delay of an urgent envelope as reported. */
  markDelayed(id: number): void
  /** Removes a finished envelope. False: it was gone already. */
  remove(id: number): boolean
}
