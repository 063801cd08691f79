// The feed for the application: gives out urgent items first, keeps the order within a thread, and settles items by
// ack, nak or park. docs/guide/desk.md, "Receiving"
import { RexError } from '../../core/error.ts'
import type { Item, ParkedItem } from '../api/items.ts'
import type { DeskContext } from '../context.ts'
import type { ItemRecord, ParkedRecord } from '../store/store.ts'
import { readable } from '../thread/repository/repository.ts'
import { type ItemContext, itemOf, parkedItemOf } from './items.ts'
import { Settlements } from './settlements.ts'

/** The reason shown for an item that cannot be decrypted. */
const UNREADABLE = 'It cannot be read: the desk store is damaged.'

/** The dependencies of `Feed`. */
type FeedContext = ItemContext & Pick<DeskContext, 'store' | 'clock'>

/** The items of a desk, for its readers. Readers get at most one item of a thread at a time. */
export class Feed {
  readonly #context: FeedContext
  readonly #settlements: Settlements
  /** The threads of items that readers have received and not settled. */
  readonly #busy = new Set<string>()
  readonly #sleepers = new Set<() => void>()
  #ended: { readonly error: RexError | undefined } | undefined

  constructor(context: FeedContext) {
    this.#context = context
    this.#settlements = new Settlements(context, this.wake)
  }

  /** Wakes the readers, because there may be an item to read. */
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
          // Due items of busy threads need no timer: when a reader settles an item, the other readers wake up.
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

  /** Lists items that are set aside for a person. */
  parked(): ParkedItem[] {
    return this.#context.store.read.parkedItems().flatMap((record) => this.#parkedOf(record))
  }

  /** Ends the feed. Readers throw `error`, or end normally if it is undefined. */
  end(error?: RexError): void {
    this.#ended ??= { error }
    this.#settlements.close()
    this.wake()
  }

  #waiting(): string[] {
    return [...this.#busy, ...this.#settlements.threads()]
  }

  /** Makes the item of a record for a reader. Sets an unreadable item aside, so that it does not hold up other items. */
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

  /** Sleeps until an item may be ready, until `dueMs`, or until the signal aborts. */
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
    // In an erased thread, only one item is left: the report of the erasure, which has no content.
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
