// Completes erasures right after their commit or, if the disk is full then, when there is room. docs/spec/thread.md, REX-THR-070
import { RexError } from '../../../core/error.ts'

/** Each attempt writes all keys anew, so it is not made at every commit. */
const RETRY_MS = 60_000

/** Erasures of a store that are not complete yet, because the disk is full. */
export interface Incomplete {
  /** Why keys of erased threads are still on the disk. Undefined: none is. */
  failure(): RexError | undefined
  /** Completes them now. @throws RexError STORE_FULL, STORE_FAILED if that fails */
  complete(): void
  /** Calls `listener` once they are complete. It must not throw. */
  onComplete(listener: () => void): void
}

/** Completes the erasures of a store. */
export class Completion implements Incomplete {
  readonly #work: () => void
  readonly #steady: () => number
  readonly #listeners: (() => void)[] = []
  #isBegun = false
  #failure: RexError | undefined
  #retryMs = 0

  /** `work`: completes all erasures that were begun. `steady`: a clock that is never set, in milliseconds. */
  constructor(work: () => void, steady: () => number) {
    this.#work = work
    this.#steady = steady
  }

  failure(): RexError | undefined {
    return this.#failure
  }

  complete(): void {
    if (this.#failure !== undefined) this.#attempt()
    this.check()
  }

  onComplete(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Inside a commit: it erases. */
  begin(): void {
    this.#isBegun = true
  }

  /** After each commit, and from time to time: completes what the commit began, and repeats failed work at most once a minute. */
  go(): void {
    const isDue = this.#failure !== undefined && this.#steady() >= this.#retryMs
    if (this.#isBegun || isDue) this.#attempt()
  }

  /** @throws RexError STORE_FULL, STORE_FAILED if keys of erased threads are still on the disk */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #attempt(): void {
    this.#isBegun = false
    const failed = this.#failure !== undefined
    try {
      this.#work()
      this.#failure = undefined
    } catch (error) {
      this.#failure = named(RexError.from(error))
      this.#retryMs = this.#steady() + RETRY_MS
      return
    }
    if (failed) for (const listener of this.#listeners) listener()
  }
}

function named(cause: RexError): RexError {
  if (cause.reason !== 'STORE_FULL') return cause
  return new RexError('STORE_FULL', 'The disk is full: keys of erased referrals are still on it.', {
    cause,
    hint: 'Free disk space. The desk then completes the erasure by itself, within two minutes.',
  })
}
