// A clock that only a test can advance. docs/guide/testing.md, "Time"
import type { Clock } from '../../client/clock/clock.ts'

/** A span of time. Omitted fields are 0. */
export interface Duration {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly milliseconds?: number
}

/** Virtual time, which is the same for all organisations of a test network. */
export interface VirtualClock {
  /** Returns the time. Unix milliseconds. */
  now(): number
  /** Advances time. Events that fall due happen in order, each at its time. Resolves when the network is idle. */
  advance(by: Duration): Promise<void>
}

interface Timer {
  readonly at: number
  readonly run: () => void | Promise<void>
}

/** Converts a span to milliseconds. */
export function millisecondsOf({
  days = 0,
  hours = 0,
  minutes = 0,
  seconds = 0,
  milliseconds = 0,
}: Duration): number {
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
}

/** The clock of a test. */
export interface TestClock extends Clock, VirtualClock {
  /** Jumps by this many milliseconds, as when a computer wakes up: timers that fell due run once, all at the end. */
  leap(ms: number): void
}

/** Creates a clock that starts at `start` (Unix milliseconds). `idle` waits until the network is idle. */
export function virtualClock(start: number, idle: () => Promise<void>): TestClock {
  let now = start
  const timers = new Set<Timer>()
  const nextBefore = (end: number): Timer | undefined =>
    [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]

  /** Runs all timers due at the same time together. */
  async function runDue(): Promise<void> {
    const running: (void | Promise<void>)[] = []
    for (let timer = nextBefore(now); timer !== undefined; timer = nextBefore(now)) {
      timers.delete(timer)
      running.push(timer.run())
    }
    await Promise.all(running)
    await idle()
  }

  return {
    now: () => now,
    steady: () => now,
    after(ms, run) {
      const timer = { at: now + Math.max(ms, 0), run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    leap(ms) {
      now += ms
      for (const timer of timers) {
        if (timer.at > now) continue
        timers.delete(timer)
        void timer.run()
      }
    },
    async advance(by) {
      const end = now + millisecondsOf(by)
      await idle()
      for (let timer = nextBefore(end); timer !== undefined; timer = nextBefore(end)) {
        now = Math.max(now, timer.at)
        await runDue()
      }
      now = Math.max(now, end)
    },
  }
}
