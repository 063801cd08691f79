// Lets an application handle items in its own transactions. docs/guide/postgres.md, "Receiving"
import type { Item } from '../client/api/items.ts'
import { RexError } from '../core/error.ts'
import { EMPTY } from './relay/threads.ts'
import { createWaker } from './relay/waker.ts'
import {
  checkClient,
  heed,
  inTransaction,
  ofTables,
  type PooledSql,
  rowsOf,
  type Sql,
  type SqlPool,
} from './sql.ts'

/** Maximum number of attempts to handle an item. After that, it is parked. */
const MOST = 5
/** How long an item waits after a failed attempt. */
const AGAIN = `least(power(2, attempts + 1), 300) * interval '1 second'`

/** An item in `rex_inbox`: the SDK's item as JSON (docs/guide/rex-desk.md, "Items as JSON"). */
export type InboxItem = ItemOf<Item>
type ItemOf<One extends Item> = One extends Item
  ? Omit<One, 'ack' | 'nak' | 'park' | 'thread'> & {
      readonly thread: {
        readonly id: string
        readonly ref?: string
        readonly test: boolean
        readonly role: 'referrer' | 'recipient'
        readonly counterparts: readonly string[]
      }
    }
  : never

/**
 * Counts the attempt in a separate transaction before the attempt begins, so that a handler that kills its process is counted,
 * too. No other worker takes the item until the next attempt is due. Chooses the first waiting item of each thread, and urgent
 * items first.
 */
const TAKE = `UPDATE rex_inbox SET attempts = attempts + 1, next_at = now() + ${AGAIN},
    state = CASE WHEN attempts < ${MOST} THEN state ELSE 'parked' END
  WHERE id = (
    SELECT id FROM rex_inbox i WHERE state = 'waiting' AND next_at <= now()
      AND NOT EXISTS (SELECT FROM rex_inbox b WHERE b.thread = i.thread AND b.position < i.position AND b.state = 'waiting')
    ORDER BY urgent DESC, position LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id, attempts, state`

interface Taken {
  readonly id: string
  readonly attempts: number
  readonly state: string
}

/**
 * Begins a transaction on the client, handles the next item in it, and commits. Either the handler's writes and the note
 * that the item is done are both kept, or neither is. Returns false if no item waits. If the handler fails, the transaction
 * is rolled back, and the item is handled again later; after five attempts, it is parked.
 * @throws the error of the handler; RexError CONFIG_INVALID if the client is a pool, or the tables are missing
 */
export async function claim<Client extends Sql>(
  client: Client,
  handler: (item: InboxItem, client: Client) => Promise<void>,
): Promise<boolean> {
  checkClient(client)
  for (;;) {
    const [taken] = await ofTables(rowsOf<Taken>(client, TAKE))
    if (taken === undefined) return false
    if (taken.state === 'waiting' && (await handle(client, taken, handler))) return true
  }
}

/** Handles an item. Returns false if another worker has meanwhile taken the item, because this worker took too long. */
async function handle<Client extends Sql>(
  client: Client,
  { id, attempts }: Taken,
  handler: (item: InboxItem, client: Client) => Promise<void>,
): Promise<boolean> {
  try {
    return await inTransaction(client, async () => {
      const [row] = await rowsOf<{ item: InboxItem }>(
        client,
        `SELECT item FROM rex_inbox WHERE id = $1 AND state = 'waiting' AND attempts = $2 FOR UPDATE SKIP LOCKED`,
        [id, attempts],
      )
      if (row === undefined) return false
      await handler(row.item, client)
      await client.query(`UPDATE rex_inbox SET ${EMPTY} WHERE id = $1`, [id])
      return true
    })
  } catch (error) {
    // The attempt has already been counted, so the failure need not be noted if the database is gone.
    await noteFailure(client, { id, attempts }, error).catch(() => {})
    throw error
  }
}

async function noteFailure(
  client: Sql,
  { id, attempts }: Omit<Taken, 'state'>,
  error: unknown,
): Promise<void> {
  const { code, name } = Object(error)
  // An error message can contain case data; its code and its name cannot.
  const problem = String(error instanceof RexError ? error.reason : (code ?? name ?? 'Error')).slice(0, 100)
  await client.query(
    `UPDATE rex_inbox SET problem = $3, state = $4 WHERE id = $1 AND attempts = $2 AND state = 'waiting'`,
    [id, attempts, problem, attempts < MOST ? 'waiting' : 'parked'],
  )
}

/** Makes a parked item wait again, with five new attempts, in the client's transaction. @throws RexError NOT_FOUND */
export async function unpark(client: Sql, id: string): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE rex_inbox SET state = 'waiting', attempts = 0, next_at = now(), problem = NULL WHERE id = $1 AND state = 'parked'`,
    [id],
  )
  if (rowCount === 0) throw new RexError('NOT_FOUND', 'No parked item has this id.', { path: 'id' })
}

/** Options of `work`. */
export interface WorkOptions {
  /** Ends the work when the signal aborts. An item that is being handled is completed first. */
  readonly signal: AbortSignal
  /** Called after each failure of a handler or of the database. Default: nothing; the column `problem` shows failures of handlers. */
  readonly failed?: (error: unknown) => void
}

/**
 * Handles items with `claim` as they arrive, one at a time, on a connection of the pool, until the signal aborts. If the
 * database is unavailable, waits and tries again.
 */
export async function work<Client extends PooledSql>(
  pool: SqlPool<Client>,
  handler: (item: InboxItem, client: Client) => Promise<void>,
  { signal, failed = () => {} }: WorkOptions,
): Promise<void> {
  const waker = createWaker()
  pool.on('connect', heed)
  while (!signal.aborted) {
    const lost = new AbortController()
    const client = await pool.connect().catch(failed)
    if (client !== undefined) {
      const lose = () => lost.abort()
      client.on('notification', waker.wake)
      client.on('error', lose)
      await serve(client, { handler, failed, waker, ended: AbortSignal.any([signal, lost.signal]) })
      client.off('notification', waker.wake)
      // Close the connection, because it listens for items, which the next user of the connection does not expect.
      client.release(true)
    }
    if (!signal.aborted) await waker.woken(signal)
  }
  pool.off('connect', heed)
}

/** Handles items on this connection until `ended` aborts or the database fails. */
async function serve<Client extends PooledSql>(
  client: Client,
  {
    handler,
    failed,
    waker,
    ended,
  }: {
    readonly handler: (item: InboxItem, client: Client) => Promise<void>
    readonly failed: (error: unknown) => void
    readonly waker: ReturnType<typeof createWaker>
    readonly ended: AbortSignal
  },
): Promise<void> {
  try {
    await client.query('LISTEN rex_inbox')
    while (!ended.aborted) {
      const any = await claim(client, handler).catch(async (error: unknown) => {
        failed(error)
        await client.query('SELECT 1')
        // After a failed item, handle the next item at once. If the tables are missing, wait.
        return !(error instanceof RexError && error.reason === 'CONFIG_INVALID')
      })
      if (!any) await waker.woken(ended)
    }
  } catch (error) {
    failed(error)
  }
}
