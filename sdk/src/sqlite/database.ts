// Opens the SQLite file so that a commit is durable, and turns its errors into ours. docs/spec/delivery.md, "Durability"
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { RexError } from '../core/error.ts'
import { describeSystemError } from '../core/system-error.ts'

const OLDEST_SQLITE = '3.51.3'
/** Size of a page. */
export const PAGE_BYTES = 4096
const CACHE_KIB = 8 * 1024
const CHECKPOINT_PAGES = 2000
/** With less, a store that cannot be opened is one for which there is no room. */
const LEAST_ROOM = 128 * 1024

/** `LIMIT` with a bound number. SQLite plans by a number that stands there alone, and compiles the statement anew whenever it is bound. */
export const LIMIT_BOUND = 'LIMIT 0 + ?'

/** Primary result codes of SQLite, https://sqlite.org/rescode.html. */
export const CODE = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notDatabase: 26,
}

/** Result codes after which nothing that this connection says can be trusted (T-077). */
const FATAL: ReadonlySet<number> = new Set([
  CODE.readOnly,
  CODE.ioError,
  CODE.corrupt,
  CODE.cannotOpen,
  CODE.notDatabase,
])

/** A prepared statement with typed rows. Nothing reads beyond a call: a reader that stays holds back every checkpoint (T-082). */
export interface Statement<Row> {
  get(...values: SQLInputValue[]): Row | undefined
  all(...values: SQLInputValue[]): Row[]
  /** Whether a row is such, one read after the other. */
  some(isSuch: (row: Row) => boolean, ...values: SQLInputValue[]): boolean
  /** Rows up to the first that is enough, with that one: what comes after it is not read. */
  until(isEnough: (row: Row) => boolean, ...values: SQLInputValue[]): Row[]
  /** Returns how many rows changed. */
  run(...values: SQLInputValue[]): number
}

/** An open database. */
export interface Database {
  prepare<Row>(sql: string): Statement<Row>
  exec(sql: string): void
  /** Whether a transaction is open. */
  inTransaction(): boolean
  close(): void
  /** Resolves with the first error after which the database must not be used. */
  readonly failed: Promise<RexError>
  /** Throws if the database must not be used. @throws RexError STORE_FAILED */
  check(): void
  /** The database must not be used any more, for this reason. */
  fail(error: RexError): void
  /** Who is told before the log is carried into the file, and after. */
  watchLog(watch: LogWatch): void
  /** Carries the log into the file, as far as the disk lets it. @throws RexError STORE_FAILED */
  carry(): void
}

/** What goes with the write-ahead log on its way into the file. */
export interface LogWatch {
  /**
   * The log of so many frames (undefined: unknown) is about to be carried over. What it throws keeps the log as it is; only STORE_FAILED
   * goes on to the caller.
   */
  before(frames: number | undefined): void
  /** All of it is in the file. */
  carried(): void
  /** The store is closed, and the log is carried over by SQLite without `before`: that said that it is damaged, or failed. */
  abandon(isDamaged: boolean): void
  closed(): void
}

/** Settings of a database. */
export interface DatabaseOptions {
  /** Largest size in bytes. Default: no limit but the disk's. */
  readonly maxBytes?: number | undefined
  /** Whether what is committed must survive the machine. Default: true. Only tests say false, to open `:memory:`. */
  readonly durable?: boolean
}

/**
 * Opens or creates a database file for this process alone.
 * @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED
 */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  let poisoned: RexError | undefined
  const failure = Promise.withResolvers<RexError>()
  const guard = <T>(work: () => T): T => {
    if (poisoned !== undefined) throw poisoned
    try {
      return work()
    } catch (cause) {
      const error = toRexError(cause)
      if (error.reason === 'STORE_FAILED') {
        poisoned = error
        failure.resolve(error)
      }
      throw error
    }
  }
  checkWritable(path)
  const db = guard(() => new DatabaseSync(path, { timeout: 0 }))
  try {
    guard(() => configure(db, options))
  } catch (error) {
    db.close()
    throw RexError.is(error, 'STORE_FAILED') ? withoutRoom(path, error) : error
  }
  const log = carrier(db)
  const afterCommit = <T>(sql: string, result: T): T => {
    if (sql.endsWith('COMMIT')) guard(log.carryIfDue)
    return result
  }
  return {
    prepare<Row>(sql: string) {
      const statement = guarded<Row>(
        guard(() => db.prepare(sql)),
        guard,
      )
      if (sql !== 'COMMIT') return statement
      return { ...statement, run: (...values) => afterCommit(sql, statement.run(...values)) }
    },
    exec: (sql) =>
      afterCommit(
        sql,
        guard(() => db.exec(sql)),
      ),
    inTransaction: () => db.isTransaction,
    close: log.close,
    failed: failure.promise,
    check() {
      if (poisoned !== undefined) throw poisoned
    },
    fail: (error) =>
      ignoring(() =>
        guard(() => {
          throw error
        }),
      ),
    watchLog: log.watch,
    carry: () => guard(log.carry),
  }
}

function ignoring(work: () => void): void {
  try {
    work()
  } catch {}
}

interface LogState {
  readonly log: number
  readonly checkpointed: number
}

/** Carries the log into the file when it is due: the work of SQLite's own checkpoints, which tell nobody. */
function carrier(db: DatabaseSync) {
  const ask = db.prepare('PRAGMA wal_checkpoint(NOOP)')
  const work = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  const state = () => ask.get() as unknown as LogState
  let watch: LogWatch | undefined

  /** Whether it may be carried. A full disk is told by the next commit, and a log that grows by itself. */
  function isReady(frames: number): boolean {
    try {
      watch?.before(frames)
      return true
    } catch (error) {
      if (RexError.is(error, 'STORE_FAILED')) throw error
      return false
    }
  }

  function carry(): void {
    const before = state()
    if (before.log === before.checkpointed) watch?.carried()
    if (before.log === before.checkpointed || !isReady(before.log)) return
    try {
      const { log, checkpointed } = work.get() as unknown as LogState
      if (log === checkpointed) watch?.carried()
    } catch (error) {
      if (resultCode(error) !== CODE.full) throw error
    }
  }

  return {
    carry,
    carryIfDue() {
      const { log, checkpointed } = state()
      if (log - checkpointed >= CHECKPOINT_PAGES) carry()
    },
    watch(given: LogWatch) {
      watch = given
    },
    close() {
      let frames: number | undefined
      ignoring(() => {
        frames = state().log
      })
      try {
        watch?.before(frames)
      } catch (error) {
        watch?.abandon(RexError.is(error, 'STORE_FAILED'))
      }
      db.close()
      watch?.closed()
    },
  }
}

/** SQLite does not tell why it cannot write; the system does (T-079). */
function checkWritable(path: string): void {
  try {
    for (const needed of [dirname(path), ...(existsSync(path) ? [path] : [])])
      accessSync(needed, constants.R_OK | constants.W_OK)
  } catch (cause) {
    throw new RexError('STORE_FAILED', `The store cannot be opened. ${describeSystemError(cause as Error)}`, {
      cause,
      hint: 'Put it on a local file system that can be written, with files of the user that runs the program.',
    })
  }
}

/** An opening that failed on a full disk: SQLite tells some of these as failures of the disk (T-079). */
function withoutRoom(path: string, cause: RexError): RexError {
  const { bavail, bsize } = statfsSync(dirname(path))
  if (bavail * bsize >= LEAST_ROOM) return cause
  return new RexError('STORE_FULL', 'The disk is full; the store cannot be opened.', {
    cause,
    hint: 'Free disk space, then try again.',
  })
}

function guarded<Row>(statement: StatementSync, guard: <T>(work: () => T) => T): Statement<Row> {
  return {
    get: (...values) => guard(() => statement.get(...values)) as Row | undefined,
    all: (...values) => guard(() => statement.all(...values)) as Row[],
    some: (isSuch, ...values) =>
      guard(() => {
        for (const row of statement.iterate(...values) as Iterable<Row>) if (isSuch(row)) return true
        return false
      }),
    until: (isEnough, ...values) =>
      guard(() => {
        const rows: Row[] = []
        for (const row of statement.iterate(...values) as Iterable<Row>) {
          rows.push(row)
          if (isEnough(row)) break
        }
        return rows
      }),
    run: (...values) => guard(() => Number(statement.run(...values).changes)),
  }
}

function configure(db: DatabaseSync, { maxBytes, durable = true }: DatabaseOptions): void {
  assertVersion(pragma(db, 'SELECT sqlite_version()') as string)
  // The journal of the change to WAL is gone from the directory durably: found again after a power failure, it would undo everything since.
  db.exec('PRAGMA synchronous = EXTRA')
  db.exec('PRAGMA locking_mode = EXCLUSIVE')
  db.exec('PRAGMA journal_mode = WAL')
  db.exec('BEGIN IMMEDIATE; COMMIT')
  db.exec('PRAGMA synchronous = FULL')
  db.exec('PRAGMA secure_delete = FAST')
  db.exec('PRAGMA temp_store = MEMORY')
  db.exec('PRAGMA foreign_keys = OFF')
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}`)
  db.exec('PRAGMA wal_autocheckpoint = 0')
  db.exec(`PRAGMA journal_size_limit = ${CHECKPOINT_PAGES * PAGE_BYTES}`)
  if (maxBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / PAGE_BYTES)}`)
  if (durable) assertDurable(db)
}

/** A driver or a build may weaken durability silently (D-02): what was set is read back. */
function assertDurable(db: DatabaseSync): void {
  const mode = pragma(db, 'PRAGMA journal_mode')
  const synchronous = pragma(db, 'PRAGMA synchronous')
  if (mode === 'wal' && synchronous === 2) return
  throw new RexError(
    'STORE_FAILED',
    `The store would not be durable (journal ${mode}, synchronous ${synchronous}).`,
    {
      hint: 'Use a local file system.',
    },
  )
}

/** Older versions may corrupt a database in WAL mode (D-04). */
function assertVersion(version: string): void {
  const [a, b] = [version, OLDEST_SQLITE].map((text) => text.split('.').map(Number))
  const difference = a?.map((part, i) => part - (b?.[i] ?? 0)).find((part) => part !== 0) ?? 0
  if (difference >= 0) return
  throw new RexError('STORE_FAILED', `SQLite ${version} is too old; ${OLDEST_SQLITE} is needed.`, {
    hint: 'Install a current Node 24.',
  })
}

function pragma(db: DatabaseSync, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0]
}

function toRexError(cause: unknown): RexError {
  const code = resultCode(cause)
  if (isClosed(cause)) return new RexError('CANCELLED', 'The store is closed.', { cause })
  if (code === undefined) return RexError.from(cause)
  if (code === CODE.busy) return new RexError('STORE_IN_USE', 'Another process uses this store.', { cause })
  if (code === CODE.full)
    return new RexError('STORE_FULL', 'The disk is full; nothing was stored.', { cause })
  if (FATAL.has(code))
    return new RexError('STORE_FAILED', 'The store can no longer be read or written.', { cause })
  return new RexError('INTERNAL', 'The store refused a statement.', { cause })
}

function isClosed(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ERR_INVALID_STATE'
}

/** The primary result code of an error of SQLite. Undefined: it is none. */
export function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}
