// Lists threads: all threads, threads in which somebody owes a step, or threads that match a search. docs/guide/desk.md, "Threads"
import { setImmediate as otherWork } from 'node:timers/promises'
import { RexError } from '../core/error.ts'
import { readEntityId } from '../core/identifier.ts'
import type { ThreadSummary, ThreadsOptions } from './api/desk.ts'
import type { DeskContext } from './context.ts'
import type { Search } from './search/search.ts'
import type { DeskReads, Place } from './store/store.ts'
import { headOf, type OpenThread } from './thread/repository/open-thread.ts'
import { readable } from './thread/repository/repository.ts'
import { viewOf } from './thread/view/view.ts'

const PAGE = 256

/** Lists the matching threads, up to the limit. @throws RexError MALFORMED for an invalid cursor, UNAVAILABLE as `Search.current` does */
export async function listThreads(
  desk: DeskContext,
  search: Search,
  given: ThreadsOptions = {},
): Promise<ThreadSummary[]> {
  const wanted = withIds(given)
  const { threads } = desk
  const { limit = 100, due = Number.POSITIVE_INFINITY } = wanted
  const found: ThreadSummary[][] = []
  for await (const place of await placesFor(desk, search, wanted)) {
    if (inOrderOfDue(wanted) && place.ms > due) break
    if (isDirect(wanted) && wanted.text !== undefined && !search.hasText(place.id, wanted.text)) continue
    const thread = readable(threads, place.id, desk.warn)
    const all = thread === undefined ? unreadable(place, desk) : summariesOf(thread, place, desk)
    const group = thread && headOf(thread).group?.id
    const tracks = all.filter((track) => fits(track, wanted, { organisation: desk.organisation, group }))
    if (tracks.length > 0) found.push(tracks)
    if (found.length >= limit) break
  }
  return found.flat()
}

/** Returns the options with the organisations in the canonical form in which they are stored. */
function withIds({ counterpart, responsible, ...rest }: ThreadsOptions): ThreadsOptions {
  return {
    ...rest,
    ...(counterpart !== undefined && { counterpart: readEntityId(counterpart) }),
    ...(responsible !== undefined && { responsible: readEntityId(responsible) }),
  }
}

/** Whether the list is by reference or id. Such lists have a different order. */
function isDirect({ ref, idPrefix }: ThreadsOptions): boolean {
  return ref !== undefined || idPrefix !== undefined
}

/** Whether the list is in the order of due times. */
function inOrderOfDue(wanted: ThreadsOptions): boolean {
  const { open = false, mine = false, due } = wanted
  return !isDirect(wanted) && (open || mine || due !== undefined)
}

/** Chooses the index with which the fewest threads have to be read. All other filters are applied to its results. */
async function placesFor(
  desk: DeskContext,
  search: Search,
  wanted: ThreadsOptions,
): Promise<AsyncGenerator<Place>> {
  const { ref, idPrefix, limit = 100, counterpart, kind, state, responsible, group, text } = wanted
  const { read } = desk.store
  const after = wanted.after === undefined ? undefined : placeOf(wanted.after)
  const byIndex = [counterpart, kind, state, responsible, group, text].some((one) => one !== undefined)
  if (text !== undefined || (byIndex && !isDirect(wanted))) await search.current()
  if (ref !== undefined) {
    const refMac = desk.threads.refMacOf(ref)
    return places((most, from) => read.byRef(refMac, most, from), after)
  }
  if (idPrefix !== undefined) return places((most, from) => read.byPrefix(idPrefix, most, from), after)
  const isByDue = inOrderOfDue(wanted)
  if (byIndex) return search.places(wanted, isByDue ? 'due' : 'changed', { limit, after })
  return places(isByDue ? read.open : lastChanged(read), after)
}

/** Returns whether a track passes all filters, except `text`. */
function fits(
  track: ThreadSummary,
  { open = false, mine = false, ...wanted }: ThreadsOptions,
  { organisation, group }: { readonly organisation: string; readonly group: string | undefined },
): boolean {
  const { id, ref, counterpart, kind, state, responsible, nextStep } = track
  const own = { ref, counterpart, kind, state, responsible, group }
  const isSame = (Object.keys(own) as (keyof typeof own)[]).every(
    (name) => wanted[name] === undefined || wanted[name] === own[name],
  )
  if (!isSame || !id.startsWith(wanted.idPrefix ?? '')) return false
  if (wanted.due !== undefined && !isDueBy(wanted.due, nextStep)) return false
  return mine ? nextStep !== undefined && isOwedBy(organisation, nextStep) : !open || nextStep !== undefined
}

/** Returns whether a step is due by a time. A step that is overdue from its beginning has no due time. */
function isDueBy(ms: number, step: ThreadSummary['nextStep']): boolean {
  return step !== undefined && (step.byMs === undefined ? step.overdue : step.byMs <= ms)
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

/** Yields the places that `read` returns, page by page. Other work can run between the pages. */
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
