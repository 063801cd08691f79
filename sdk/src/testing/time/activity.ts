// Tracks activity in a test network, so that a test can wait until the network is idle. docs/guide/testing.md, "Time"

/** Counts calls, commits, envelopes and items in progress. Work that waits for the clock is not counted. */
export interface Activity {
  /** Begins an activity. The returned function ends it; further calls have no effect. */
  begin(): () => void
  /** Counts a promise as an activity until it settles. */
  track<T>(work: Promise<T>): Promise<T>
  /** Waits, within tracked work, for an event that only the test can cause. The wait does not count as activity. */
  rest<T>(waiting: Promise<T>): Promise<T>
  /** Returns the number of activities begun so far. */
  begun(): number
  /** Resolves when no activity is left. */
  idle(): Promise<void>
}

/**
 * Signature verifications of statements in progress in the whole process. They must be counted, because jose runs them on other threads, between two
 * commits.
 */
const verifying = new Set<Promise<unknown>>()
let verified = 0
const { subtle } = globalThis.crypto
const verify = subtle.verify.bind(subtle)
subtle.verify = (...given) => {
  const work = verify(...given)
  const done = () => {
    verified++
    verifying.delete(work)
  }
  verifying.add(work)
  work.then(done, done)
  return work
}

/** Creates a counter without activities. */
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
    begun: () => begun + verified + verifying.size,
    async idle() {
      do {
        await calm.promise
        await Promise.allSettled(verifying)
      } while (running > 0 || verifying.size > 0)
    },
  }
}
