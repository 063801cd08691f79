// The position up to which one lane of a peer's queue has been read. docs/spec/delivery.md, "Sending"
import type { OutboxReads, QueuePart, Sendable } from '../store/outbox.ts'

/** One lane of a queue, read in order. */
export class Lane {
  readonly #queue: Pick<OutboxReads, 'next' | 'due'>
  readonly #part: QueuePart
  /** Id of the last envelope read. */
  #after = 0
  #more = true
  /** Time until which the lane is paused, by the steady clock. */
  pausedUntilMs = 0

  /** Starts at the first envelope, without a pause. */
  constructor(queue: Pick<OutboxReads, 'next' | 'due'>, part: QueuePart) {
    this.#queue = queue
    this.#part = part
  }

  get urgent(): boolean {
    return this.#part.urgent
  }

  /** Whether the lane may contain unread envelopes. An empty lane is not read again until `mayHoldMore` is called. */
  get more(): boolean {
    return this.#more
  }

  /** Notes that an envelope may have been added. */
  mayHoldMore(): void {
    this.#more = true
  }

  /** Returns the next envelopes that were never postponed, in order. */
  next(limit: number): Sendable[] {
    const next = this.#queue.next(this.#part, this.#after, limit)
    this.#more = next.length === limit
    this.#after = next.at(-1)?.id ?? this.#after
    return next
  }

  /** Returns the postponed envelopes that are due, by the steady clock. */
  due(nowMs: number, limit: number): Sendable[] {
    return this.#queue.due(this.#part, nowMs, limit)
  }

  /** Returns whether any envelope waits, including postponed envelopes. */
  hasWork(): boolean {
    return (
      this.#queue.next(this.#part, 0, 1).length > 0 ||
      this.#queue.due(this.#part, Number.MAX_SAFE_INTEGER, 1).length > 0
    )
  }

  /** Starts at the first envelope again. */
  rewind(): void {
    this.#after = 0
    this.#more = true
  }
}
