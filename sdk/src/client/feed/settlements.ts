// Settlements of items that found no room on the disk: remembered, and made good when there is some. docs/guide/desk.md, "Receiving"
import { RexError } from '../../core/error.ts'
import type { Cancel, Clock } from '../clock/clock.ts'
import type { DeskStore, DeskWrites } from '../store/store.ts'

const RETRY = { firstMs: 1_000, mostMs: 60_000 }

/** What becomes of an item. */
interface Settlement {
  /** Thread id, hex. */
  readonly thread: string
  readonly work: (write: DeskWrites) => void
}

/** Dependencies of settlements. */
export interface SettlementsOptions {
  readonly store: DeskStore
  readonly clock: Clock
  /** A remembered settlement was made. */
  readonly made: () => void
  readonly log: (message: string, error: RexError) => void
}

/** Settles items. */
export interface Settlements {
  /**
   * Resolves when the settlement is durable or, while the disk is full, remembered. What is remembered is lost with the process: the
   * item then comes again. @throws RexError STORE_FAILED, CANCELLED
   */
  settle(settlement: Settlement): Promise<void>
  /** Threads with remembered settlements: their items wait. */
  threads(): string[]
  /** Tries no more. */
  close(): void
}

/** Nothing is remembered. There is never more than one settlement for each item that the store holds. */
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
