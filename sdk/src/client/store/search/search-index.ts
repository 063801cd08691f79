// The search index of a desk: keyed tokens of its threads, in a separate file that can be rebuilt at any time.
// docs/adr/0058-threads-are-found-by-keyed-tokens.md

/** A track in the search index, as keyed tokens. The token of the state also depends on the role of this organisation. */
export interface IndexedTrack {
  readonly counterpart: number
  readonly kind: number
  readonly state: number
}

/** The entry of a thread in the search index. An entry without tracks means that the thread is not indexed. */
export interface IndexedThread {
  /** Number of the thread in the desk store. */
  readonly thread: number
  readonly changedMs: number
  /** When the soonest step may be due. Null: nobody owes a step. */
  readonly dueMs: number | null
  readonly tracks: readonly IndexedTrack[]
  /** Keyed tokens of words, numbers and other rare values. */
  readonly terms: readonly number[]
}

/** Order of a list: last change first, or soonest due first, without threads in which nobody owes a step. */
export type Order = 'changed' | 'due'

/** A thread and its time in the order of a list. */
export interface IndexPlace {
  readonly ms: number
  readonly thread: number
}

/** Tracks with these tokens. An absent counterpart or kind matches any. */
export interface Wanted extends Pick<IndexedTrack, 'state'> {
  readonly counterpart?: number | undefined
  readonly kind?: number | undefined
}

/**
 * The search index of a desk store. All calls are synchronous. @throws RexError STORE_FULL; UNAVAILABLE if the index is damaged
 * (it is then emptied)
 */
export interface SearchIndex {
  /**
   * Returns the mark of the desk store up to which the index is current. Empties an index that is damaged, or belongs to another life of
   * the store.
   */
  begin(life: string): number
  /** Replaces the entries of these threads. They must be all the threads that have changed since the last call, up to `mark`. */
  put(threads: readonly IndexedThread[], mark: number): void
  /**
   * Removes these threads. When this returns, the files contain no term of these threads, apart from the exception in
   * ADR 58.
   */
  forget(threads: readonly number[]): void
  /** Returns the number of threads with a term, but at most `most`. */
  count(term: number, most: number): number
  has(term: number, thread: number): boolean
  /** Returns the numbers of the threads that have a term. */
  holders(term: number): number[]
  /** Returns the tracks of a thread, with its times. */
  tracks(thread: number): (IndexedTrack & Pick<IndexedThread, 'changedMs' | 'dueMs'>)[]
  /** Lists the threads with a wanted track, after a place. A thread with several wanted tracks is listed once for each. */
  list(wanted: Wanted, order: Order, limit: number, after?: IndexPlace): IndexPlace[]
  close(): void
}
