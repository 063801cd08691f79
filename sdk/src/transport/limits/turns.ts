// Divides the event loop among those that keep it busy. docs/spec/delivery.md, "Connections"

/** Work that comes in turns: between two of them, the event loop serves everybody else (T-130, T-135). */
export class Turns {
  readonly #perKey: number
  readonly #waiting = new Map<string, (() => void)[]>()
  /** Works of this turn, by key. */
  readonly #begun = new Map<string, number>()
  #isScheduled = false

  /** `perKey`: works of one key in a turn of the event loop. */
  constructor({ perKey }: { readonly perKey: number }) {
    this.#perKey = perKey
  }

  /** Runs the work now if its key has room in this turn, else in a later one. The works of a key run in order. */
  run(key: string, work: () => void): void {
    const works = this.#waiting.get(key)
    if (works !== undefined) works.push(work)
    else if ((this.#begun.get(key) ?? 0) < this.#perKey) this.#begin(key, [work])
    else this.#waiting.set(key, [work])
  }

  /** Resolves when it is the turn of the key. */
  take(key: string): Promise<void> {
    return new Promise((resolve) => this.run(key, resolve))
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
