// Carries out the rows of rex_outbox, each once, and in order within a thread. docs/guide/postgres.md, "Sending"
import { setTimeout as pause } from 'node:timers/promises'
import { RexError } from '../../core/error.ts'
import { type Act, carryOut } from '../acts.ts'
import { rowsOf, type Sql } from '../sql.ts'
import { lent, meaningOf, problemOf, type Session, transaction } from './parts.ts'
import { tracksOf, writeTracks } from './threads.ts'
import type { Waker } from './waker.ts'

/** Maximum number of rows in a round, and of acts that run at a time. */
const ROUND = 256
const AT_ONCE = 64
/** Longest pause after the desk was unable to act, and before a row is tried again. */
const PAUSE_MS = 30_000
/** 2^9 exceeds 300. Without a bound, the power would overflow for a row that waits for weeks. */
const AGAIN = `least(power(2, least(attempts, 9)), 300) * interval '1 second'`

/**
 * The first row of each thread, unless it waits for its next attempt or is being carried out. A refused row holds back the later rows of
 * its thread.
 */
const NEXT = `SELECT id, act, coalesce((SELECT t.thread FROM rex_thread t WHERE t.request::text = o.thread LIMIT 1), o.thread) AS thread,
    counterpart, input
  FROM rex_outbox o
  WHERE state = 'waiting' AND next_at <= now() AND id <> ALL($1)
    AND NOT EXISTS (SELECT FROM rex_outbox b WHERE b.queue = o.queue AND b.position < o.position)
  ORDER BY position LIMIT ${ROUND}`

/** The outcome of a row. */
interface Outcome {
  readonly row: Act
  /** Id of its thread if it is done. */
  readonly thread?: string
  readonly error?: RexError
}

/** Carries out rows until the session ends. While one round is being recorded, the next one runs. */
export async function drainOutbox(session: Session, waker: Waker): Promise<void> {
  const { pool, signal, log } = session
  let recording: Promise<void> = Promise.resolve()
  let under: readonly string[] = []
  let pauseMs = 500
  while (!signal.aborted) {
    const rows = await lent(pool, (sql) => rowsOf<Act>(sql, NEXT, [under]))
    if (rows.length === 0) {
      await recording
      if (under.length === 0) await waker.woken(signal)
      under = []
      continue
    }
    const outcomes = await carryAll(session, rows)
    await recording
    under = rows.map(({ id }) => id)
    recording = session.inTurn(() => record(session, outcomes))
    recording.catch(() => {})
    const stuck = outcomes.find(({ error }) => error !== undefined && meaningOf(error) === 'desk')?.error
    pauseMs = stuck === undefined ? 500 : Math.min(pauseMs * 2, PAUSE_MS)
    if (stuck === undefined) continue
    log({
      level: 'warn',
      message: 'The desk cannot act now; the relay waits.',
      fields: { reason: stuck.reason },
    })
    await recording
    under = []
    await pause(pauseMs, undefined, { signal }).catch(() => {})
  }
  await recording
}

async function carryAll({ desk, signal }: Session, rows: readonly Act[]): Promise<Outcome[]> {
  const waiting = rows.values()
  const outcomes: Outcome[] = []
  const work = async () => {
    for (const row of waiting) {
      if (signal.aborted) return
      const done = await carryOut(desk, row).then(
        (thread) => ({ row, thread }),
        (error: unknown) => ({ row, error: RexError.from(error) }),
      )
      outcomes.push(done)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return outcomes
}

async function record({ desk, pool, log }: Session, outcomes: readonly Outcome[]): Promise<void> {
  const done = outcomes.flatMap(({ row, thread }) => (thread === undefined ? [] : [{ row, thread }]))
  const failed = outcomes.flatMap(({ row, error }) =>
    error === undefined || meaningOf(error) === 'desk' ? [] : [{ row, error }],
  )
  if (done.length + failed.length === 0) return
  const requests = new Map(done.flatMap(({ row, thread }) => (row.act === 'send' ? [[thread, row.id]] : [])))
  const tracks = await tracksOf(
    desk,
    done.map(({ thread }) => thread),
  )
  await transaction(pool, async (sql) => {
    await finish(sql, done)
    for (const { row, error } of failed) await note(sql, row.id, error)
    const rows = tracks.map((track) => {
      const request = requests.get(track.id)
      return { track, ...(request !== undefined && { request }) }
    })
    await writeTracks(sql, rows, desk.organisation)
  })
  for (const { row, error } of failed)
    log({
      level: 'warn',
      message:
        meaningOf(error) === 'refused' ? 'A row of rex_outbox was refused.' : 'A row of rex_outbox waits.',
      fields: { row: row.id, act: row.act, reason: error.reason },
    })
}

/** Deletes the rows that are done. Rows that waited for a new thread get its id. */
async function finish(
  sql: Sql,
  done: readonly { readonly row: Act; readonly thread: string }[],
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
