// Types and functions that the loops of a relay share: sessions, slots, transactions, reasons of errors.
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import type { RexError } from '../../core/error.ts'
import { inTransaction, type Sql, type SqlPool } from '../sql.ts'
import type { Ahead } from './ahead.ts'

/** A session of a relay, which lasts as long as the database answers. */
export interface Session {
  readonly desk: Desk
  readonly pool: SqlPool
  readonly log: (entry: DeskLogEntry) => void
  /** Aborted when the session must end. */
  readonly signal: AbortSignal
  /**
   * Runs work one at a time. Work that reads the desk and then writes rex_thread would otherwise replace a newer state with an older one.
   */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly ahead: Ahead
}

/** Runs work once a slot is free. */
export type Slots = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Creates slots: `count` pieces of work run at a time, and the others follow in order. */
export function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/** Resolves when the work has ended or the signal aborts. Leaves no listener behind, because a session lasts for months. */
export async function untilAborted(signal: AbortSignal, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = () => resolve()
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  try {
    await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Runs work on a connection of the pool. Closes the connection if the work fails. */
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

/** Reasons for which a row cannot succeed until somebody corrects the row. */
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
/** Reasons that concern the desk, and therefore every row. */
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

/**
 * Returns what an error means for a row: a person has to correct it (`refused`), it is tried again (`later`), or the `desk` cannot act at
 * all at the moment.
 */
export function meaningOf({ reason }: RexError): 'refused' | 'later' | 'desk' {
  if (REFUSALS.has(reason)) return 'refused'
  return OF_THE_DESK.has(reason) ? 'desk' : 'later'
}

/** Returns an error for the column `problem`: the members of the service's problem document that cannot contain case data. */
export function problemOf(error: RexError): object {
  const { reason: code, message: detail, path, hint, retryable, metadata } = error
  return { code, detail, ...(path !== undefined && { path }), hint, retryable, metadata }
}
