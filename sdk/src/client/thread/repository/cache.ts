// Caches open threads: keeps a bounded set in memory, and one object for each thread in use. docs/guide/desk.md, "Threads"
import type { OpenThread } from './open-thread.ts'

/** Limits of the cache. `bytes` counts the content of messages; in memory, a thread takes about four times as much. */
const MOST = { threads: 128, bytes: 4 * 1024 ** 2 }

/** The cache of open threads. */
export class ThreadCache {
  readonly #kept = new Map<string, { readonly thread: OpenThread; readonly bytes: number }>()
  #keptBytes = 0
  // A thread in use must be a single object, however long ago it was read: two objects would give the same number to different messages of the chain.
  readonly #inUse = new Map<string, WeakRef<OpenThread>>()
  readonly #unused = new FinalizationRegistry<string>((id) => {
    if (this.find(id) === undefined) this.#inUse.delete(id)
  })

  /** Returns the object of a thread, if that object is still in memory. */
  find(id: string): OpenThread | undefined {
    return this.#inUse.get(id)?.deref()
  }

  /** Keeps a thread in memory, and releases the least recently used threads to make room. */
  keep(thread: OpenThread): OpenThread {
    if (this.find(thread.id) !== thread) {
      this.#inUse.set(thread.id, new WeakRef(thread))
      this.#unused.register(thread, thread.id)
    }
    this.#release(thread.id)
    const bytes = bytesOf(thread)
    this.#kept.set(thread.id, { thread, bytes })
    this.#keptBytes += bytes
    for (const id of this.#kept.keys())
      if (this.#kept.size > MOST.threads || this.#keptBytes > MOST.bytes) this.#release(id)
      else break
    return thread
  }

  /** Removes a thread that no longer exists. */
  forget(id: string): void {
    this.#release(id)
    this.#inUse.delete(id)
  }

  #release(id: string): void {
    this.#keptBytes -= this.#kept.get(id)?.bytes ?? 0
    this.#kept.delete(id)
  }
}

function bytesOf({ messages, conflicts }: OpenThread): number {
  const sizes = [...messages, ...conflicts].map(({ evidence: { manifest, sections } }) =>
    sections.reduce((sum, section) => sum + section.length, manifest?.payload.length ?? 0),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
