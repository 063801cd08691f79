// The read position in one lane of a peer's queue. docs/spec/delivery.md, "Sending"
import type { OutboxReads, QueuePart, Sendable } from '../store/outbox.ts'

/** One lane of a queue, read in order. */
export class Lane {
  readonly #queue: Pick<OutboxReads, 'next' | 'due'>
  readonly #part: QueuePart
  /** Id of the last envelope read. */
  #after = 0
  #more = true
  /** The lane is paused until then, by the steady clock. */
  pausedUntilMs = 0

  /** Starts at the first envelope, without a pause. */
  constructor(queue: Pick<OutboxReads, 'next' | 'due'>, part: QueuePart) {
    this.#queue = queue
    this.#part = part
  }

  get urgent(): boolean {
    return this.#part.urgent
  }

  /** Whether the lane may hold more than was read. A lane known to be empty is not read again. */
  get more(): boolean {
    return this.#more
  }

  /** Notes that an envelope may have been added. */
  mayHoldMore(): void {
    this.#more = true
  }

  /** The next envelopes in order that were never postponed. */
  next(limit: number): Sendable[] {
    const next = this.#queue.next(this.#part, this.#after, limit)
    this.#more = next.length === limit
    this.#after = next.at(-1)?.id ?? this.#after
    return next
  }

  /** Postponed envelopes that are due, by the steady clock. */
  due(nowMs: number, limit: number): Sendable[] {
    return this.#queue.due(this.#part, nowMs, limit)
  }

  /** Whether any envelope waits, postponed ones included. */
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
