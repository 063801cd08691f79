// Integrity checks of a store, on opening and in the background. docs/spec/delivery.md, "Durability"
import { RexError } from '../core/error.ts'
import { isSystemError } from '../core/system-error.ts'
import { damaged, isDamage } from './damage.ts'
import { type Database, type DatabaseOptions, openDatabase } from './database.ts'
import { type Mark, NO_MARK, openMark } from './mark.ts'
import { cannotOpen } from './opening.ts'
import { openPages, type Pages } from './pages.ts'

/** Number of pages to compare in each background step: one megabyte. */
const STEP = 256
/** Time between steps and between rounds. Milliseconds. */
export const CHECK_PACE = { stepMs: 1000, roundMs: 10_000 }

/** Settings of an integrity check. */
export interface CheckOptions {
  /**
   * Checks contents that have their own checksums, and quarantines damaged records where possible. Default: no contents have checksums.
   * @throws RexError STORE_FAILED
   */
  readonly contents?: () => void
  /** Tables whose rows have their own checksums: damage in them is reported, and intact rows are still served. Default: none. */
  readonly served?: ReadonlySet<string>
  /** Called when a row of a `served` table is damaged. */
  readonly tell?: () => void
  /** Makes the error that reports a damaged store. */
  readonly named?: (cause: unknown) => RexError
}

/** Options for opening and checking a database. */
export interface CheckedOptions extends DatabaseOptions, Pick<CheckOptions, 'served' | 'named'> {
  /** Brings the schema up to date. */
  readonly migrate: (db: Database) => void
  /**
   * Checks contents that have their own checksums, when the database is opened. Default: no contents have checksums.
   * @throws RexError STORE_FAILED, for which `isDamage` is true
   */
  readonly contents?: (db: Database) => void
}

/** An open database, with its mark and its checksums. */
export interface Checked {
  readonly db: Database
  /** Counts commits. Counts nothing if the database is not durable. */
  readonly mark: Mark
  /** Whether rows are damaged. */
  isDamaged(): boolean
  /** Whether rows may be damaged or missing without detection, because checksums were missing or outdated when the database was opened. */
  readonly isSuspect: boolean
  /** Accepts all rows in their present state. */
  accept(): void
  /**
   * Checks the pages in the background. `contents`: quarantines damaged records where possible. Default: no contents have checksums.
   * @returns a function that runs one step, as `backgroundCheck` does
   */
  check(contents?: () => void): () => boolean
  /** Returns how many pages were compared since the database was opened, and how many there are. */
  progress(): ReturnType<Pages['progress']>
  close(): void
}

/**
 * Opens or creates a database file and the files next to it, brings its schema up to date, and checks it.
 * @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED; errors of `migrate`
 */
export function openChecked(path: string, options: CheckedOptions): Checked {
  let db: Database | undefined
  let mark: Mark | undefined
  try {
    db = openDatabase(path, options)
    mark = options.durable === false ? NO_MARK : openMark(db, `${path}.mark`)
    return checked({ db, path, mark }, options)
  } catch (error) {
    mark?.close()
    db?.close()
    if (isSystemError(error)) throw cannotOpen(error)
    throw isDamage(error) ? (options.named?.(error) ?? error) : error
  }
}

function checked(
  { db, path, mark }: { readonly db: Database; readonly path: string; readonly mark: Mark },
  { durable = true, migrate, contents = () => {}, served, named }: CheckedOptions,
): Checked {
  let damage = false
  const how: CheckOptions = {
    ...(served && { served }),
    ...(named && { named }),
    tell() {
      damage = true
    },
  }
  migrate(db)
  const pages = durable ? openPages(db, path) : undefined
  if (pages !== undefined)
    checkStore(db, pages, { ...how, forgot: mark.forgot, contents: () => contents(db) })
  return {
    db,
    mark,
    isDamaged: () => damage,
    isSuspect: damage || pages?.vouched === false,
    accept() {
      damage = false
      pages?.accept(pages.unlike)
    },
    check: (contents) =>
      pages === undefined
        ? () => false
        : backgroundCheck(db, pages, { ...how, ...(contents && { contents }) }),
    progress: () => pages?.progress() ?? { checked: 0, of: 0 },
    close() {
      db.close()
      mark.close()
    },
  }
}

/**
 * Checks a store that was just opened, using its page checksums. Also checks its structure and contents if checksums are missing or wrong, or if
 * commits were lost, because checksums do not show that loss. @throws RexError STORE_FAILED, for which `isDamage` is true
 */
export function checkStore(
  db: Database,
  pages: Pages,
  { forgot, contents = () => {}, ...options }: CheckOptions & { readonly forgot: boolean },
): void {
  const { unlike, vouched } = pages
  if (unlike.length > 0 || !vouched) {
    checkStructure(db)
    contents()
    pages.accept(forgot ? unlike : mended(db, unlike, options))
  }
  db.carry()
}

/**
 * Checks an open store step by step. A damaged page with rows makes the store fail, unless its table is in `served`.
 * @returns a function that runs one step and returns whether the round has more. It throws STORE_FAILED once the store has failed, and
 * CANCELLED once it is closed
 */
export function backgroundCheck(db: Database, pages: Pages, options: CheckOptions = {}): () => boolean {
  const { contents = () => {}, named = damaged } = options
  const reported = new Set(pages.unlike)
  return () => {
    db.check()
    const { unlike, done } = steppedOn(db, pages)
    const found = unlike.filter((page) => !reported.has(page))
    if (found.length === 0) return !done
    try {
      // Drop SQLite's page cache, because cached pages may still be intact and would hide the damage.
      db.exec('PRAGMA shrink_memory')
      contents()
      checkStructure(db)
      // A quarantined record is no longer on its page; the rewritten page is in the log.
      const isSuperseded = pages.superseded()
      const left = found.filter((page) => !isSuperseded(page))
      const whole = mended(db, left, options)
      pages.accept(whole)
      db.carry()
      for (const page of left) if (!whole.includes(page)) reported.add(page)
    } catch (error) {
      db.fail(named(error))
    }
    return !done
  }
}

function steppedOn(db: Database, pages: Pages): ReturnType<Pages['step']> {
  try {
    return pages.step(STEP)
  } catch (cause) {
    if (!RexError.is(cause))
      db.fail(new RexError('STORE_FAILED', 'The store can no longer be read.', { cause }))
    throw RexError.from(cause)
  }
}

function checkStructure(db: Database): void {
  const { quick_check: found } = db.prepare<{ quick_check: string }>('PRAGMA quick_check(1)').get() ?? {}
  if (found !== 'ok') throw damaged()
}

/** Rebuilds damaged indexes and the indexes of damaged tables. Returns the pages that are intact again or unused. @throws RexError STORE_FAILED */
function mended(
  db: Database,
  unlike: readonly number[],
  { served = new Set(), tell = () => {} }: CheckOptions,
): number[] {
  if (unlike.length === 0) return []
  const rows = db
    .prepare<{ page: number; name: string; isIndex: number }>(
      `SELECT pageno AS page, d.name, s.type = 'index' AS isIndex FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name
       WHERE pageno IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(unlike))
  const lost = rows.filter(({ isIndex }) => isIndex !== 1)
  if (lost.some(({ name }) => !served.has(name))) throw damaged()
  // The key of a damaged row may now differ from the key in the table's indexes.
  for (const name of new Set(rows.map((row) => row.name))) db.exec(`REINDEX "${name}"`)
  if (lost.length > 0) tell()
  const left = new Set(lost.map(({ page }) => page))
  return unlike.filter((page) => !left.has(page))
}
