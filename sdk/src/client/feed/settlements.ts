// Settlements of items on a full disk: held in memory, and stored once there is space. docs/guide/desk.md, "Receiving"
import { RexError } from '../../core/error.ts'
import type { Cancel, Clock } from '../clock/clock.ts'
import type { DeskStore, DeskWrites } from '../store/store.ts'

const RETRY = { firstMs: 1_000, mostMs: 60_000 }

/** How an item was settled. */
interface Settlement {
  /** Thread id, hex. */
  readonly thread: string
  readonly work: (write: DeskWrites) => void
}

/** Dependencies of settlements. */
export interface SettlementsOptions {
  readonly store: DeskStore
  readonly clock: Clock
  /** Called when a remembered settlement is stored. */
  readonly made: () => void
  readonly log: (message: string, error: RexError) => void
}

/** Settles items. */
export interface Settlements {
  /**
   * Resolves when the settlement is durable or, while the disk is full, held in memory. A settlement in memory is
   * lost with the process: the item is then delivered again.
   * @throws RexError STORE_FAILED, CANCELLED
   */
  settle(settlement: Settlement): Promise<void>
  /** Threads with settlements in memory: their items wait. */
  threads(): string[]
  /** Stops retrying. */
  close(): void
}

/** Starts empty. Holds at most one settlement for each item in the store. */
export function createSettlements({ store, clock, made, log }: SettlementsOptions): Settlements {
  const remembered: Settlement[] = []
  let cancel: Cancel = () => {}
  let closed = false

  return {
    async settle(settlement) {
      try {
        await store.commit(settlement.work)
      } catch (error) {
        if (!RexError.is(error, 'STORE_FULL') || closed) throw error
        log('What was settled is kept in memory until there is room.', error)
        if (remembered.push(settlement) === 1) tryAfter(RETRY.firstMs)
      }
    },
    threads: () => remembered.map(({ thread }) => thread),
    close() {
      closed = true
      cancel()
    },
  }

  function tryAfter(ms: number): void {
    if (!closed) cancel = clock.after(ms, () => makeGood(ms))
  }

  async function makeGood(waitedMs: number): Promise<void> {
    try {
      for (let [next] = remembered; next !== undefined; [next] = remembered) {
        await store.commit(next.work)
        remembered.shift()
        made()
      }
    } catch (cause) {
      const error = RexError.from(cause)
      if (error.reason === 'STORE_FULL') return tryAfter(Math.min(waitedMs * 2, RETRY.mostMs))
      log('What was settled could not be kept; the items come again.', error)
    }
  }
}
