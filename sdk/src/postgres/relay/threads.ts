// The read model rex_thread: one row for each track, as the desk reports it. docs/guide/postgres.md, "Lists"
import { setTimeout as pause } from 'node:timers/promises'
import type { ChangesRead, DeskChange } from '../../client/api/changes.ts'
import type { Desk, ThreadSummary } from '../../client/api/desk.ts'
import { RexError } from '../../core/error.ts'
import type { Sql } from '../sql.ts'
import { lent, type Session, transaction } from './parts.ts'

/** Maximum number of threads in a page, and of changes in a read. */
const PAGE = 100
const MOST_CHANGES = 1000
/** How long a read waits for a change, and how long the relay pauses between reads. Milliseconds. */
const WAIT_MS = 30_000
const REST_MS = 200

/** Threads to write, and the rows that sent them, if any. */
export interface Written {
  readonly threads: readonly string[]
  /** Ids of rows by id of their thread. */
  readonly requests?: ReadonlyMap<string, string>
}

/** Writes the current state of threads and, in the same transaction, the writes of `also`. */
export async function writeThreads(
  { desk, pool, inTurn, ahead }: Session,
  { threads, requests }: Written,
  also: (sql: Sql, tracks: readonly ThreadSummary[]) => Promise<void>,
): Promise<void> {
  await inTurn(async () => {
    const cursor = await desk.lastChange()
    const tracks = await tracksOf(desk, threads)
    await transaction(pool, async (sql) => {
      await writeTracks(sql, { tracks, organisation: desk.organisation, ...(requests && { requests }) })
      await also(sql, tracks)
    })
    ahead.note(threads, cursor)
  })
}

/** Returns all tracks of these threads, in their current state. */
async function tracksOf(desk: Desk, threads: Iterable<string>): Promise<ThreadSummary[]> {
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

/** Tracks to write for an organisation. */
interface Tracks extends Pick<Written, 'requests'> {
  readonly tracks: readonly ThreadSummary[]
  readonly organisation: string
}

/** Writes tracks, and removes those of erased threads. */
async function writeTracks(sql: Sql, { tracks, organisation, requests }: Tracks): Promise<void> {
  const gone = tracks.filter(({ state }) => state === 'erased').map(({ id }) => id)
  if (gone.length > 0) await forget(sql, gone)
  const kept = tracks.filter(({ counterpart }) => counterpart !== '')
  const records = kept.map((track) => ({
    ...recordOf(track, organisation),
    request: requests?.get(track.id),
  }))
  if (records.length > 0) await sql.query(UPSERT, [JSON.stringify(records)])
}

function recordOf(track: ThreadSummary, organisation: string): object {
  const { id, nextStep, undelivered, updatedMs, cursor: _, ...same } = track
  return {
    ...same,
    thread: id,
    mine: nextStep?.who === organisation,
    next_who: nextStep?.who,
    next_what: nextStep?.what,
    due_ms: nextStep?.byMs,
    undelivered: undelivered?.reason,
    updated_ms: updatedMs,
  }
}

/** Removes threads from the database: their rows, and the content of items that have not been handled yet. */
export async function forget(sql: Sql, threads: readonly string[]): Promise<void> {
  await sql.query(
    `DELETE FROM rex_outbox WHERE thread = ANY($1)
       OR thread IN (SELECT request::text FROM rex_thread WHERE rex_thread.thread = ANY($1))`,
    [threads],
  )
  await sql.query('DELETE FROM rex_thread WHERE thread = ANY($1)', [threads])
  // Keep the item that reports the erasure, because the application needs it. The relay may have written that item before it
  // reads the change, or before it reads the change a second time.
  await sql.query(`UPDATE rex_inbox SET ${EMPTY} WHERE thread = ANY($1) AND kind IS DISTINCT FROM 'erased'`, [
    threads,
  ])
}

/** Empties a row of rex_inbox. Its id stays, so that the item is recognised if it is delivered again. */
export const EMPTY = `state = 'done', item = NULL, thread = NULL, kind = NULL, problem = NULL, done_at = now()`

/**
 * Keeps rex_thread current until the session ends, by applying every change of the desk. `cursor`: the last change that has been written;
 * undefined if there is none.
 */
export async function followThreads(session: Session, cursor: string | undefined): Promise<void> {
  const { desk, signal } = session
  let after = cursor ?? (await walk(session))
  while (!signal.aborted)
    try {
      const read = await desk.readChanges({ after, limit: MOST_CHANGES, waitMs: WAIT_MS, signal })
      const lostSome = read.changes.some(({ kind }) => kind === 'restored')
      after = lostSome ? await walk(session) : await write(session, read)
      // Wait briefly, so that changes that occur together are written together.
      await pause(REST_MS, undefined, { signal }).catch(() => {})
    } catch (error) {
      if (signal.aborted) return
      if (!RexError.is(error, 'EXPIRED')) throw error
      after = await walk(session)
    }
}

/** Writes the threads that have changed. Returns the cursor to continue after. */
async function write(session: Session, { changes, cursor }: ChangesRead): Promise<string> {
  const { ahead } = session
  await ahead.ended()
  const threads = changes.flatMap((change) =>
    'thread' in change && shows(change) && !ahead.has(change) ? [change.thread] : [],
  )
  await writeThreads(session, { threads }, (sql) => goOn(sql, cursor))
  ahead.reach(cursor)
  return cursor
}

/** Records the cursor of the last change that is written. */
async function goOn(sql: Sql, cursor: string): Promise<void> {
  await sql.query('UPDATE rex_relay SET cursor = $1', [cursor])
}

/** Whether the change is visible in a list. A message in transit passes through states that no list shows. */
const shows = (change: DeskChange): boolean =>
  change.kind !== 'delivery' || !['intended', 'submitted', 'stored', 'seen'].includes(change.state)

/**
 * Writes all threads. Needed if the tables are new, or if the desk no longer has the changes since the stored cursor. Returns the cursor to
 * continue after.
 */
async function walk(session: Session): Promise<string> {
  const { desk, pool, signal, inTurn } = session
  const { organisation } = desk
  const cursor = await desk.lastChange()
  let after: string | undefined
  while (!signal.aborted) {
    const page = await inTurn(async () => {
      const tracks = await desk.threads({ limit: PAGE, ...(after !== undefined && { after }) })
      await transaction(pool, (sql) => writeTracks(sql, { tracks, organisation }))
      return tracks
    })
    after = page.at(-1)?.cursor
    if (new Set(page.map(({ id }) => id)).size < PAGE) break
  }
  if (!signal.aborted) await lent(pool, (sql) => goOn(sql, cursor))
  return cursor
}
