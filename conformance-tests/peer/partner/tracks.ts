// The events of a partner's tracks, from which the heads and the counter of the next message follow. docs/spec/thread.md, REX-THR-002

interface Placed {
  /** Digest of the message, hexadecimal. */
  readonly digest: string
  readonly heads: readonly string[]
  readonly own: boolean
  /** Chain of the message, if the partner sent it. */
  readonly chain?: string
}

/** The tracks of a partner, by thread id. */
export class Tracks {
  readonly #threads = new Map<string, Placed[]>()

  add(thread: string, placed: Placed): void {
    const list = this.#threads.get(thread) ?? []
    if (!list.some(({ digest }) => digest === placed.digest)) this.#threads.set(thread, [...list, placed])
  }

  /** Removes a message from its track. */
  drop(thread: string, digest: string): void {
    this.#threads.set(
      thread,
      this.#list(thread).filter((one) => one.digest !== digest),
    )
  }

  /** Returns the digests of events that no later event names as a head. */
  heads(thread: string): string[] {
    const list = this.#list(thread)
    const named = new Set(list.flatMap(({ heads }) => heads))
    return list.map(({ digest }) => digest).filter((digest) => !named.has(digest))
  }

  counter(thread: string, chain: string): number {
    return this.#list(thread).filter((one) => one.chain === chain).length
  }

  #list(thread: string): readonly Placed[] {
    return this.#threads.get(thread) ?? []
  }
}
