// Counts the outcomes of the cases, in the databases of both organisations and at a desk.
import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { connect } from '@rex/sdk'
import pg from 'pg'

/** Numbers of faults, all of which must be 0 in the end. */
export interface Counts {
  /** Cases that have not reached their final state at one of the two sides. */
  readonly lost: number
  /** Cases, threads or answers that exist more than once. */
  readonly twice: number
  /** Rows that wait or were refused, and items that are parked. */
  readonly waiting: number
  /** Tracks in an unexpected state, and items of unexpected kinds. */
  readonly wrong: number
}

/** Number of cases that the web application opened, and number of cases that the Python program sent. */
export interface Expected {
  readonly opened: number
  readonly sent: number
}

/** The databases and the service to read. */
export interface Places {
  /** URL of the database of the web application. */
  readonly database: string
  /** File of the Python program. */
  readonly cases: string
  /** Socket of the service on the side of the Python program. */
  readonly service: string
}

const WEB = `SELECT
  (SELECT count(*)::int FROM cases WHERE answers = 1) AS answered,
  (SELECT count(*)::int FROM cases WHERE answers > 1) AS again,
  (SELECT count(*)::int FROM received) AS received,
  (SELECT count(DISTINCT thread)::int FROM received) AS threads,
  (SELECT count(*)::int FROM rex_thread) AS tracks,
  (SELECT count(*)::int FROM rex_thread WHERE state <> 'accepted') AS wrong,
  (SELECT count(*)::int FROM rex_outbox) + (SELECT count(*)::int FROM rex_inbox WHERE state <> 'done') AS waiting`
const PYTHON = `SELECT
  (SELECT count(*) FROM received WHERE what = 'referral') AS received,
  (SELECT count(DISTINCT thread) FROM received WHERE what = 'referral') AS threads,
  (SELECT count(*) FROM received WHERE what = 'accept') AS answers,
  (SELECT count(DISTINCT ref) FROM received WHERE what = 'accept') AS answered,
  (SELECT count(*) FROM received WHERE what NOT IN ('referral', 'accept')) AS wrong`

/** Reads the numbers of faults from both databases and the desk. */
export async function count(
  { database, cases, service }: Places,
  { opened, sent }: Expected,
): Promise<Counts> {
  const web = await ask<
    Record<'answered' | 'again' | 'received' | 'threads' | 'tracks' | 'wrong' | 'waiting', number>
  >(database, WEB)
  const python =
    await askFile<Record<'received' | 'threads' | 'answers' | 'answered' | 'wrong', number>>(cases)
  const states = await statesAt(service)
  const all = opened + sent
  const missing = [
    opened - web.answered - web.again,
    opened - python.threads,
    sent - web.threads,
    sent - python.answered,
    all - web.tracks,
    all - states.length,
  ]
  const more = [
    web.again,
    web.received - web.threads,
    python.received - python.threads,
    python.answers - python.answered,
    web.tracks - all,
    states.length - all,
  ]
  return {
    lost: Math.max(0, ...missing),
    twice: more.reduce((sum, each) => sum + Math.max(0, each), 0),
    waiting: web.waiting,
    wrong: web.wrong + python.wrong + states.filter((state) => state !== 'accepted').length,
  }
}

/** Returns the first row of a statement's result. Waits until the database answers. */
async function ask<Row>(database: string, text: string): Promise<Row> {
  for (;;) {
    const client = new pg.Client({ connectionString: database })
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query(text)).rows[0]
    } catch {
      await pause(200)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

const IN_PYTHON = `import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1])
rows.row_factory = sqlite3.Row
print(json.dumps(dict(rows.execute(sys.argv[2]).fetchone())))`

/** Returns the counts in the file of the Python program. */
async function askFile<Row>(file: string): Promise<Row> {
  const { stdout } = await promisify(execFile)('python3', ['-c', IN_PYTHON, file, PYTHON])
  return JSON.parse(stdout)
}

/** Returns the states of all tracks of a desk. */
async function statesAt(socket: string): Promise<string[]> {
  await using desk = await connect({ socket })
  const states: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await desk.threads({ limit: 1000, ...(after !== undefined && { after }) })
    states.push(...page.map(({ state }) => state))
    after = page.at(-1)?.cursor
    if (page.length < 1000) return states
  }
}
