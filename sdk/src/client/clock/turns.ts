// Serialises work on the same key, and runs work once.

/** Runs work under a key after all earlier work under that key, whether or not that failed. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Starts with no work. A key uses no memory once its work is done. */
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

/** Runs the work at the first call, and returns the same promise on every call. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => (done ??= work())
}

const ignore = () => {}
