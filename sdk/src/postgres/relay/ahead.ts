// Records which threads the relay has already written to rex_thread when it carried out an act or stored an item, so
// that it need not write them again when it reads their changes.
import type { DeskChange } from '../../client/api/changes.ts'

/**
 * Records which changes rex_thread already shows. The record is only in memory, so after a crash, threads are written once more.
 */
export interface Ahead {
  /** Announces work that writes threads. Before the work ends, it must call `note` for these threads. */
  begin(work: Promise<unknown>): void
  /**
   * Resolves when the work that has begun so far has ended. Before that, `has` may miss a change that this work makes and writes.
   */
  ended(): Promise<void>
  /** Notes that these threads were written in the state after the change `cursor`, or in a later state. */
  note(threads: Iterable<string>, cursor: string): void
  /** Whether rex_thread already shows the state that the thread has after this change, or a later one. */
  has(change: Pick<DeskChange, 'cursor'> & { readonly thread: string }): boolean
  /** Drops the notes up to `cursor`, because all changes up to this cursor are written. */
  reach(cursor: string): void
}

// Cursors are numbers that grow, even after a restore (docs/adr/0053-changes-are-recorded-by-the-store.md).
export function createAhead(): Ahead {
  const written = new Map<string, number>()
  const running = new Set<Promise<void>>()
  return {
    begin(work) {
      const end: Promise<void> = work.then(ignore, ignore).then(() => void running.delete(end))
      running.add(end)
    },
    ended: async () => void (await Promise.all(running)),
    note(threads, cursor) {
      for (const thread of threads) written.set(thread, Number(cursor))
    },
    has: ({ thread, cursor }) => Number(cursor) <= (written.get(thread) ?? -1),
    reach(cursor) {
      for (const [thread, ahead] of written) if (ahead <= Number(cursor)) written.delete(thread)
    },
  }
}

const ignore = () => {}
