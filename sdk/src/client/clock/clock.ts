// Time as the desk sees it: injected, so that tests control it. docs/guide/testing.md, "Time"
import { RexError } from '../../core/error.ts'

/** Cancels a timer. Harmless to call again. */
export type Cancel = () => void

/** The time of day, and timers. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Milliseconds since an arbitrary start. Only increases, unaffected by changes of the clock. For waiting. */
  steady(): number
  /** Calls `run` once, after at least `ms` milliseconds. Clocks in tests wait for the promise that it returns. */
  after(ms: number, run: () => void | Promise<void>): Cancel
}

const LONGEST_TIMER = 2 ** 31 - 1

/** The operating system's clock. Its timers are monotonic, and keep the process alive as an open desk should. */
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

/** The promise, or CANCELLED when the signal aborts. */
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
