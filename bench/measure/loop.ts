// A closed loop keeps a fixed number of steps in flight; each finished step starts the next. docs/guide/benchmark.md

/** Settings of a load. */
export interface Load {
  readonly inFlight: number
  /** Time after which no new steps start. Milliseconds. */
  readonly ms: number
}

/** Result of a loop. */
export interface Throughput {
  readonly count: number
  readonly perSecond: number
}

/**
 * Share of `ms` at the start that is not measured, because the loop is not full yet. The time after `ms`, in which the last steps finish, is not
 * measured either.
 */
const FILLING = 1 / 4

/**
 * Repeats `step` for `ms`, at least once, with `inFlight` steps running concurrently, and waits until all have finished.
 * With several steps in flight, the throughput covers only the time during which the loop was full.
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
