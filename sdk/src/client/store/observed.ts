// Notifies listeners of committed changes once they are durable. docs/guide/desk.md, "The desk store"
import type { DeskStore, DeskWrites } from './store.ts'

/**
 * Kinds of committed changes: `items` for the application, submissions or receipts that are `outgoing`, deliveries
 * to `reseal` or to offer again, messages that were `sent`, `notices` of the own gateway.
 */
export type Change = 'items' | 'outgoing' | 'reseal' | 'sent' | 'notices'

/** A desk store that reports committed changes. */
export interface ObservedStore extends DeskStore {
  /** Calls `listener` after each commit with this change. It must not throw. */
  on(change: Change, listener: () => void): void
}

/** Observes the commits of a store. */
export function observed(store: DeskStore): ObservedStore {
  const listeners = new Map<Change, (() => void)[]>()
  const writers = new WeakMap<DeskWrites, DeskWrites>()
  /** Changes of the current work so far: work is synchronous. */
  let brought = new Set<Change>()

  function writerOf(write: DeskWrites): DeskWrites {
    const known = writers.get(write) ?? noting(write, (change) => brought.add(change))
    writers.set(write, known)
    return known
  }

  return {
    ...store,
    on(change, listener) {
      listeners.set(change, [...(listeners.get(change) ?? []), listener])
    },
    async commit(work, undone) {
      let changes = new Set<Change>()
      const done = await store.commit((write) => {
        changes = brought = new Set()
        return work(writerOf(write))
      }, undone)
      for (const change of changes) for (const listener of listeners.get(change) ?? []) listener()
      return done
    },
  }
}

function noting(write: DeskWrites, note: (change: Change) => void): DeskWrites {
  const noted =
    <Args extends unknown[], Result>(change: Change, work: (...args: Args) => Result) =>
    (...args: Args): Result => {
      note(change)
      return work(...args)
    }
  return {
    ...write,
    addItem: noted('items', write.addItem),
    unparkItem: noted('items', write.unparkItem),
    addOutgoing: noted('outgoing', write.addOutgoing),
    replaceOutgoing: noted('outgoing', write.replaceOutgoing),
    addReceipt: noted('outgoing', write.addReceipt),
    markForReseal: noted('reseal', write.markForReseal),
    markOffered: noted('reseal', write.markOffered),
    updateDelivery(key, change) {
      if (change.resealPending === true || change.offerMs !== undefined) note('reseal')
      write.updateDelivery(key, change)
    },
    addDelivery: noted('sent', write.addDelivery),
    putNotice: noted('notices', write.putNotice),
  }
}
