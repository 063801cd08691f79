// Simulated time: the world has the true time, and each process has a clock that may be wrong. docs/guide/benchmark.md, "Clocks"
import type { Clock as GatewayClock } from '../../gateway/src/clock/clock.ts'
import type { Clock as DeskClock } from '../../sdk/src/client/clock/clock.ts'

interface Timer {
  atMs: number
  readonly run: () => unknown
  readonly asleep: () => boolean
}

/** The clock of one process. */
export type ProcessClock = DeskClock & GatewayClock

/** The source of the true time, which passes only when `pass` is called. */
export interface World {
  /** The true time. Unix milliseconds. */
  now(): number
  /** Advances time; each timer that falls due meanwhile runs once. */
  pass(ms: number): void
  /**
   * Returns a clock for a process that starts now. `errorMs` returns the error of the computer's clock. While `asleep` returns true, the
   * computer is suspended, so its steady clock and its timers stop.
   */
  clock(errorMs: () => number, asleep?: () => boolean): ProcessClock
}

/** Timers shorter than this run in real time, because they wait for real sockets. Milliseconds. */
const REAL_MS = 100

/** Creates a world whose time starts now. */
export function createWorld(): World {
  const startedMs = Date.now()
  let passed = 0
  const timers = new Set<Timer>()
  /** One function for each clock. It postpones the timers of the clock while the computer is suspended. */
  const sleepers: ((ms: number) => void)[] = []

  return {
    now: () => startedMs + passed,
    pass(ms) {
      passed += ms
      for (const sleep of sleepers) sleep(ms)
      for (const timer of timers) if (timer.asleep()) timer.atMs += ms
      const due = [...timers].filter(({ atMs }) => atMs <= passed).sort((a, b) => a.atMs - b.atMs)
      for (const timer of due) if (timers.delete(timer)) timer.run()
    },
    clock(errorMs, asleep = () => false) {
      const atStart = startedMs + errorMs()
      let slept = 0
      sleepers.push((ms) => {
        if (asleep()) slept += ms
      })
      return {
        now: () => startedMs + passed + errorMs(),
        steady: () => atStart + passed - slept,
        after(ms, run) {
          if (ms < REAL_MS) {
            const real = setTimeout(run, ms)
            return () => clearTimeout(real)
          }
          const timer = { atMs: passed + ms, run, asleep }
          timers.add(timer)
          return () => void timers.delete(timer)
        },
      }
    },
  }
}
