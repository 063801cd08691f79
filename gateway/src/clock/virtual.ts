// A clock that only a test advances.
import type { Clock } from './clock.ts'

/** A clock under the test's control. */
export interface VirtualClock extends Clock {
  /** Advances time and runs the timers that fall due, in order, each in a separate turn of the event loop. */
  advance(ms: number): Promise<void>
  /** Moves the wall clock forward or back without passing time. */
  leap(ms: number): void
}

/** Creates a clock that starts at `start` (Unix milliseconds). */
export function virtualClock(start: number): VirtualClock {
  let now = start
  let leapt = 0
  const timers = new Set<{ at: number; run: () => void }>()
  const nextBefore = (end: number) =>
    [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
  return {
    now: () => now + leapt,
    steady: () => now,
    leap(ms) {
      leapt += ms
    },
    after(ms, run) {
      const timer = { at: now + Math.max(ms, 0), run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const end = now + ms
      for (let timer = nextBefore(end); timer !== undefined; timer = nextBefore(end)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.run()
        await new Promise(setImmediate)
      }
      now = end
    },
  }
}
