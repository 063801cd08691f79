// When steps of a thread may fall due: what lists of open threads and alarms go by. docs/spec/thread.md, "Alarms"
import { STATES } from '../../core/thread/transitions.ts'
import { viewTrack } from '../../core/thread/view.ts'
import type { DeskReads, DeskWrites } from '../store/store.ts'
import type { OpenThread } from './open-thread.ts'
import { FAILED } from './states.ts'

/**
 * After an event that stands in its track: no step of the thread that is new falls due before `soonestMs`. A thread in which nobody
 * owes anything costs lists and alarms nothing from now on.
 */
export function noteDue(
  write: DeskWrites,
  thread: OpenThread,
  { read, soonestMs }: { readonly read: Pick<DeskReads, 'deliveries'>; readonly soonestMs: number },
): void {
  if (owesNothing(thread, read)) write.dueSeen(thread.id, { dueMs: undefined, nextMs: undefined })
  else write.dueFrom(thread.id, soonestMs)
}

/** Whether it is over on every track, with nothing left to acknowledge, and nothing that did not arrive. Alarms look closer. */
function owesNothing({ id, tracks }: OpenThread, read: Pick<DeskReads, 'deliveries'>): boolean {
  const all = [...tracks.values()]
  return (
    all.every(({ state }) => STATES[state].owes === undefined) &&
    all.every((track) => viewTrack(track, NO_CLOCK).nextStep === undefined) &&
    read.deliveries(id).every(({ state }) => !FAILED.has(state))
  )
}

const NO_CLOCK = { now: 0, urgent: false, receivedMs: () => undefined }
