// The part of the interface of `pg` that this folder uses, so that the public declarations do not need the types of `pg`.
import { RexError } from '../core/error.ts'

/** A connection to PostgreSQL: a `Client` or `PoolClient` of `pg`, or anything with the same `query`. */
export interface Sql {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>
}

/** A connection of a pool. */
export interface PooledSql extends Sql {
  release(destroy?: boolean): void
  on(event: 'notification' | 'error', heard: () => void): unknown
  off(event: 'notification' | 'error', heard: () => void): unknown
}

/** A pool of connections, such as `Pool` of `pg`. */
export interface SqlPool<Client extends PooledSql = PooledSql> {
  connect(): Promise<Client>
  on(event: 'connect', heard: (connection: Client) => void): unknown
  off(event: 'connect', heard: (connection: Client) => void): unknown
}

/**
 * Ignores errors of a connection, because an error event without a listener would end the process. A lost connection can emit
 * an error while it is being opened, or after its release. The next statement fails anyway.
 */
export function heed(connection: PooledSql): void {
  connection.on('error', () => {})
}

/** Returns the rows of a statement. */
export async function rowsOf<Row>(sql: Sql, text: string, values?: unknown[]): Promise<Row[]> {
  return (await sql.query(text, values)).rows as Row[]
}

/**
 * Refuses a pool. A pool has `query`, too, but may run each statement on another connection. @throws RexError CONFIG_INVALID
 */
export function checkClient(client: Sql): void {
  if (typeof client?.query !== 'function' || 'totalCount' in client)
    throw new RexError('CONFIG_INVALID', 'This is no connection to PostgreSQL: a transaction needs one.', {
      path: 'client',
      hint: 'Pass the client in which your transaction runs: `const client = await pool.connect()`.',
    })
}

/** Returns the result of a statement on the tables of REX. @throws RexError CONFIG_INVALID if the tables are missing */
export async function ofTables<Result>(statement: Promise<Result>): Promise<Result> {
  try {
    return await statement
  } catch (error) {
    throw Object(error).code === '42P01' ? noTables(error) : error
  }
}

const noTables = (cause: unknown) =>
  new RexError('CONFIG_INVALID', 'The tables of REX are missing in this database.', {
    cause,
    hint: 'Call `migrate(client)` once; if you have, check the `search_path` of this connection.',
  })

/** Runs work in a transaction. */
export async function inTransaction<Result>(sql: Sql, work: () => Promise<Result>): Promise<Result> {
  await sql.query('BEGIN')
  try {
    const result = await work()
    await sql.query('COMMIT')
    return result
  } catch (error) {
    // If the connection is lost, the server rolls back by itself.
    await sql.query('ROLLBACK').catch(() => {})
    throw error
  }
}
