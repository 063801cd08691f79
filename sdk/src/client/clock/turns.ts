// Serialises work that concerns the same thing.

/** Runs work under a key after all earlier work under that key, whether that failed or not. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Nothing is under way. A key costs nothing once its work is done. */
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

const ignore = () => {}
