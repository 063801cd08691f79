// Settles items by ack, nak or park. While the disk is full, keeps settlements in memory. docs/guide/desk.md, "Receiving"
import { RexError } from '../../core/error.ts'
import type { Item } from '../api/items.ts'
import { checkOptions } from '../api/options.ts'
import type { Cancel } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import type { DeskWrites, ItemRecord } from '../store/store.ts'

const TRIES = 5
const POSTPONE_MS = 60_000
const RETRY = { firstMs: 1_000, mostMs: 60_000 }

/** The settlement of an item. */
interface Settlement {
  /** The thread id, in hex. */
  readonly thread: string
  readonly work: (write: DeskWrites) => void
}

/** Settles the items of a desk. Keeps at most one settlement in memory for each item in the store. */
export class Settlements {
  readonly #desk: Pick<DeskContext, 'store' | 'clock' | 'warn' | 'threads'>
  readonly #stored: () => void
  readonly #remembered: Settlement[] = []
  #cancel: Cancel = () => {}
  #closed = false

  /** Starts without settlements. `stored` is called when a settlement from memory has been stored. */
  constructor(desk: Pick<DeskContext, 'store' | 'clock' | 'warn' | 'threads'>, stored: () => void) {
    this.#desk = desk
    this.#stored = stored
  }

  /** Returns the verbs that settle an item. An item can be settled only once. `release` is called when it is settled. */
  verbsOf(
    { sequence, attempts, thread }: ItemRecord,
    release: () => void,
  ): Pick<Item, 'ack' | 'nak' | 'park'> {
    let settled = false
    const once = async (work: Settlement['work']): Promise<void> => {
      if (settled) throw new RexError('ALREADY_EXISTS', 'The item is already settled.')
      settled = true
      try {
        await this.settle(thread, work)
      } catch (error) {
        settled = false
        throw error
      }
      release()
    }
    return {
      ack: () => once((write) => write.removeItem(sequence)),
      nak: async (delayMs = POSTPONE_MS) => {
        checkOptions('nak', { delayMs })
        const nowMs = this.#desk.clock.now()
        await once((write) =>
          attempts + 1 >= TRIES
            ? write.parkItem(sequence, 'It failed five times.')
            : write.postponeItem(sequence, { nowMs, delayMs }),
        )
      },
      park: async (reason) => {
        checkOptions('park', { reason })
        const { threads } = this.#desk
        const opened = threads.open(thread)
        // The reason may name a person, so it must not be stored unsealed. An erased thread has no key to seal the
        // reason, so the reason is dropped.
        if (opened.erased !== undefined) return once((write) => write.parkItem(sequence, 'It was set aside.'))
        const sealed = threads.seal(opened, { reason })
        await once((write) => write.parkItem(sequence, '', sealed))
      },
    }
  }

  /**
   * Resolves when the settlement is durable, or is in memory while the disk is full. If the process ends before a
   * settlement in memory is stored, the item is delivered again.
   * @throws RexError STORE_FAILED, CANCELLED
   */
  async settle(thread: string, work: Settlement['work']): Promise<void> {
    const { store, warn } = this.#desk
    try {
      await store.commit(work)
    } catch (error) {
      if (!RexError.is(error, 'STORE_FULL') || this.#closed) throw error
      warn('The disk is full; settlements are kept in memory until there is space.', error)
      if (this.#remembered.push({ thread, work }) === 1) this.#tryAfter(RETRY.firstMs)
    }
  }

  /** Returns the threads with settlements in memory. Further items of these threads wait. */
  threads(): string[] {
    return this.#remembered.map(({ thread }) => thread)
  }

  /** Stops retrying. */
  close(): void {
    this.#closed = true
    this.#cancel()
  }

  #tryAfter(ms: number): void {
    if (!this.#closed) this.#cancel = this.#desk.clock.after(ms, () => this.#storeRemembered(ms))
  }

  async #storeRemembered(waitedMs: number): Promise<void> {
    const { store, warn } = this.#desk
    const remembered = this.#remembered
    try {
      for (let [next] = remembered; next !== undefined; [next] = remembered) {
        await store.commit(next.work)
        remembered.shift()
        this.#stored()
      }
    } catch (cause) {
      const error = RexError.from(cause)
      if (error.reason === 'STORE_FULL') return this.#tryAfter(Math.min(waitedMs * 2, RETRY.mostMs))
      warn('Settlements could not be stored; their items come again.', error)
    }
  }
}
