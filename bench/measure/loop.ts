// A closed loop: a fixed number in flight; each finished step starts the next. docs/guide/benchmark.md

/** Settings of a load. */
export interface Load {
  readonly inFlight: number
  /** When to stop starting new steps. Milliseconds. */
  readonly ms: number
}

/** Result of a loop. */
export interface Throughput {
  readonly count: number
  readonly perSecond: number
}

/** Share of `ms` excluded at the start, while the loop fills and processes wait for each other. The drain after `ms` is excluded, too. */
const FILLING = 1 / 4

/**
 * Repeats `step` with `inFlight` at once for `ms`, at least once, and waits for the last one.
 * Throughput with several in flight counts only the time during which the loop was full.
 */
export async function closedLoop({ inFlight, ms }: Load, step: () => Promise<void>): Promise<Throughput> {
  const start = performance.now()
  const elapsed = () => performance.now() - start
  const done: number[] = []
  const worker = async () => {
    do {
      await step()
      done.push(elapsed())
    } while (elapsed() < ms)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const full = done.filter((at) => at > ms * FILLING && at <= ms).length
  const steady = inFlight > 1 && full > inFlight
  const perSecond = steady ? full / (ms * (1 - FILLING)) : done.length / elapsed()
  return { count: done.length, perSecond: perSecond * 1000 }
}
