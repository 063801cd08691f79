// The read model rex_thread: a row for each track, written from what the desk says. docs/guide/postgres.md, "Lists"
import type { Desk, ThreadSummary } from '../../client/api/desk.ts'
import type { Sql } from '../sql.ts'
import { type Session, transaction } from './parts.ts'
import { createWaker } from './waker.ts'

/** Threads in one look at the list of the desk. */
const PAGE = 100
/** Changes this much older than the newest are looked at again: several can have the same time. Milliseconds. */
const OVERLAP_MS = 5000
/** Tracks of which the written state is known. */
const KNOWN = 1000

/** A track, and the row that sent its thread if a row did. */
export interface TrackRow {
  readonly track: ThreadSummary
  readonly request?: string
}

/** All tracks of threads, as the desk sees them now. */
export async function tracksOf(desk: Desk, threads: Iterable<string>): Promise<ThreadSummary[]> {
  const found = [...new Set(threads)].map((idPrefix) => desk.threads({ idPrefix, limit: 1 }))
  return (await Promise.all(found)).flat()
}

const COLUMNS = `thread text, counterpart text, request uuid, ref text, role text, kind text, test boolean, urgent boolean, state text,
  responsible text, mine boolean, next_who text, next_what text, due_ms double precision, undelivered text, unreceived boolean,
  updated_ms double precision`
const SAME = [
  'ref',
  'state',
  'responsible',
  'mine',
  'next_who',
  'next_what',
  'due_at',
  'undelivered',
  'unreceived',
  'updated_at',
]
const UPSERT = `INSERT INTO rex_thread (thread, counterpart, request, ref, role, kind, test, urgent, state, responsible, mine, next_who,
    next_what, due_at, undelivered, unreceived, updated_at)
  SELECT thread, counterpart, request, ref, role, kind, test, urgent, state, responsible, mine, next_who, next_what,
    to_timestamp(due_ms / 1000), undelivered, unreceived, to_timestamp(updated_ms / 1000)
  FROM jsonb_to_recordset($1) AS track(${COLUMNS})
  ON CONFLICT (thread, counterpart) DO UPDATE SET request = coalesce(rex_thread.request, excluded.request),
    ${SAME.map((name) => `${name} = excluded.${name}`).join(', ')}`

/** Writes tracks; those of erased threads go. */
export async function writeTracks(sql: Sql, rows: readonly TrackRow[], organisation: string): Promise<void> {
  const gone = rows.filter(({ track }) => track.state === 'erased').map(({ track }) => track.id)
  if (gone.length > 0) await forget(sql, gone)
  const kept = rows.filter(({ track }) => track.counterpart !== '')
  if (kept.length > 0)
    await sql.query(UPSERT, [JSON.stringify(kept.map((row) => recordOf(row, organisation)))])
}

function recordOf({ track, request }: TrackRow, organisation: string): object {
  const { id, nextStep, undelivered, updatedMs, cursor: _, ...same } = track
  return {
    ...same,
    thread: id,
    request,
    mine: nextStep?.who === organisation,
    next_who: nextStep?.who,
    next_what: nextStep?.what,
    due_ms: nextStep?.byMs,
    undelivered: undelivered?.reason,
    updated_ms: updatedMs,
  }
}

/** Removes what the database has of threads: the rows, and the content of items that nobody has handled yet. */
export async function forget(sql: Sql, threads: readonly string[]): Promise<void> {
  await sql.query(
    `DELETE FROM rex_outbox WHERE thread = ANY($1)
       OR thread IN (SELECT request::text FROM rex_thread WHERE rex_thread.thread = ANY($1))`,
    [threads],
  )
  await sql.query('DELETE FROM rex_thread WHERE thread = ANY($1)', [threads])
  await sql.query(`UPDATE rex_inbox SET ${EMPTY} WHERE thread = ANY($1)`, [threads])
}

/** Ends a row of rex_inbox: only its id stays, so that the item is known if it comes again. */
export const EMPTY = `state = 'done', item = NULL, thread = NULL, kind = NULL, problem = NULL, done_at = now()`

/** Follows what changes without a row and without an item, such as the acts of people, until the session ends. */
export async function followThreads(session: Session, sinceMs: number): Promise<void> {
  const { signal } = session
  const waker = createWaker()
  const written = new Map<string, string>()
  let newest = sinceMs
  while (!signal.aborted) {
    newest = await session.inTurn(() => catchUp(session, written, newest))
    await waker.woken(signal)
  }
}

/** Writes the tracks that have changed since. Returns the time of the newest change. */
async function catchUp(session: Session, written: Map<string, string>, sinceMs: number): Promise<number> {
  const { desk, signal, pool } = session
  let newest = sinceMs
  let after: string | undefined
  while (!signal.aborted) {
    const page = await desk.threads({ limit: PAGE, ...(after !== undefined && { after }) })
    const recent = page.filter(({ updatedMs }) => updatedMs > sinceMs - OVERLAP_MS)
    const changed = recent.filter((track) => written.get(keyOf(track)) !== JSON.stringify(track))
    newest = Math.max(newest, ...recent.map(({ updatedMs }) => updatedMs))
    if (changed.length > 0)
      await transaction(pool, async (sql) => {
        await writeTracks(
          sql,
          changed.map((track) => ({ track })),
          desk.organisation,
        )
        // Only a complete walk moves the mark: what is older than it is never looked at again.
        if (recent.length < page.length || page.length < PAGE)
          await sql.query('UPDATE rex_relay SET changed_ms = $1', [newest])
      })
    for (const track of changed) remember(written, keyOf(track), JSON.stringify(track))
    if (recent.length < page.length || new Set(page.map(({ id }) => id)).size < PAGE) return newest
    after = page.at(-1)?.cursor
  }
  return sinceMs
}

const keyOf = ({ id, counterpart }: ThreadSummary) => `${id} ${counterpart}`

function remember(written: Map<string, string>, key: string, value: string): void {
  written.delete(key)
  written.set(key, value)
  const [oldest] = written.keys()
  if (written.size > KNOWN) written.delete(oldest as string)
}
