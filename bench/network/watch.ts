// Watches a desk store to find out when a `received` receipt is durable, because the SDK does not report it. docs/guide/benchmark.md, "End to end"
import type { DeskStore, DeskWrites } from '../../sdk/src/client/store/store.ts'

/** A watch over a desk store. */
interface Watch {
  /** Wraps a store so that it is watched. */
  over(store: DeskStore): DeskStore
  /** Resolves when the recipient's receipt for the message that opened a thread is durable. */
  received(thread: string): Promise<void>
  /** Returns the number of messages added to the outbox since the last call. */
  takeOutgoing(): number
}

export function watchStore(): Watch {
  const threads = new Map<string, string>()
  const outcomes = new Map<string, PromiseWithResolvers<void>>()
  /** Wrapped writers by original writer, so that all commits use the same wrapped writer, as in a store of the SDK. */
  const writers = new WeakMap<DeskWrites, DeskWrites>()
  let outgoing = 0
  let received: string[] = []

  const outcome = (thread: string) => {
    const known = outcomes.get(thread) ?? Promise.withResolvers<void>()
    outcomes.set(thread, known)
    return known
  }
  const watched = (write: DeskWrites): DeskWrites => ({
    ...write,
    addOutgoing(submission, thread) {
      outgoing += 1
      return write.addOutgoing(submission, thread)
    },
    addDelivery(delivery) {
      threads.set(delivery.message, delivery.thread)
      write.addDelivery(delivery)
    },
    updateDelivery(key, change) {
      if (change.state === 'received') received.push(threads.get(key.message) ?? '')
      write.updateDelivery(key, change)
    },
  })

  return {
    over: (store) => ({
      ...store,
      async commit(work, undone) {
        let own: string[] = []
        const result = await store.commit((write) => {
          own = received = []
          const writer = writers.get(write) ?? watched(write)
          writers.set(write, writer)
          return work(writer)
        }, undone)
        for (const thread of own) outcome(thread).resolve()
        return result
      },
    }),
    async received(thread) {
      await outcome(thread).promise
      outcomes.delete(thread)
    },
    takeOutgoing() {
      const count = outgoing
      outgoing = 0
      return count
    },
  }
}
