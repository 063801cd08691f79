// Legal hold, which forbids the erasure of a thread. docs/guide/desk.md, "Erasure"
import type { DeskContext } from '../context.ts'
import type { EventComposer } from '../send/event.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'
import { checkKept } from '../thread/repository/repository.ts'

/**
 * Puts a thread under legal hold or, if the hold is undefined, ends it. If the thread is already under hold, the time of the first hold is kept.
 * @throws RexError ERASED
 */
export function setHold(
  { store, threads, time }: DeskContext,
  composer: EventComposer,
  { thread, hold }: { readonly thread: OpenThread; readonly hold: { readonly note?: string } | undefined },
): Promise<void> {
  return composer.alone(thread, () =>
    store.commit(
      (write) => {
        checkKept(thread)
        const { hold: before, ...summary } = thread.summary
        const sinceMs = before?.sinceMs ?? time.date()
        thread.summary = hold === undefined ? summary : { ...summary, hold: { ...hold, sinceMs } }
        const { updatedMs } = store.read.thread(thread.id) ?? { updatedMs: sinceMs }
        write.putThread(threads.record(thread, updatedMs))
        write.putOver(thread.id, undefined)
        write.noteHold(thread.id, hold !== undefined)
      },
      () => threads.reload(thread.id),
    ),
  )
}
