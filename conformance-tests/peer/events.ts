// What has happened and nobody has asked for yet: things arrive, and are taken in order.

/** Things that arrive. */
export interface Events<T> {
  add(event: T): void
  /** The next one that fits, waiting for it. @throws Late if it does not come in time */
  next(limitMs: number, fits?: (event: T) => boolean): Promise<T>
  /** Items that have arrived and have not been taken. */
  readonly waiting: readonly T[]
}

/** Something that was waited for did not happen. */
export class Late extends Error {
  override readonly name = 'Late'
}

/** Begins with nothing. `what`: what arrives, for people. */
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

/** Waits for a promise. `what`: what it brings, for people. @throws Late if it takes longer */
export function within<T>(limitMs: number, what: string, waiting: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Late(`Nothing came: ${what} was awaited for ${limitMs} ms.`))
    const timer = setTimeout(late, limitMs)
    void waiting.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
