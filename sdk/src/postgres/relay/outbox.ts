// Carries out the rows of rex_outbox, each once, and in order within a thread. docs/guide/postgres.md, "Sending"
import { setTimeout as pause } from 'node:timers/promises'
import type { Desk } from '../../client/api/desk.ts'
import { RexError } from '../../core/error.ts'
import { readJson } from '../../core/input/json.ts'
import { type Act, carryOut } from '../acts.ts'
import { rowsOf, type Sql } from '../sql.ts'
import { createSlots, lent, meaningOf, problemOf, type Session, type Slots } from './parts.ts'
import { writeThreads } from './threads.ts'
import type { Waker } from './waker.ts'

/** Limits of a round: the number of rows, their total size in bytes as PostgreSQL stores them, and the number of acts that run at a time. */
const ROUND = 256
const ROUND_BYTES = 8 * 1024 * 1024
const AT_ONCE = 64
/**
 * Longest pause after the desk was unable to act, in milliseconds. The pause before a row is tried again is separate:
 * `AGAIN`.
 */
const PAUSE_MS = 30_000
/**
 * The pause doubles after each attempt, up to 300 s. The inner `least` bounds the exponent, because the power would
 * overflow for a row that waits for weeks.
 */
const AGAIN = `least(power(2, least(attempts, 9)), 300) * interval '1 second'`

/**
 * The first row of each thread, unless it waits for its next attempt or is being carried out. A refused row delays the later rows of
 * its thread until it is corrected or deleted.
 */
const FIRST = `SELECT * FROM rex_outbox o
  WHERE state = 'waiting' AND next_at <= now() AND id <> ALL($1)
    AND NOT EXISTS (SELECT FROM rex_outbox b WHERE b.queue = o.queue AND b.position < o.position)
  ORDER BY position LIMIT ${ROUND}`
const NEXT = `SELECT id, act, coalesce((SELECT t.thread FROM rex_thread t WHERE t.request::text = o.thread LIMIT 1), o.thread) AS thread,
    counterpart, input::text
  FROM (SELECT *, sum(bytes) OVER (ORDER BY position) - bytes AS before FROM (${FIRST}) f) o
  WHERE before < ${ROUND_BYTES} ORDER BY position`

/** A row to carry out. Its input is JSON text, because the strict reader checks it (T-143). */
type Row = Omit<Act, 'input'> & { readonly input: string }

/** The outcome of a row. */
interface Outcome {
  readonly row: Row
  /** Id of the row's thread, if the row is done. */
  readonly thread?: string
  readonly error?: RexError
}

/** Carries out rows until the session ends. While one round is carried out and recorded, the next one begins. */
export async function drainOutbox(session: Session, waker: Waker): Promise<void> {
  const { pool, signal, log } = session
  const slot = createSlots(AT_ONCE)
  const under = new Set<string>()
  let earlier: Promise<RexError | undefined> | undefined
  let pauseMs = 500
  while (!signal.aborted) {
    const rows = await lent(pool, (sql) => rowsOf<Row>(sql, NEXT, [[...under]]))
    const round = rows.length === 0 ? undefined : carryRound(session, rows, { slot, under })
    if (round !== undefined) session.ahead.begin(round)
    if (round === undefined && earlier === undefined) await waker.woken(signal)
    const stuck = await earlier
    earlier = round
    pauseMs = stuck === undefined ? 500 : Math.min(pauseMs * 2, PAUSE_MS)
    if (stuck === undefined) continue
    log({
      level: 'warn',
      message: 'The desk cannot act now; the relay waits.',
      fields: { reason: stuck.reason },
    })
    await pause(pauseMs, undefined, { signal }).catch(() => {})
  }
  await earlier
}

/** Carries out rows and records their outcomes; meanwhile, their ids are in `under`. Returns an error that concerns the desk, if there was one. */
async function carryRound(
  session: Session,
  rows: readonly Row[],
  { slot, under }: { readonly slot: Slots; readonly under: Set<string> },
): Promise<RexError | undefined> {
  for (const { id } of rows) under.add(id)
  const outcomes = (await Promise.all(rows.map((row) => slot(() => carry(session, row))))).flat()
  await record(session, outcomes)
  for (const { id } of rows) under.delete(id)
  return outcomes.find(({ error }) => error !== undefined && meaningOf(error) === 'desk')?.error
}

/** Carries out a row. Returns its outcome, or an empty list if the session ended before the act began. */
async function carry({ desk, signal }: Session, row: Row): Promise<Outcome[]> {
  if (signal.aborted) return []
  return actOf(desk, row).then(
    (thread) => [{ row, thread }],
    (error: unknown) => [{ row, error: RexError.from(error) }],
  )
}

async function actOf(desk: Desk, row: Row): Promise<string> {
  return carryOut(desk, { ...row, input: readJson(row.input, { path: 'input' }) as object })
}

async function record(session: Session, outcomes: readonly Outcome[]): Promise<void> {
  const done = outcomes.flatMap(({ row, thread }) => (thread === undefined ? [] : [{ row, thread }]))
  const failed = outcomes.flatMap(({ row, error }) =>
    error === undefined || meaningOf(error) === 'desk' ? [] : [{ row, error }],
  )
  if (done.length + failed.length === 0) return
  const requests = new Map(done.flatMap(({ row, thread }) => (row.act === 'send' ? [[thread, row.id]] : [])))
  const threads = done.map(({ thread }) => thread)
  await writeThreads(session, { threads, requests }, async (sql) => {
    await finish(sql, done)
    for (const { row, error } of failed) await note(sql, row.id, error)
  })
  for (const { row, error } of failed)
    session.log({
      level: 'warn',
      message:
        meaningOf(error) === 'refused' ? 'A row of rex_outbox was refused.' : 'A row of rex_outbox waits.',
      fields: { row: row.id, act: row.act, reason: error.reason },
    })
}

/** Deletes the rows that are done. Rows that waited for a new thread get its id. */
async function finish(
  sql: Sql,
  done: readonly { readonly row: Row; readonly thread: string }[],
): Promise<void> {
  if (done.length === 0) return
  await sql.query('DELETE FROM rex_outbox WHERE id = ANY($1)', [done.map(({ row }) => row.id)])
  const sent = done.filter(({ row }) => row.act === 'send')
  if (sent.length === 0) return
  await sql.query(
    `UPDATE rex_outbox SET thread = sent.thread FROM unnest($1::text[], $2::text[]) AS sent(row, thread)
     WHERE rex_outbox.thread = sent.row`,
    [sent.map(({ row }) => row.id), sent.map(({ thread }) => thread)],
  )
}

async function note(sql: Sql, id: string, error: RexError): Promise<void> {
  await sql.query(
    `UPDATE rex_outbox SET state = $2, problem = $3, attempts = attempts + 1, next_at = now() + ${AGAIN} WHERE id = $1`,
    [id, meaningOf(error) === 'refused' ? 'refused' : 'waiting', JSON.stringify(problemOf(error))],
  )
}
