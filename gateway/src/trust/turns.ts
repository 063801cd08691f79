// Runs changes to the same data one after another.

/** A function that runs a change after all earlier changes have ended, even if they failed. */
export type InTurn = <T>(change: () => Promise<T>) => Promise<T>

export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (change) => {
    const done = last.then(change)
    last = done.catch(() => {})
    return done
  }
}
