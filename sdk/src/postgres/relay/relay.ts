// Relays between a desk and the tables in the database of an application. docs/guide/postgres.md, "The relay"
import { setTimeout as pause } from 'node:timers/promises'
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import type { DeskProblem } from '../../client/api/problems.ts'
import { createTurns } from '../../client/clock/turns.ts'
import { RexError } from '../../core/error.ts'
import { type PooledSql, rowsOf, type Sql } from '../sql.ts'
import { createAhead } from './ahead.ts'
import { takeItems } from './inbox.ts'
import { drainOutbox } from './outbox.ts'
import { openPool, type RelayPool } from './pool.ts'
import { followThreads } from './threads.ts'
import { createWaker } from './waker.ts'

/** How often a standby relay checks whether it can become active, and the longest pause after a failure. Milliseconds. */
const STANDBY_MS = 1000
const PAUSE_MS = 30_000
/** How long to wait until the connections of a session are closed. A database that hangs never closes them. Milliseconds. */
const CLOSE_MS = 5000
/** How long the ids of handled items are kept, and how many are deleted at a time. */
const KNOWN = '90 days'
const FORGOTTEN = `DELETE FROM rex_inbox WHERE id IN (
  SELECT id FROM rex_inbox WHERE state = 'done' AND done_at < now() - interval '${KNOWN}' LIMIT 10000)`

/** Errors that an operator can resolve. */
const PROBLEMS = new Map([
  ['42P01', 'The tables are missing: call `migrate`.'],
  ['42501', 'The user of the relay lacks a permission on the tables.'],
  ['3D000', 'There is no database of this name.'],
  ['28P01', 'The database does not accept this user and password.'],
  ['28000', 'The database does not let this user in.'],
  ['ECONNREFUSED', 'No database listens at this address.'],
  ['ENOTFOUND', 'There is no such host.'],
  ['ENOENT', 'There is no such socket.'],
  ['TIMEOUT', 'The database does not answer.'],
])

/** Options of a relay. */
export interface RelayOptions {
  /** The desk: embedded, or held by a service. */
  readonly desk: Desk
  /** URL of the database. Default: the variables of libpq, such as `PGHOST` and `PGPASSFILE`. */
  readonly database?: string
  /** Receives log entries for the operator, which never contain case data. Default: no log. */
  readonly log?: (entry: DeskLogEntry) => void
}

/** A running relay. Disposing of it completes the acts that have begun; the desk stays open. */
export interface Relay extends AsyncDisposable {
  /** Returns the problem `relay-stopped` while the relay has lost the database or the desk; otherwise returns nothing. */
  problems(): DeskProblem[]
}

/**
 * Starts a relay: it carries out the rows of `rex_outbox`, writes items into `rex_inbox`, and keeps `rex_thread` current. If it loses the
 * database or the service, it connects again. If several relays run on the same tables, one of them is active and the others wait to replace it.
 * @throws RexError CONFIG_INVALID if the package `pg` is not installed or the URL is not valid
 */
export async function startRelay({ desk, database, log = () => {} }: RelayOptions): Promise<Relay> {
  const open = await openPool(database)
  const ending = new AbortController()
  const problems: DeskProblem[] = []
  const running = run({ desk, open, log, problems, signal: ending.signal })
  return {
    problems: () => [...problems],
    async [Symbol.asyncDispose]() {
      ending.abort()
      await running
    },
  }
}

interface Running {
  readonly desk: Desk
  readonly open: () => RelayPool
  readonly log: (entry: DeskLogEntry) => void
  /** Why the relay has stopped. Empty while this relay or another relay is active. */
  readonly problems: DeskProblem[]
  readonly signal: AbortSignal
}

async function run(running: Running): Promise<void> {
  const { log, problems, signal } = running
  let pauseMs = 250
  while (!signal.aborted) {
    const worked = { ms: 0 }
    await session(running, worked).catch((error: unknown) => {
      if (signal.aborted) return
      const fields = fieldsOf(error)
      log({ level: 'error', message: 'The relay has stopped, and tries again.', fields })
      problems.splice(0, 1, stopped(fields))
    })
    pauseMs = worked.ms > PAUSE_MS ? 250 : Math.min(pauseMs * 2, PAUSE_MS)
    await pause(pauseMs, undefined, { signal }).catch(() => {})
  }
}

/** Returns the fields for the log. The database's messages can contain values of rows; its codes cannot. */
function fieldsOf(error: unknown): Record<string, string> {
  if (error instanceof RexError) return { reason: error.reason, problem: error.message }
  const { code: given, name = 'unknown', message } = Object(error)
  // `pg` gives no code to the error of a statement or connection that has taken too long.
  const code = typeof given === 'string' ? given : /timeout/.test(message) ? 'TIMEOUT' : name
  const problem = PROBLEMS.get(code)
  return { code, ...(problem && { problem }) }
}

function stopped({ problem, reason, code = reason }: Record<string, string>): DeskProblem {
  const why = problem ?? 'The relay has lost the database.'
  const message = `The PostgreSQL relay has stopped (${code}). ${why} Acts in \`rex_outbox\` wait until it continues.`
  return { code: 'relay-stopped', severity: 'critical', message }
}

/** Works until the signal aborts, or the database or the desk fails. */
async function session(
  { desk, open, log, problems, signal }: Running,
  worked: { ms: number },
): Promise<void> {
  const failed = new AbortController()
  const pool = open()
  const fail = (error: unknown) => failed.abort(error)
  pool.on('error', fail)
  const ended = AbortSignal.any([signal, failed.signal])
  try {
    const lead = await pool.connect()
    lead.on('error', fail as () => void)
    try {
      if (!(await isAlone(lead, ended, () => problems.splice(0)))) return
      const since = Date.now()
      const cursor = await begin(lead, desk)
      problems.splice(0)
      log({ level: 'info', message: 'The relay works.', fields: {} })
      const waker = createWaker()
      lead.on('notification', waker.wake)
      await lead.query('LISTEN rex_outbox')
      const turns = createTurns()
      const parts = {
        desk,
        pool,
        log,
        signal: ended,
        inTurn: <Result>(work: () => Promise<Result>) => turns('', work),
        ahead: createAhead(),
      }
      const loops = [
        drainOutbox(parts, waker),
        takeItems(parts),
        followThreads(parts, cursor),
        watch(lead, ended),
      ]
      await Promise.allSettled(loops.map((loop) => loop.catch(fail)))
      worked.ms = Date.now() - since
    } finally {
      lead.release(true)
    }
    if (failed.signal.aborted) throw failed.signal.reason
  } finally {
    await Promise.race([pool.end().catch(() => {}), pause(CLOSE_MS, undefined, { ref: false })])
  }
}

/** Waits until no other relay works on these tables. Returns false if the session ended first. Calls `standby` while another one works. */
async function isAlone(lead: Sql, ended: AbortSignal, standby: () => void): Promise<boolean> {
  while (!ended.aborted) {
    const [row] = await rowsOf<{ mine: boolean }>(
      lead,
      `SELECT pg_try_advisory_lock(hashtext('rex_relay'), 'rex_relay'::regclass::oid::int) AS mine`,
    )
    if (row?.mine === true) return true
    standby()
    await pause(STANDBY_MS, undefined, { signal: ended }).catch(() => {})
  }
  return false
}

/** Detects that the connection was lost silently, and with it the lock. */
async function watch(lead: PooledSql, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await lead.query('SELECT 1')
    await lead.query(FORGOTTEN)
    await pause(PAUSE_MS, undefined, { signal: ended }).catch(() => {})
  }
}

/**
 * Records which organisation the tables belong to. Returns the cursor of the last change that has been written. @throws
 * RexError CONFIG_INVALID if the tables belong to another organisation
 */
async function begin(lead: Sql, { organisation }: Desk): Promise<string | undefined> {
  const [row] = await rowsOf<{ organisation: string; cursor: string | null }>(
    lead,
    `INSERT INTO rex_relay (organisation) VALUES ($1) ON CONFLICT (one) DO UPDATE SET one = true RETURNING organisation, cursor`,
    [organisation],
  )
  if (row?.organisation === organisation) return row.cursor ?? undefined
  throw new RexError('CONFIG_INVALID', `These tables belong to the desk of ${row?.organisation}.`, {
    hint: 'Make tables for this desk in another schema, and name it in `search_path`.',
  })
}
