// A closed loop: a fixed number in flight; the next begins when one is done. docs/guide/benchmark.md

/** How to load. */
export interface Load {
  readonly inFlight: number
  /** When to stop beginning new ones. Milliseconds. */
  readonly ms: number
}

/** What a loop has done. */
export interface Throughput {
  readonly count: number
  readonly perSecond: number
}

/** While a loop fills up and runs dry its processes wait for each other: that part of `ms` does not count. */
const FILLING = 1 / 4

/**
 * Repeats `step` with `inFlight` at once for `ms`, at least once, and waits for the last.
 * The throughput of several in flight is that of the time in which the loop was full.
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
