// Iterates over the changes of a desk, whether it is open in this process or behind a service. docs/guide/desk.md, "Changes"
import { RexError } from '../../core/error.ts'
import type { ChangesOptions, DeskChange } from '../api/changes.ts'
import type { Desk } from '../api/desk.ts'

/** How long one call waits for a change. Milliseconds. */
const WAIT_MS = 30_000

/**
 * Yields the changes one by one, with one page in memory at a time, until the signal aborts or the desk is closed.
 */
export async function* iterateChanges(
  read: Desk['readChanges'],
  { after, signal }: ChangesOptions,
): AsyncGenerator<DeskChange> {
  for (let from = after; ; ) {
    const page = await read({
      waitMs: WAIT_MS,
      ...(from !== undefined && { after: from }),
      ...(signal && { signal }),
    }).catch(endOf)
    if (page === undefined) return
    for (const change of page.changes) {
      if (signal?.aborted === true) return
      yield change
    }
    from = page.cursor
  }
}

/** Ends the iteration if the signal has aborted or the desk was closed. Rethrows any other error. */
function endOf(error: unknown): undefined {
  if (!RexError.is(error, 'CANCELLED')) throw error
}
