// Runs work with the same key one piece after the other, or runs a piece of work only once.

/** Runs work under a key after all earlier work under the same key, even if the earlier work failed. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Creates a `Turns`. It uses no memory for a key without work in progress. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work)
    const done: Promise<void> = turn.then(ignore, ignore).then(() => {
      if (last.get(key) === done) last.delete(key)
    })
    last.set(key, done)
    return turn
  }
}

/** Runs the work on the first call, and returns the same promise on every call. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => (done ??= work())
}

const ignore = () => {}
