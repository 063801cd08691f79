// Lists threads: all threads, threads in which somebody owes a step, or threads that match a search. docs/guide/desk.md, "Threads"
import { setImmediate as otherWork } from 'node:timers/promises'
import { RexError } from '../core/error.ts'
import type { ThreadSummary, ThreadsOptions } from './api/desk.ts'
import type { DeskContext } from './context.ts'
import type { DeskReads, Place } from './store/store.ts'
import type { OpenThread } from './thread/repository/open-thread.ts'
import { readable } from './thread/repository/repository.ts'
import { viewOf } from './thread/view/view.ts'

const PAGE = 256

/** Lists the matching threads, up to the limit. @throws RexError MALFORMED for an invalid cursor */
export async function listThreads(desk: DeskContext, wanted: ThreadsOptions = {}): Promise<ThreadSummary[]> {
  const { organisation, threads } = desk
  const { open = false, mine = false, limit = 100, after, idPrefix = '' } = wanted
  const read = readerFor(wanted, desk)
  const fits = ({ id, nextStep }: ThreadSummary): boolean =>
    id.startsWith(idPrefix) &&
    (mine ? nextStep !== undefined && isOwedBy(organisation, nextStep) : !open || nextStep !== undefined)
  const found: ThreadSummary[][] = []
  for await (const place of places(read, after === undefined ? undefined : placeOf(after))) {
    const thread = readable(threads, place.id, desk.warn)
    const all = thread === undefined ? unreadable(place, desk) : summariesOf(thread, place, desk)
    const tracks = all.filter(fits)
    if (tracks.length > 0) found.push(tracks)
    if (found.length >= limit) break
  }
  return found.flat()
}

/** Chooses the index to read. A search has its own index, so `open` and `mine` only filter the matches. */
function readerFor(
  { open = false, mine = false, ref, idPrefix }: ThreadsOptions,
  { store: { read }, threads }: DeskContext,
): DeskReads['open'] {
  if (ref !== undefined) {
    const refMac = threads.refMacOf(ref)
    return (limit, after) => read.byRef(refMac, limit, after)
  }
  if (idPrefix !== undefined) return (limit, after) => read.byPrefix(idPrefix, limit, after)
  return open || mine ? read.open : lastChanged(read)
}

/** Lists overdue tracks and unreadable threads: at most `limit + 1`, so that the caller can tell whether more exist. */
export async function overdueTracks(desk: DeskContext, limit: number): Promise<ThreadSummary[]> {
  const found: ThreadSummary[] = []
  for await (const place of places(desk.store.read.open, undefined)) {
    if (place.ms > desk.clock.now() || found.length > limit) break
    const thread = readable(desk.threads, place.id, desk.warn)
    const all = thread === undefined ? unreadable(place, desk) : summariesOf(thread, place, desk)
    found.push(...all.filter(({ state, nextStep }) => state === 'unreadable' || nextStep?.overdue === true))
  }
  return found.slice(0, limit + 1)
}

/** Returns whether the organisation owes the step. While a message is on its way, nobody owes a step unless delivery is overdue. */
function isOwedBy(
  organisation: string,
  { who, what, overdue }: NonNullable<ThreadSummary['nextStep']>,
): boolean {
  return who === organisation && (overdue || what !== 'await-arrival')
}

/** Reads page by page, and lets other work run between pages. */
async function* places(read: DeskReads['open'], after: Place | undefined): AsyncGenerator<Place> {
  let last = after
  for (;;) {
    const page = read(PAGE, last)
    yield* page
    if (page.length < PAGE) return
    last = page.at(-1)
    await otherWork()
  }
}

function lastChanged({ threads }: DeskReads): DeskReads['open'] {
  return (limit, after) => threads(limit, after).map(({ id, updatedMs }) => ({ id, ms: updatedMs }))
}

function summariesOf(thread: OpenThread, place: Place, desk: DeskContext): ThreadSummary[] {
  const { ref, kind, urgent } = thread.summary
  const { id, test, role } = thread
  const { updatedMs } = desk.store.read.thread(id) ?? { updatedMs: 0 }
  return [...thread.tracks.keys()].map((counterpart) => {
    const { state, responsible, undelivered, unreceived, nextStep } = viewOf(thread, counterpart, desk)
    return {
      id,
      cursor: cursorOf(place),
      ...(ref !== undefined && { ref }),
      test,
      role,
      counterpart,
      kind,
      state,
      responsible,
      urgent,
      updatedMs,
      ...(undelivered !== undefined && { undelivered }),
      unreceived,
      ...(nextStep !== undefined && { nextStep }),
    }
  })
}

function unreadable(place: Place, { store, organisation }: DeskContext): ThreadSummary[] {
  const record = store.read.thread(place.id)
  if (record === undefined) return []
  const { id, test, role, updatedMs, erased } = record
  const nextStep = { who: organisation, what: 'repair', overdue: false }
  const nothing = { counterpart: '', kind: '', responsible: organisation, urgent: false, unreceived: false }
  const head = { id, cursor: cursorOf(place), test, role, updatedMs, ...nothing }
  return [erased === undefined ? { ...head, state: 'unreadable', nextStep } : { ...head, state: 'erased' }]
}

function cursorOf({ ms, id }: Place): string {
  return `${ms}-${id}`
}

function placeOf(cursor: string): Place {
  const [, ms, id] = /^(\d{1,16})-([0-9a-f]{32})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined)
    throw new RexError('MALFORMED', 'This is not a cursor of a list of threads.', { path: 'after' })
  return { ms: Number(ms), id }
}
