// What is under way in a test network, so that a test can wait until nothing moves any more. docs/guide/testing.md, "Time"

/** Counts what is under way: calls, commits, envelopes and items. What waits for the clock is not under way. */
export interface Activity {
  /** Something begins. Call what is returned when it ends; again is harmless. */
  begin(): () => void
  /** The same for work that a promise stands for. */
  track<T>(work: Promise<T>): Promise<T>
  /** Within tracked work: waits for something that only the test brings about. */
  rest<T>(waiting: Promise<T>): Promise<T>
  /** How much has begun until now. */
  begun(): number
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** Starts with nothing under way. */
export function createActivity(): Activity {
  let running = 0
  let begun = 0
  let calm = Promise.withResolvers<void>()
  calm.resolve()

  const enter = () => {
    begun++
    if (running++ === 0) calm = Promise.withResolvers()
  }
  const leave = () => {
    if (--running === 0) calm.resolve()
  }
  const begin = () => {
    let over = false
    enter()
    return () => {
      if (!over) leave()
      over = true
    }
  }
  return {
    begin,
    track: (work) => work.finally(begin()),
    async rest(waiting) {
      leave()
      try {
        return await waiting
      } finally {
        enter()
      }
    },
    begun: () => begun,
    idle: () => calm.promise,
  }
}
