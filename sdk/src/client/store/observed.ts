// The store of an open desk: reports committed changes once they are durable, saves the trusted time with them, and reports failed commits.
// docs/architecture.md, "The desk"
import type { RexError } from '../../core/error.ts'
import type { TrustedTime } from '../../core/trusted-time.ts'
import type { DeskProblem } from '../api/problems.ts'
import { storeProblems } from './problems.ts'
import type { DeskStore, DeskWrites } from './store.ts'

/**
 * Kinds of committed changes: new `items` for the application, `outgoing` submissions or receipts, deliveries to `reseal` or offer again, `sent`
 * messages, and `notices` of the desk's gateway. `any`: something was written.
 */
export type Change = 'any' | 'items' | 'outgoing' | 'reseal' | 'sent' | 'notices'

/** The store of an open desk. It reports committed changes and its own failures. */
export interface ObservedStore extends DeskStore {
  /** Calls `listener` after each commit with this kind of change. `listener` must not throw. */
  on(change: Change, listener: () => void): void
  /** Returns false once the store has failed and can no longer be read. */
  isUsable(): boolean
  /** Returns the store's problems for the status: it has failed, it is damaged, or its last commit found the disk full. */
  problems(): DeskProblem[]
}

interface ObservedOptions {
  /** The trusted time, which a commit saves at most once an hour. Default: no time is saved. */
  readonly time?: Pick<TrustedTime, 'toKeep' | 'kept'>
  /** Called once, when the store has failed. */
  readonly failed?: () => void
}

/** Wraps a store, and reports its commits. */
export function observed(store: DeskStore, { time, failed }: ObservedOptions = {}): ObservedStore {
  const listeners = new Map<Change, (() => void)[]>()
  const writers = new WeakMap<DeskWrites, DeskWrites>()
  /** The kinds of change that the current work has made so far. One set is enough, because work is synchronous. */
  let brought = new Set<Change>()
  let failure: RexError | undefined
  let usable = true
  void store.failed.then((error) => {
    usable = false
    failure = error
    failed?.()
  })

  const tell = (change: Change) => {
    for (const listener of listeners.get(change) ?? []) listener()
  }
  // Messages withheld until the erasures are complete can now be sent.
  store.incomplete.onComplete(() => tell('outgoing'))

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
    isUsable: () => usable,
    problems: () => storeProblems(failure ?? store.incomplete.failure(), store.isDamaged),
    async commit(work, undone) {
      const kept = time?.toKeep()
      let changes = new Set<Change>()
      const begun = store.commit((write) => {
        changes = brought = new Set<Change>(['any'])
        if (kept !== undefined) write.putTrustedTime(kept)
        return work(writerOf(write))
      }, undone)
      const done = await begun.catch((error: RexError) => {
        if (error.reason === 'STORE_FULL' || error.reason === 'STORE_FAILED') failure = error
        throw error
      })
      failure = undefined
      if (kept !== undefined) time?.kept(kept)
      for (const change of changes) tell(change)
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
