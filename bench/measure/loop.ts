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

/** Repeats `step` with `inFlight` at once for `ms`, at least once, and waits for the last. */
export async function closedLoop({ inFlight, ms }: Load, step: () => Promise<void>): Promise<Throughput> {
  const start = performance.now()
  let count = 0
  const worker = async () => {
    while (count === 0 || performance.now() - start < ms) {
      count += 1
      await step()
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return { count, perSecond: (count * 1000) / (performance.now() - start) }
}
