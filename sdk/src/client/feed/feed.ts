// The feed for the application: urgent first, in order within a thread, settled by ack, nak or park. docs/guide/desk.md, "Receiving"
import { RexError } from '../../core/error.ts'
import type { Item, ParkedItem } from '../api/items.ts'
import type { DeskContext } from '../context.ts'
import type { ItemRecord, ParkedRecord } from '../store/store.ts'
import { readable } from '../thread/repository/repository.ts'
import { type ItemContext, itemOf, parkedItemOf } from './items.ts'
import { Settlements } from './settlements.ts'

/** Why an item that does not decrypt is parked: no sender is to blame. */
const UNREADABLE = 'It cannot be read: the desk store is damaged.'

/** Dependencies of the feed. */
type FeedContext = ItemContext & Pick<DeskContext, 'store' | 'clock'>

/** The items of a desk, for its readers. No thread has more than one unsettled item at a time. */
export class Feed {
  readonly #context: FeedContext
  readonly #settlements: Settlements
  /** Threads of items that a reader holds. */
  readonly #busy = new Set<string>()
  readonly #sleepers = new Set<() => void>()
  #ended: { readonly error: RexError | undefined } | undefined

  constructor(context: FeedContext) {
    this.#context = context
    this.#settlements = new Settlements(context, this.wake)
  }

  /** There may be an item to read. */
  readonly wake = (): void => {
    for (const wakeUp of this.#sleepers) wakeUp()
    this.#sleepers.clear()
  }

  async *receive({
    concurrency = 1,
    signal,
  }: {
    readonly concurrency?: number
    readonly signal?: AbortSignal
  } = {}): AsyncGenerator<Item> {
    const { read } = this.#context.store
    const mine = new Set<string>()
    try {
      while (signal?.aborted !== true) {
        if (this.#ended?.error !== undefined) throw this.#ended.error
        if (this.#ended !== undefined) return
        const hasRoom = mine.size < concurrency
        const now = this.#context.clock.now()
        const record = hasRoom ? read.nextItem(now, this.#waiting()) : undefined
        if (record === undefined)
          // Items that are due already wait for their thread, whose reader wakes the others.
          await this.#sleep(hasRoom ? read.nextItemMs(now, this.#waiting()) : undefined, signal)
        else {
          const item = await this.#take(record, mine)
          if (item !== undefined) yield item
        }
      }
    } finally {
      for (const thread of mine) this.#busy.delete(thread)
      if (mine.size > 0) this.wake()
    }
  }

  /** Items set aside for a person. */
  parked(): ParkedItem[] {
    return this.#context.store.read.parkedItems().flatMap((record) => this.#parkedOf(record))
  }

  /** Ends the feed: readers get the error; without one, they end. */
  end(error?: RexError): void {
    this.#ended ??= { error }
    this.#settlements.close()
    this.wake()
  }

  #waiting(): string[] {
    return [...this.#busy, ...this.#settlements.threads()]
  }

  /** The item of a record, for one reader. One that cannot be read is parked, so that it does not hold up the others. */
  async #take(record: ItemRecord, mine: Set<string>): Promise<Item | undefined> {
    const { thread, sequence } = record
    mine.add(thread)
    this.#busy.add(thread)
    const release = () => {
      mine.delete(thread)
      this.#busy.delete(thread)
      this.wake()
    }
    try {
      return itemOf(this.#context, record, this.#settlements.verbsOf(record, release))
    } catch (error) {
      this.#context.warn('An item cannot be read.', RexError.from(error))
      await this.#settlements.settle(thread, (write) => write.parkItem(sequence, UNREADABLE))
      release()
      return undefined
    }
  }

  /** Sleeps until a commit or settlement, until a postponed item is due, or until the signal aborts. */
  async #sleep(dueMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#context
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = dueMs === undefined ? undefined : clock.after(dueMs - clock.now(), resolve)
    this.#sleepers.add(resolve)
    const stop = () => resolve()
    signal?.addEventListener('abort', stop, { once: true })
    await promise
    signal?.removeEventListener('abort', stop)
    cancel?.()
    this.#sleepers.delete(resolve)
  }

  #parkedOf(record: ParkedRecord): ParkedItem[] {
    const { store, threads, warn } = this.#context
    const { sequence } = record
    // An erased thread has only one item left: the one without content that reports the erasure.
    const isErased = record.content.length === 0
    const thread = isErased ? threads.open(record.thread) : readable(threads, record.thread, warn)
    if (thread === undefined) return []
    const item: ParkedItem = {
      ...parkedItemOf(this.#context, thread, record),
      ack: () => store.commit((write) => write.removeItem(sequence)),
      unpark: async () => {
        await store.commit((write) => write.unparkItem(sequence))
        this.wake()
      },
    }
    return [item]
  }
}
