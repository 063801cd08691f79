// Defines the clock of the desk, which is injected so that tests can control time. docs/guide/testing.md, "Time"
import { RexError } from '../../core/error.ts'

/** Cancels a timer. May be called repeatedly. */
export type Cancel = () => void

/** A clock with timers. */
export interface Clock {
  /** Returns the time of day, in Unix milliseconds. */
  now(): number
  /** Returns the milliseconds since an arbitrary start. Use it for waits, because changing the clock does not affect it. */
  steady(): number
  /** Calls `run` once, after at least `ms` milliseconds. In tests, the clock waits for the promise that `run` returns. */
  after(ms: number, run: () => void | Promise<void>): Cancel
}

const LONGEST_TIMER = 2 ** 31 - 1

/** The operating system's clock. Its timers are monotonic, and keep the process alive while a desk is open. */
export const systemClock: Clock = {
  now: Date.now,
  steady: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_TIMER))
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms` milliseconds, or when the signal aborts. */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = () => resolve()
  const cancel = clock.after(ms, end)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  return promise.finally(() => {
    cancel()
    signal.removeEventListener('abort', end)
  })
}

/** Returns the result of the promise, or rejects with CANCELLED when the signal aborts. */
export function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  message: string,
): Promise<T> {
  if (signal === undefined) return promise
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const cancel = () => reject(new RexError('CANCELLED', message))
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', cancel))
}
