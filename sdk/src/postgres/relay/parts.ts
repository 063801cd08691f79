// What the loops of a relay share.
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import type { RexError } from '../../core/error.ts'
import { inTransaction, type Sql, type SqlPool } from '../sql.ts'

/** A relay while its database answers. */
export interface Session {
  readonly desk: Desk
  readonly pool: SqlPool
  readonly log: (entry: DeskLogEntry) => void
  /** Ends the session. */
  readonly signal: AbortSignal
  /**
   * Orders what reads the desk and then writes rex_thread: otherwise, an older state could replace a newer one.
   */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/** Lends a connection to work. A connection that failed is closed. */
export async function lent<Result>(pool: SqlPool, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = await pool.connect()
  let broken = true
  try {
    const result = await work(sql)
    broken = false
    return result
  } finally {
    sql.release(broken)
  }
}

/** Runs work in a transaction on a connection of the pool. */
export const transaction = <Result>(pool: SqlPool, work: (sql: Sql) => Promise<Result>): Promise<Result> =>
  lent(pool, (sql) => inTransaction(sql, () => work(sql)))

/** Reasons that are about the row, so that only another row can succeed. All others are about the desk or the moment. */
const REFUSALS: ReadonlySet<string> = new Set([
  'MALFORMED',
  'NOT_CANONICAL',
  'LIMIT_EXCEEDED',
  'INVALID_REFERRAL',
  'INVALID_EVENT',
  'CONTENT_REFUSED',
  'HANDLING_REFUSED',
  'POLICY_REFUSED',
  'SUITE_UNAVAILABLE',
  'UNKNOWN_CODE',
  'KEY_CONFLICT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'ERASED',
  'FORK',
  'EXPIRED',
  'CONFIG_INVALID',
])
/** Reasons that meet every row alike. */
const OF_THE_DESK: ReadonlySet<string> = new Set([
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'OVERLOADED',
  'QUOTA_EXCEEDED',
  'UNAUTHENTICATED',
  'LEASE_LOST',
  'STORE_FAILED',
  'STORE_FULL',
  'STORE_IN_USE',
  'STORE_TOO_NEW',
  'SELF_TEST_FAILED',
])

/** What an error of the desk means for a row: `refused` until a person corrects it, `later`, or the `desk` can do nothing now. */
export function meaningOf({ reason }: RexError): 'refused' | 'later' | 'desk' {
  if (REFUSALS.has(reason)) return 'refused'
  return OF_THE_DESK.has(reason) ? 'desk' : 'later'
}

/** An error in the column `problem`: the members of a problem of the service that have no case data. */
export function problemOf(error: RexError): object {
  const { reason: code, message: detail, path, hint, retryable, metadata } = error
  return { code, detail, ...(path !== undefined && { path }), hint, retryable, metadata }
}
