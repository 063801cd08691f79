// A queue of events: they wait in order of arrival until a step takes them.

/** A queue of events. */
export interface Events<T> {
  add(event: T): void
  /** Waits for the next event that fits, and takes it. @throws Late if none arrives in time */
  next(limitMs: number, fits?: (event: T) => boolean): Promise<T>
  /** Events that have arrived and have not been taken. */
  readonly waiting: readonly T[]
}

/** Thrown when an expected event does not arrive in time. */
export class Late extends Error {
  override readonly name = 'Late'
}

/** Creates an empty queue. `what`: the kind of event, for error messages. */
export function createEvents<T>(what: string): Events<T> {
  const waiting: T[] = []
  let wake: () => void = () => {}
  return {
    waiting,
    add(event) {
      waiting.push(event)
      wake()
    },
    async next(limitMs, fits = () => true) {
      const late = Date.now() + limitMs
      for (;;) {
        const at = waiting.findIndex(fits)
        if (at >= 0) return waiting.splice(at, 1)[0] as T
        const left = late - Date.now()
        if (left <= 0) throw new Late(`Nothing came: ${what} was awaited for ${limitMs} ms.`)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    },
  }
}

/** Waits for a promise. `what`: the expected result, for error messages. @throws Late after `limitMs` */
export function within<T>(limitMs: number, what: string, waiting: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Late(`Nothing came: ${what} was awaited for ${limitMs} ms.`))
    const timer = setTimeout(late, limitMs)
    void waiting.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
