// Finds threads by keyed tokens in the search index, and keeps the index current. docs/adr/0058-threads-are-found-by-keyed-tokens.md
import { setImmediate as otherWork } from 'node:timers/promises'
import { toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import type { ThreadsOptions } from '../api/desk.ts'
import type { Cancel } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import type { MarkedThread } from '../store/search/marks.ts'
import type { IndexedThread, IndexPlace, Order, Wanted } from '../store/search/search-index.ts'
import type { Place } from '../store/store.ts'
import { headOf, type OpenThread } from '../thread/repository/open-thread.ts'
import { readable } from '../thread/repository/repository.ts'
import { statesFor } from './states.ts'
import { readingsOf, textTermsOf } from './texts.ts'

/** How long changes wait to be indexed, so that the changes of one act are indexed together. */
const GATHER_MS = 2000
/**
 * Maximum number of threads to index in one transaction. All of them change the same pages, so each further thread costs little.
 */
const AT_ONCE = 64
/** After this time, the threads read so far are indexed, so that other work gets a turn. Milliseconds. */
const READ_MS = 8
/**
 * If a term occurs in at most this many threads, the search reads and sorts all of them. If it occurs in more, the search
 * reads the list in its order and checks each thread for the term.
 */
const GATHERED = 4096
const PAGE = 256
/** How long a search waits until the index is current; after that it fails. Milliseconds. */
const WAIT_MS = 10_000

/** The members of `ThreadsOptions` that the search index answers. */
export type Filters = Pick<
  ThreadsOptions,
  'counterpart' | 'kind' | 'state' | 'responsible' | 'group' | 'text'
>

/** Tokens of the matching tracks. An absent counterpart or kind matches any. */
interface WantedTracks extends Omit<Wanted, 'state'> {
  readonly states: readonly number[]
}

type SearchContext = Pick<DeskContext, 'organisation' | 'chain' | 'store' | 'threads' | 'clock' | 'warn'>

/** Finds threads of an open desk in its search index, and keeps the index current. */
export class Search {
  readonly #desk: SearchContext
  readonly #signal: AbortSignal
  #planned: Cancel | undefined

  /** When `signal` aborts, the index is no longer kept current. */
  constructor(desk: SearchContext, signal: AbortSignal) {
    this.#desk = desk
    this.#signal = signal
    desk.store.on('any', () => this.#plan())
    signal.addEventListener('abort', () => this.#planned?.())
    this.#plan()
  }

  /**
   * Resolves when the index contains every change so far. @throws RexError UNAVAILABLE if that takes more than 10 s (indexing
   * continues); STORE_FULL
   */
  async current(): Promise<void> {
    const { clock, store } = this.#desk
    const until = store.read.lastMark()
    const endMs = clock.steady() + WAIT_MS
    while (this.#known() < until) {
      if (clock.steady() > endMs) throw notYet(this.#known(), until)
      this.#step()
      await otherWork()
    }
  }

  /** Returns whether a thread contains the text, according to the index. */
  hasText(id: string, text: string): boolean {
    const { store } = this.#desk
    const thread = store.read.sequenceOf(id)
    return thread !== undefined && this.#textOf(text).some((terms) => this.#hasAll(terms, thread))
  }

  /**
   * Yields the threads that may match, in order, starting after a place. A thread may match one filter by one of its tracks and
   * another filter by another track, so the caller checks the tracks. Call it once `current` has resolved.
   */
  async *places(
    filters: Filters,
    order: Order,
    { limit, after }: { limit: number; after: Place | undefined },
  ): AsyncGenerator<Place> {
    const { store } = this.#desk
    const readings = this.#termsOf(filters)
    const wanted = this.#wanted(filters)
    let last = after && this.#placeOf(after)
    const gathered = this.#gathered(wanted, order, readings)
    for (;;) {
      const page =
        gathered === undefined
          ? this.#page(wanted, { order, limit, after: last })
          : following(gathered, order, last)
      for (const { ms, thread } of page) {
        const id = store.read.idOf(thread)
        if (
          id !== undefined &&
          (gathered !== undefined || readings.some((terms) => this.#hasAll(terms, thread)))
        )
          yield { ms, id }
      }
      last = page.at(-1)
      if (last === undefined || gathered !== undefined) return
      await otherWork()
    }
  }

  #placeOf({ ms, id }: Place): IndexPlace {
    return { ms, thread: this.#desk.store.read.sequenceOf(id) ?? 0 }
  }

  #hasAll(terms: readonly number[], thread: number): boolean {
    return terms.every((term) => this.#desk.store.search.has(term, thread))
  }

  /** Returns lists of terms. A thread matches if it has all terms of any list. */
  #termsOf({ group, text }: Filters): number[][] {
    const { threads } = this.#desk
    const fixed = group === undefined ? [] : [threads.tokenOf('group', group)]
    return text === undefined ? [fixed] : this.#textOf(text).map((terms) => [...fixed, ...terms])
  }

  #textOf(text: string): number[][] {
    const { threads } = this.#desk
    return readingsOf(text).map((terms) => terms.map((term) => threads.tokenOf('text', term)))
  }

  /** Reads and sorts the threads with the rarest term. Returns undefined if there are too many such threads, or no terms. */
  #gathered(
    wanted: WantedTracks,
    order: Order,
    readings: readonly (readonly number[])[],
  ): IndexPlace[] | undefined {
    const { search } = this.#desk.store
    const rarest = readings.map((terms) => {
      const counts = terms.map((term) => ({ term, count: search.count(term, GATHERED + 1) }))
      return counts.toSorted((a, b) => a.count - b.count)[0]
    })
    if (!rarest.every((one) => one !== undefined && one.count <= GATHERED)) return undefined
    const states = new Set(wanted.states)
    const fits = (thread: number): IndexPlace[] => {
      const track = search
        .tracks(thread)
        .find(
          ({ counterpart, kind, state }) =>
            (wanted.counterpart ?? counterpart) === counterpart &&
            (wanted.kind ?? kind) === kind &&
            states.has(state),
        )
      const ms = order === 'due' ? track?.dueMs : track?.changedMs
      return typeof ms === 'number' ? [{ ms, thread }] : []
    }
    const found = new Set(
      rarest.flatMap((one, i) =>
        search.holders(one?.term as number).filter((thread) => this.#hasAll(readings[i] as number[], thread)),
      ),
    )
    return [...found].flatMap(fits).toSorted(inOrder(order))
  }

  /** Reads a page of the threads with a matching track, by merging the lists of all matching states. */
  #page(
    { states, ...wanted }: WantedTracks,
    { order, limit, after }: { order: Order; limit: number; after: IndexPlace | undefined },
  ): IndexPlace[] {
    const { search } = this.#desk.store
    const most = Math.min(limit, PAGE)
    const merged = states
      .flatMap((state) => search.list({ ...wanted, state }, order, most, after))
      .toSorted(inOrder(order))
      .slice(0, most)
    return merged.filter(({ thread }, i) => thread !== merged[i - 1]?.thread)
  }

  /** Returns the tokens of the filters. If no track can match them, `states` is empty. */
  #wanted({ counterpart, kind, state, responsible }: Filters): WantedTracks {
    const { threads, organisation } = this.#desk
    const isOurs = responsible === undefined ? undefined : responsible === organisation
    const party = counterpart ?? (isOurs === false ? responsible : undefined)
    const isPossible = isOurs !== false || party === responsible
    return {
      counterpart: party === undefined ? undefined : threads.tokenOf('counterpart', party),
      kind: kind === undefined ? undefined : threads.tokenOf('kind', kind),
      states: (isPossible ? statesFor(state, isOurs) : []).map((one) => threads.tokenOf('state', one)),
    }
  }

  /** Returns the mark up to which the index is current. Asks the index each time, because a damaged index is rebuilt from the beginning. */
  #known(): number {
    const { store, chain } = this.#desk
    return store.search.begin(toHex(chain))
  }

  /** Indexes the next threads that changed. Returns whether more changed threads may remain. */
  #step(): boolean {
    const { clock, store } = this.#desk
    const endMs = clock.steady() + READ_MS
    const marked = store.read.marked(this.#known(), AT_ONCE)
    const documents: IndexedThread[] = []
    for (const one of marked) {
      documents.push(this.#documentOf(one))
      if (clock.steady() > endMs) break
    }
    const last = marked[documents.length - 1]
    // No other work may run between reading the threads and indexing them, because it could erase one of them. The index would
    // then contain an erased thread.
    if (last !== undefined) store.search.put(documents, last.mark)
    return documents.length < marked.length || marked.length === AT_ONCE
  }

  #documentOf({ sequence, id, updatedMs, dueMs, erased }: MarkedThread): IndexedThread {
    const { threads, warn } = this.#desk
    const times = { thread: sequence, changedMs: updatedMs, dueMs }
    if (erased) return { ...times, tracks: [], terms: [] }
    const thread = readable(threads, id, warn)
    return { ...times, ...(thread === undefined ? this.#unreadable() : this.#contentsOf(thread)) }
  }

  #contentsOf(thread: OpenThread): Pick<IndexedThread, 'tracks' | 'terms'> {
    const { threads } = this.#desk
    const kind = threads.tokenOf('kind', thread.summary.kind)
    const { group } = headOf(thread)
    return {
      tracks: [...thread.tracks].map(([counterpart, { state }]) => ({
        counterpart: threads.tokenOf('counterpart', counterpart),
        kind,
        state: threads.tokenOf('state', `${thread.role} ${state}`),
      })),
      terms: [
        ...(group === undefined ? [] : [threads.tokenOf('group', group.id)]),
        ...[...textTermsOf(thread)].map((term) => threads.tokenOf('text', term)),
      ],
    }
  }

  /** Returns the entry of an unreadable thread: it is indexed by its state alone, so that a search shows that the thread exists. */
  #unreadable(): Pick<IndexedThread, 'tracks' | 'terms'> {
    const { threads } = this.#desk
    const [state = ''] = statesFor('unreadable', undefined)
    const none = { counterpart: threads.tokenOf('counterpart', ''), kind: threads.tokenOf('kind', '') }
    return { tracks: [{ ...none, state: threads.tokenOf('state', state) }], terms: [] }
  }

  #plan(): void {
    if (this.#signal.aborted || this.#planned !== undefined) return
    this.#planned = this.#desk.clock.after(GATHER_MS, () => this.#keepCurrent())
  }

  async #keepCurrent(): Promise<void> {
    try {
      while (!this.#signal.aborted && this.#desk.store.isUsable() && this.#step()) await otherWork()
    } catch (error) {
      // The next change or the next search tries again.
      this.#desk.warn('The search index could not be brought up to date.', RexError.from(error))
    }
    this.#planned = undefined
  }
}

/** Returns the places that come after `after` in this order. */
function following(
  places: readonly IndexPlace[],
  order: Order,
  after: IndexPlace | undefined,
): readonly IndexPlace[] {
  const compare = inOrder(order)
  return after === undefined ? places : places.filter((place) => compare(place, after) > 0)
}

function inOrder(order: Order): (a: IndexPlace, b: IndexPlace) => number {
  const turn = order === 'due' ? 1 : -1
  return (a, b) => turn * (a.ms - b.ms || a.thread - b.thread)
}

function notYet(mark: number, until: number): RexError {
  return new RexError(
    'UNAVAILABLE',
    `The search index is being made: ${Math.floor((100 * mark) / until)} % is done.`,
    {
      hint: 'Search again in a minute. Until then, list threads without these filters.',
    },
  )
}
