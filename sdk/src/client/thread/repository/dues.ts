// Records when the steps of a thread may fall due, for lists of open threads and for alarms. docs/spec/thread.md, "Alarms"
import { STATES } from '../../../core/thread/transitions.ts'
import { viewTrack } from '../../../core/thread/view.ts'
import type { DeskReads, DeskWrites } from '../../store/store.ts'
import { FAILED } from '../states.ts'
import type { OpenThread } from './open-thread.ts'

/**
 * Records the due time of a thread after an event was placed in its track. `soonestMs` is the earliest due time of a
 * new step. If nobody owes a step in the thread, removes its due time, so that lists and alarms need not read the
 * thread.
 */
export function noteDue(
  write: DeskWrites,
  thread: OpenThread,
  { read, soonestMs }: { readonly read: Pick<DeskReads, 'deliveries'>; readonly soonestMs: number },
): void {
  if (owesNothing(thread, read)) write.dueSeen(thread.id, { dueMs: undefined, nextMs: undefined })
  else write.dueFrom(thread.id, soonestMs)
}

/**
 * Returns whether every track is finished, nothing is unacknowledged, and no message failed. Alarms are based on a more exact
 * check.
 */
function owesNothing({ id, tracks }: OpenThread, read: Pick<DeskReads, 'deliveries'>): boolean {
  const all = [...tracks.values()]
  return (
    all.every(({ state }) => STATES[state].owes === undefined) &&
    all.every((track) => viewTrack(track, NO_CLOCK).nextStep === undefined) &&
    read.deliveries(id).every(({ state }) => !FAILED.has(state))
  )
}

const NO_CLOCK = { now: 0, urgent: false, receivedMs: () => undefined }
