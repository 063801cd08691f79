// Runs changes of the same things one after the other.

/** Runs a change after all earlier ones, whether or not these failed. */
export type InTurn = <T>(change: () => Promise<T>) => Promise<T>

export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (change) => {
    const done = last.then(change)
    last = done.catch(() => {})
    return done
  }
}
