// Interface to the stored envelopes that wait for other gateways. docs/spec/delivery.md, "Sending"
import type { Usage } from './space.ts'

/** Parts shared by several deliveries of one message, stored once. */
interface Upload {
  /** Shared parts, which are opaque to the store. Empty if no parts are shared. */
  readonly shared: Uint8Array
  /** At most 64 deliveries. */
  readonly deliveries: readonly NewDelivery[]
}

/** One outbound envelope. */
export interface NewDelivery {
  readonly envelopeId: Uint8Array
  readonly recipient: string
  readonly urgent: boolean
  readonly submittedMs: number
  readonly expiresMs: number
  /** The part that belongs only to this delivery. Opaque to the store. */
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
  /** Error of the last attempt, as ErrorDetail bytes. Absent if the recipient's gateway has not answered yet. */
  readonly lastError?: Uint8Array
}

/** A waiting envelope with its parts. */
export interface Sendable extends Waiting {
  /** Shared parts. Empty if no parts are shared. */
  readonly shared: Uint8Array
  readonly own: Uint8Array
}

/** Selects a part of a peer's queue. */
export interface QueuePart {
  readonly recipient: string
  readonly urgent: boolean
}

export interface OutboxReads {
  /** Returns envelopes after `after` that were never postponed, oldest first. */
  next(part: QueuePart, after: number, limit: number): Sendable[]
  /** Returns postponed envelopes that are due. */
  due(part: QueuePart, nowMs: number, limit: number): Sendable[]
  /** Returns the earliest due time after `nowMs` of a postponed envelope for a recipient, if any. */
  nextDueMs(recipient: string, nowMs: number): number | undefined
  /** Returns envelopes that expire before `beforeMs`. */
  expiring(beforeMs: number, limit: number): Waiting[]
  /** Returns urgent envelopes submitted before `beforeMs` whose delay has not been reported. */
  delayed(beforeMs: number, limit: number): Waiting[]
  /** Returns all waiting envelopes, oldest first. */
  list(limit: number): Waiting[]
  /**
   * Returns the submission time of the oldest envelope that waits for a recipient and was never postponed. If all its envelopes were postponed,
   * returns the submission time of one of these. Absent if none waits.
   */
  oldestMs(recipient: string): number | undefined
  /** Returns envelopes that wait for a recipient, in no particular order. */
  of(recipient: string, limit: number): Waiting[]
  /** Returns the recipients of waiting envelopes. */
  recipients(): string[]
  usage(recipient: string): Usage
  total(): Usage
}

/** Outbound envelopes. */
export interface Outbox extends OutboxReads {
  add(upload: Upload): void
  /** Postpones the envelope until `dueMs`. */
  postpone(id: number, dueMs: number, lastError: Uint8Array): void
  /** Ends all postponements for a recipient. */
  endPostponed(recipient: string): void
  /** After a restart, ends all postponements and caps submission times at `nowMs`: both refer to the earlier process's clock (REX-DLV-081). */
  beginAnew(nowMs: number): void
  /** Marks the delay of an urgent envelope as reported. */
  markDelayed(id: number): void
  /** Removes a finished envelope. Returns false if it had already been removed. */
  remove(id: number): boolean
}
