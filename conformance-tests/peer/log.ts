// What a reference peer has observed, in order. A scenario waits for entries and never for time.

/** Something observed: `what` it is, the ids it is about (hex), and further members that a scenario may compare. */
export interface Seen {
  readonly what: string
  /** Ids of envelopes, digests of messages: hexadecimal. */
  readonly about?: readonly string[]
  readonly [member: string]: unknown
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

  /** A violation of the specification on the wire: the case fails, whatever it is about. */
  fault(text: string): void {
    this.add({ what: 'fault', text })
  }

  /** Resolves with the entry at which `matches` has become true as many times, as soon as there is one. Undefined: `until` was aborted before. */
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
