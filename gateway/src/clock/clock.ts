// The gateway's clock, injected so that tests control time. docs/spec/delivery.md, "Time"

/** Cancels a timer. Calling it again has no effect. */
export type Cancel = () => void

/** The time of day, and timers. */
export interface Clock {
  /** Wall-clock time, for timestamps exchanged with desks and other gateways. Unix milliseconds; it may jump. */
  now(): number
  /** Monotonic time, for waiting (T-050): the wall clock at process start plus the time elapsed since. Unix milliseconds; it never jumps. */
  steady(): number
  /** Calls `run` once, after at least `ms` milliseconds. */
  after(ms: number, run: () => void): Cancel
}

const LONGEST_TIMER = 2 ** 31 - 1

/** The operating system's clock. Its timers are monotonic and do not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  steady: () => Math.floor(performance.timeOrigin + performance.now()),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_TIMER))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Calls `run` every `ms` milliseconds until cancelled. The interval starts when `run` has ended. */
export function every(clock: Clock, ms: number, run: () => Promise<void> | void): Cancel {
  let cancel: Cancel = () => {}
  let stopped = false
  const arm = () => {
    if (!stopped) cancel = clock.after(ms, round)
  }
  const round = () => {
    Promise.resolve().then(run).then(arm, arm)
  }
  arm()
  return () => {
    stopped = true
    cancel()
  }
}
