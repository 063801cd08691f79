// Completes erasures immediately after their commit. If the disk is full, retries until there is space. docs/spec/thread.md, REX-THR-070
import { RexError } from '../../../core/error.ts'

/** Minimum time between attempts. Each attempt rewrites all keys, so not every commit may trigger one. */
const RETRY_MS = 60_000

/** Erasures of a store that are incomplete because the disk is full. */
export interface Incomplete {
  /** Returns why keys of erased threads are still on the disk. Undefined: no such keys are on the disk. */
  failure(): RexError | undefined
  /** Completes the erasures now. @throws RexError STORE_FULL, STORE_FAILED if that fails */
  complete(): void
  /** Calls `listener` once the erasures are complete. `listener` must not throw. */
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

  /** `work`: completes all pending erasures. `steady`: a monotonic clock in milliseconds. */
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

  /** Records, inside a commit, that the commit erases threads. */
  begin(): void {
    this.#isBegun = true
  }

  /** Called after each commit and from time to time. Completes the erasures that the commit began, and retries failed work at most once a minute. */
  go(): void {
    const isDue = this.#failure !== undefined && this.#steady() >= this.#retryMs
    if (this.#isBegun || isDue) this.#attempt()
  }

  /** Throws if erasures are incomplete. @throws RexError STORE_FULL, STORE_FAILED if keys of erased threads are still on the disk */
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
    hint: 'Free disk space. The desk then completes the erasure automatically, within two minutes.',
  })
}
