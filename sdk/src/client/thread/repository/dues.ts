// Possible due times of a thread's steps: they drive lists of open threads and alarms. docs/spec/thread.md, "Alarms"
import { STATES } from '../../../core/thread/transitions.ts'
import { viewTrack } from '../../../core/thread/view.ts'
import type { DeskReads, DeskWrites } from '../../store/store.ts'
import { FAILED } from '../states.ts'
import type { OpenThread } from './open-thread.ts'

/**
 * Called after an event was placed in its track. `soonestMs`: earliest due time of a new step of the thread. A thread in
 * which nobody owes anything no longer adds to the cost of lists and alarms.
 */
export function noteDue(
  write: DeskWrites,
  thread: OpenThread,
  { read, soonestMs }: { readonly read: Pick<DeskReads, 'deliveries'>; readonly soonestMs: number },
): void {
  if (owesNothing(thread, read)) write.dueSeen(thread.id, { dueMs: undefined, nextMs: undefined })
  else write.dueFrom(thread.id, soonestMs)
}

/** Whether every track is finished, with nothing to acknowledge and no message undelivered. Alarms check more closely. */
function owesNothing({ id, tracks }: OpenThread, read: Pick<DeskReads, 'deliveries'>): boolean {
  const all = [...tracks.values()]
  return (
    all.every(({ state }) => STATES[state].owes === undefined) &&
    all.every((track) => viewTrack(track, NO_CLOCK).nextStep === undefined) &&
    read.deliveries(id).every(({ state }) => !FAILED.has(state))
  )
}

const NO_CLOCK = { now: 0, urgent: false, receivedMs: () => undefined }
