// Whether a store is what was written, when it is opened and in the background. docs/spec/delivery.md, "Durability"
import { RexError } from '../core/error.ts'
import { damaged } from './damage.ts'
import type { Database } from './database.ts'
import type { Pages } from './pages.ts'

/** Pages compared at once in the background: a megabyte. */
const STEP = 256
/** How often a step is taken, and how often all begins anew. Milliseconds. */
export const CHECK_PACE = { stepMs: 1000, roundMs: 10_000 }

/** How a store is checked. */
export interface CheckOptions {
  /** Looks at what has sums of its own, and moves aside what it can. Default: nothing has. @throws RexError STORE_FAILED */
  readonly contents?: () => void
  /** Tables whose rows show by themselves whether they are whole: damage in them is told, and others are served. Default: none. */
  readonly served?: ReadonlySet<string>
  /** Tells of that damage. */
  readonly tell?: () => void
  /** The error that says that the store is damaged. */
  readonly named?: (cause: unknown) => RexError
}

/**
 * Checks a store that was opened. Its pages have sums; without them, or after commits were forgotten, which sums do not know of, its
 * structure and its contents must do. @throws RexError STORE_FAILED, for which `isDamage` holds
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
 * Checks a store while it is open, step by step. A page that holds rows and is not what was written ends its use, unless they are served.
 * @returns what does a step, and says whether there is more; it throws STORE_FAILED once the store has failed, and CANCELLED once it is closed
 */
export function backgroundCheck(db: Database, pages: Pages, options: CheckOptions = {}): () => boolean {
  const { contents = () => {}, named = damaged } = options
  const told = new Set(pages.unlike)
  return () => {
    db.check()
    const { unlike, done } = steppedOn(db, pages)
    const found = unlike.filter((page) => !told.has(page))
    if (found.length === 0) return !done
    try {
      // What is cached may be whole.
      db.exec('PRAGMA shrink_memory')
      contents()
      checkStructure(db)
      // What was moved aside has left its page, which was written anew.
      const isSuperseded = pages.superseded()
      const left = found.filter((page) => !isSuperseded(page))
      const whole = mended(db, left, options)
      pages.accept(whole)
      db.carry()
      for (const page of left) if (!whole.includes(page)) told.add(page)
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

/** Makes indexes anew; those of the pages that are whole again, or are free. @throws RexError STORE_FAILED */
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
  for (const name of new Set(rows.filter(({ isIndex }) => isIndex === 1).map((row) => row.name)))
    db.exec(`REINDEX "${name}"`)
  if (lost.length > 0) tell()
  const left = new Set(lost.map(({ page }) => page))
  return unlike.filter((page) => !left.has(page))
}
