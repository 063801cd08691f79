// Opens the SQLite file with settings that make every commit durable, and translates its errors. docs/spec/delivery.md, "Durability"
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { RexError } from '../core/error.ts'
import { checkWritable, explained } from './opening.ts'
import { isWithoutRoom } from './room.ts'

/** A value that can be bound to a statement. */
export type { SQLInputValue }

const OLDEST_SQLITE = '3.51.3'
export const PAGE_BYTES = 4096
const CACHE_KIB = 8 * 1024
const CHECKPOINT_PAGES = 2000
/**
 * Number of pages from which a commit counts as bulk. The pages of a bulk commit will not change again before the checkpoint,
 * so an early checkpoint costs no more than a later one.
 */
const BULK_PAGES = 200
const BULK_CHECKPOINT_PAGES = 500

/** `LIMIT` with a bound number. With a bare parameter, SQLite would plan by its value and recompile the statement for every value. */
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

/** Extended result code for a write that the system refused, for any reason. The transaction is rolled back. */
const WRITE_REFUSED = 778

/** Result codes after which the connection can no longer be trusted (T-077). */
const FATAL: ReadonlySet<number> = new Set([
  CODE.readOnly,
  CODE.ioError,
  CODE.corrupt,
  CODE.cannotOpen,
  CODE.notDatabase,
])

/** A prepared statement with typed rows. Every read ends with its call, because an open reader would block every checkpoint (T-082). */
export interface Statement<Row> {
  get(...values: SQLInputValue[]): Row | undefined
  all(...values: SQLInputValue[]): Row[]
  /** Whether any row satisfies `isSuch`. Stops reading at the first match. */
  some(isSuch: (row: Row) => boolean, ...values: SQLInputValue[]): boolean
  /** Returns the rows up to and including the first that satisfies `isEnough`. Later rows are not read. */
  until(isEnough: (row: Row) => boolean, ...values: SQLInputValue[]): Row[]
  /** Returns the number of rows changed. */
  run(...values: SQLInputValue[]): number
}

/** An open database. */
export interface Database {
  prepare<Row>(sql: string): Statement<Row>
  exec(sql: string): void
  inTransaction(): boolean
  close(): void
  /** Resolves with the first error after which the database must not be used. */
  readonly failed: Promise<RexError>
  /** Throws if the database has failed. @throws RexError STORE_FAILED */
  check(): void
  /** Marks the database as failed, with this reason. */
  fail(error: RexError): void
  /** Sets the observer of checkpoints. */
  watchLog(watch: LogWatch): void
  /** Checkpoints the log into the file, as far as the disk allows. @throws RexError STORE_FAILED */
  carry(): void
  /**
   * Rewrites the file without the deleted content, and empties the log, so that no byte of deleted content is left in the file or the log.
   * @throws RexError STORE_FULL, STORE_FAILED
   */
  compact(): void
  /** Checkpoints the log into the file, and empties it. @throws RexError STORE_FULL, STORE_FAILED */
  emptyLog(): void
}

/** Observer of the write-ahead log and its checkpoints. */
interface LogWatch {
  /**
   * Called before the log is checkpointed. `frames`: length of the log; undefined: unknown. If this throws, the log stays unchanged, and only
   * STORE_FAILED reaches the caller.
   */
  before(frames: number | undefined): void
  /** Called when the whole log is in the file. */
  carried(): void
  /**
   * Called when the store closes after `before` threw, because SQLite then checkpoints the log regardless. `isDamaged`: whether `before` reported
   * damage or a failed store.
   */
  abandon(isDamaged: boolean): void
  closed(): void
}

/** Settings of a database. */
export interface DatabaseOptions {
  /** Maximum size in bytes. Default: no limit but the disk. */
  readonly maxBytes?: number | undefined
  /** Whether commits must survive a crash of the computer. Default: true. Only tests pass false, to open `:memory:`. */
  readonly durable?: boolean
  /**
   * Whether each commit is flushed to the disk. Default: true. If false, a crash of the computer may undo the last commits, but never
   * damages the file. That suffices for data that can be rebuilt.
   */
  readonly flushed?: boolean
  /** Whether deleted content is always overwritten. Default: only in pages that are rewritten anyway (ADR 16). */
  readonly secureDelete?: boolean
}

/**
 * Opens or creates a database file for exclusive use by this process.
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
      const error = isRefusedForRoom(cause, path) ? full(cause) : toRexError(cause)
      if (error.reason === 'STORE_FAILED') {
        poisoned = error
        failure.resolve(error)
      }
      throw error
    }
  }
  checkWritable(path)
  let opened: DatabaseSync | undefined
  try {
    opened = guard(() => new DatabaseSync(path, { timeout: 0 }))
    const made = opened
    guard(() => configure(made, options))
  } catch (error) {
    const why = RexError.is(error, 'STORE_FAILED') ? explained(path, error) : error
    opened?.close()
    throw why
  }
  const db = opened
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
    compact: () =>
      guard(() => {
        log.empty()
        try {
          db.exec('VACUUM')
        } catch (error) {
          // The log has used up the remaining disk space, which other programs need.
          ignoring(log.empty)
          throw error
        }
        log.empty()
      }),
    emptyLog: () => guard(log.empty),
  }
}

/** Returns the version of the tables of a database, `user_version`. 0: the database is empty. */
export function tablesVersion(db: Pick<Database, 'prepare'>): number {
  return db.prepare<{ user_version: number }>('PRAGMA user_version').get()?.user_version ?? 0
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

/** Returns a function that checkpoints the log when due, instead of SQLite's automatic checkpoints, which call no observer. */
function carrier(db: DatabaseSync) {
  const ask = db.prepare('PRAGMA wal_checkpoint(NOOP)')
  const work = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  const truncate = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
  const state = () => ask.get() as unknown as LogState
  let watch: LogWatch | undefined
  /** Length of the log after the last commit. */
  let lastLog = 0

  /**
   * Whether the log may be checkpointed. Only STORE_FAILED is thrown: the next commit reports a full disk, and a log that keeps growing is reported
   * separately.
   */
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
    empty() {
      const { log } = state()
      watch?.before(log)
      truncate.get()
      watch?.carried()
    },
    carryIfDue() {
      const { log, checkpointed } = state()
      const isBulk = log - lastLog >= BULK_PAGES
      lastLog = log
      if (log - checkpointed >= (isBulk ? BULK_CHECKPOINT_PAGES : CHECKPOINT_PAGES)) carry()
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

/** Wraps a statement so that `guard` translates its errors. */
export function guarded<Row>(statement: StatementSync, guard: <T>(work: () => T) => T): Statement<Row> {
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

function configure(
  db: DatabaseSync,
  { maxBytes, durable = true, flushed = true, secureDelete = false }: DatabaseOptions,
): void {
  assertVersion(pragma(db, 'SELECT sqlite_version()') as string)
  // Makes the removal of the rollback journal durable. If a journal reappeared after a power failure, it would undo every later commit.
  db.exec('PRAGMA synchronous = EXTRA')
  db.exec('PRAGMA locking_mode = EXCLUSIVE')
  db.exec('PRAGMA journal_mode = WAL')
  db.exec('BEGIN IMMEDIATE; COMMIT')
  db.exec(`PRAGMA synchronous = ${flushed ? 'FULL' : 'NORMAL'}`)
  db.exec(`PRAGMA secure_delete = ${secureDelete ? 'ON' : 'FAST'}`)
  db.exec('PRAGMA temp_store = MEMORY')
  db.exec('PRAGMA foreign_keys = OFF')
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}`)
  db.exec('PRAGMA wal_autocheckpoint = 0')
  db.exec(`PRAGMA journal_size_limit = ${CHECKPOINT_PAGES * PAGE_BYTES}`)
  if (maxBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / PAGE_BYTES)}`)
  if (durable) assertDurable(db, flushed)
}

/** Reads the settings back, because a driver or build may silently weaken durability (D-02). */
function assertDurable(db: DatabaseSync, flushed: boolean): void {
  const mode = pragma(db, 'PRAGMA journal_mode')
  const synchronous = pragma(db, 'PRAGMA synchronous')
  if (mode === 'wal' && synchronous === (flushed ? 2 : 1)) return
  throw new RexError(
    'STORE_FAILED',
    `The store would not be durable (journal ${mode}, synchronous ${synchronous}).`,
    {
      hint: 'Use a local file system.',
    },
  )
}

/** Rejects older versions, which may corrupt a database in WAL mode (D-04). */
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

/** Translates an error of SQLite. */
export function toRexError(cause: unknown): RexError {
  const code = resultCode(cause)
  if (isClosed(cause)) return new RexError('CANCELLED', 'The store is closed.', { cause })
  if (code === undefined) return RexError.from(cause)
  if (code === CODE.busy) return new RexError('STORE_IN_USE', 'Another process uses this store.', { cause })
  if (code === CODE.full) return full(cause)
  if (FATAL.has(code))
    return new RexError('STORE_FAILED', 'The store can no longer be read or written.', { cause })
  return new RexError('INTERNAL', 'The store rejected an SQL statement.', { cause })
}

function full(cause: unknown): RexError {
  return new RexError('STORE_FULL', 'The disk is full, or its quota is used up; nothing was stored.', {
    cause,
  })
}

/**
 * Whether a write was refused for lack of space. SQLite reports an exceeded quota as an I/O error, which on its own must not make the store fail
 * (T-079).
 */
function isRefusedForRoom(error: unknown, path: string): boolean {
  return (error as { errcode?: unknown } | null)?.errcode === WRITE_REFUSED && isWithoutRoom(path)
}

function isClosed(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ERR_INVALID_STATE'
}

/** Returns the primary result code of an SQLite error, or undefined for other errors. */
export function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}
