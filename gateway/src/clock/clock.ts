// Time as the gateway sees it: injected, so that tests decide how it passes. docs/spec/delivery.md, "Time"

/** Cancels what was arranged. Harmless to call again. */
export type Cancel = () => void

/** The time of day, and timers. */
export interface Clock {
  /** What the clock says: for what others wrote down or read. Unix milliseconds; it may leap. */
  now(): number
  /** What the clock would say had it only run since the process started: for waiting (T-050). Unix milliseconds; it never leaps. */
  steady(): number
  /** Calls `run` once, after at least `ms` milliseconds. */
  after(ms: number, run: () => void): Cancel
}

const LONGEST_TIMER = 2 ** 31 - 1

/** The operating system's clock. Its timers are monotonic and keep no process alive. */
export const systemClock: Clock = {
  now: Date.now,
  steady: () => Math.floor(performance.timeOrigin + performance.now()),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_TIMER))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Calls `run` every `ms` milliseconds until cancelled; the next round starts when `run` has ended. */
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
