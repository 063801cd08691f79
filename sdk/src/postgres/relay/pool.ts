// Opens the relay's connections with `pg`, which the application installs. docs/adr/0057-postgres-by-the-pg-of-the-application.md
import { RexError } from '../../core/error.ts'
import { heed, type PooledSql, type SqlPool } from '../sql.ts'

/** Number of connections of a relay: one holds the lock, and the loops share the others. */
const CONNECTIONS = 5
/** How long a statement may take before the relay gives the connection up, because a database can hang. Milliseconds. */
const STATEMENT_MS = 30_000

/** A pool that can be ended. */
export interface RelayPool extends SqlPool {
  on(event: 'error', heard: (error: unknown) => void): unknown
  on(event: 'connect', heard: (connection: PooledSql) => void): unknown
  end(): Promise<void>
}

/** Returns a function that opens pools for a database. @throws RexError CONFIG_INVALID */
export async function openPool(database: string | undefined): Promise<() => RelayPool> {
  if (database !== undefined && !isUrl(database))
    throw new RexError('CONFIG_INVALID', 'This is no URL of a PostgreSQL database.', {
      path: 'database',
      hint: 'An example: postgres://rex@localhost/casework',
    })
  const { default: pg } = await import('pg').catch((cause: unknown) => {
    throw new RexError('CONFIG_INVALID', 'The package `pg` is not installed.', {
      cause,
      hint: 'npm install pg',
    })
  })
  return () => {
    const pool = new pg.Pool({
      ...(database !== undefined && { connectionString: database }),
      application_name: 'rex-relay',
      max: CONNECTIONS,
      connectionTimeoutMillis: 10_000,
      query_timeout: STATEMENT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: STATEMENT_MS,
      // An erasure needs rows that a worker may have locked, so the erasure waits for the worker.
      lock_timeout: 10_000,
    })
    pool.on('connect', heed)
    return pool
  }
}

const isUrl = (database: string) =>
  /^postgres(ql)?:\/\//.test(database) &&
  URL.canParse(
    database
      .replace(/^postgres(ql)?:/, 'http:')
      .replace(/@\//, '@x/')
      .replace('///', '//x/'),
  )
