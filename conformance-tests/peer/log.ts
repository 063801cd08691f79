// The log of the reference peers' observations, in order. Scenarios wait for its entries instead of sleeping.

/** A log entry: the event (`what`), the ids that it concerns, and further members that a scenario may compare. */
export interface Seen {
  readonly what: string
  /** Ids of envelopes, digests of messages: hexadecimal. */
  readonly about?: readonly string[]
  readonly [member: string]: unknown
}

/** Returns how many minutes lie between now and a time in Unix milliseconds. */
export function minutesFrom(ms: number): number {
  return Math.round(Math.abs(Date.now() - ms) / 60_000)
}

/** The observations of a run. */
export class Log {
  readonly entries: Seen[] = []
  #wake = Promise.withResolvers<void>()

  add(seen: Seen): void {
    this.entries.push(seen)
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  /** Records a violation of the specification on the wire, which fails the case whatever the case tests. */
  fault(text: string): void {
    this.add({ what: 'fault', text })
  }

  /** Waits until `times` entries match, and resolves with the last of them, or with undefined if `until` is aborted first. */
  async find(matches: (seen: Seen) => boolean, until: AbortSignal, times = 1): Promise<Seen | undefined> {
    const ended = new Promise<void>((resolve) =>
      until.addEventListener('abort', () => resolve(), { once: true }),
    )
    for (;;) {
      const found = this.entries.filter(matches)[times - 1]
      if (found !== undefined || until.aborted) return found
      await Promise.race([this.#wake.promise, ended])
    }
  }
}
