// Shares the event loop fairly among callers, each identified by a key. docs/spec/delivery.md, "Connections"

/** A queue that runs work in turns. Between two turns, the event loop handles other events (T-130, T-135). */
export class Turns {
  readonly #perKey: number
  readonly #waiting = new Map<string, (() => void)[]>()
  /** Pieces of work begun in this turn, by key. */
  readonly #begun = new Map<string, number>()
  #isScheduled = false

  /** `perKey`: pieces of work of one key per turn of the event loop. */
  constructor({ perKey }: { readonly perKey: number }) {
    this.#perKey = perKey
  }

  /** Runs the work now if its key has capacity left in this turn, otherwise in a later turn. The work of one key runs in order. */
  run(key: string, work: () => void): void {
    const works = this.#waiting.get(key)
    if (works !== undefined) works.push(work)
    else if (this.#isNow(key)) this.#begin(key, [work])
    else this.#waiting.set(key, [work])
  }

  /** Resolves when the key's turn comes. Returns undefined if the turn is now. */
  take(key: string): Promise<void> | undefined {
    if (!this.#isNow(key)) return new Promise((resolve) => this.run(key, resolve))
    this.#begin(key, [() => {}])
    return undefined
  }

  #isNow(key: string): boolean {
    return !this.#waiting.has(key) && (this.#begun.get(key) ?? 0) < this.#perKey
  }

  #begin(key: string, works: readonly (() => void)[]): void {
    this.#begun.set(key, (this.#begun.get(key) ?? 0) + works.length)
    if (!this.#isScheduled) setImmediate(() => this.#next())
    this.#isScheduled = true
    for (const work of works) work()
  }

  #next(): void {
    this.#isScheduled = false
    this.#begun.clear()
    for (const [key, works] of [...this.#waiting]) {
      const now = works.splice(0, this.#perKey)
      if (works.length === 0) this.#waiting.delete(key)
      this.#begin(key, now)
    }
  }
}
