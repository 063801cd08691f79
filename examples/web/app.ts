// A small case-management system: cases in PostgreSQL, referred and received in the transactions of the application.
// Any number of these processes can serve the same database. docs/guide/integration.md

import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { RexError } from '@rex/sdk'
import { enqueue, type InboxItem, migrate, work } from '@rex/sdk/postgres'
import type { Draft } from '@rex/sdk/referral'
import pg from 'pg'

const [database, socket] = process.argv.slice(2) as [string, string]
const pool = new pg.Pool({ connectionString: database, connectionTimeoutMillis: 5000 })
pool.on('error', (error) => console.error(error.message))

const TABLES = `
  CREATE TABLE IF NOT EXISTS cases (number text PRIMARY KEY, thread text, answers integer NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS received (thread text, item text);`

/** The request of a caller: a new case, and the organisation to which to refer it. */
interface NewCase {
  readonly number: string
  readonly referral: Draft
  readonly to: string
}

/**
 * Opens a case and refers it: either both or neither. If a caller repeats the request, the case is still opened only
 * once.
 */
async function open({ number, referral, to }: NewCase): Promise<void> {
  await transaction(async (client) => {
    const { rowCount } = await client.query('INSERT INTO cases VALUES ($1) ON CONFLICT DO NOTHING', [number])
    if (rowCount === 1) await enqueue(client, referral, { to, ref: number })
  })
}

/** Returns the cases, with the state of their referrals. */
async function list(): Promise<unknown[]> {
  const { rows } = await pool.query(
    `SELECT number, answers, state, counterpart, next_what, due_at FROM cases LEFT JOIN rex_thread ON ref = number
     ORDER BY mine DESC NULLS LAST, due_at`,
  )
  return rows
}

/** Handles an item in the transaction that claims it: either everything happens, once, or the item is claimed again later. */
async function handle(item: InboxItem, client: pg.PoolClient): Promise<void> {
  const { thread } = item
  if (item.kind === 'referral') {
    await client.query('INSERT INTO received VALUES ($1, $2)', [thread.id, item.id])
    await enqueue(client, 'accept', { thread: thread.id, reference: `R-${thread.id.slice(0, 8)}` })
  } else if (item.kind === 'event' && item.event.type === 'accept')
    await client.query('UPDATE cases SET answers = answers + 1, thread = $2 WHERE number = $1', [
      thread.ref,
      thread.id,
    ])
  else if (item.kind === 'erased') {
    await client.query('DELETE FROM cases WHERE thread = $1', [thread.id])
    await client.query('DELETE FROM received WHERE thread = $1', [thread.id])
  }
}

async function transaction(run: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect()
  let failed: Error | undefined
  client.on('error', (error) => (failed = error))
  try {
    await client.query('BEGIN')
    await run(client)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch((lost: Error) => (failed = lost))
    throw error
  } finally {
    client.release(failed)
  }
}

async function answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
  if (request.method === 'GET') return [200, await list()]
  await open((await json(request)) as NewCase)
  return [201, {}]
}

const server = createServer((request, response) => {
  answer(request)
    .catch((error: unknown): [number, unknown] =>
      // The refusal names the field and the remedy, and contains no case data.
      error instanceof RexError
        ? [422, { path: error.path, message: error.message, hint: error.hint }]
        : [503, {}],
    )
    .then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)))
})

const stop = new AbortController()
const tables = await pool.connect()
await migrate(tables)
await tables.query(TABLES)
tables.release()
// Remove the socket that a killed process has left behind.
await rm(socket, { force: true })
server.listen(socket, () => console.log('ready'))
process.once('SIGTERM', () => stop.abort())
await work(pool, handle, { signal: stop.signal, failed: (error) => console.error(String(error)) })
server.close()
server.closeIdleConnections()
await pool.end()
