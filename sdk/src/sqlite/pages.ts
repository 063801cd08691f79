// Keeps a checksum for each page of a store in a file next to it, because SQLite keeps none. docs/spec/delivery.md, "Durability"
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { RexError } from '../core/error.ts'
import { damaged } from './damage.ts'
import { type Database, PAGE_BYTES, type Statement } from './database.ts'
import type { Count } from './mark.ts'
import { Sums } from './sums.ts'
import { type Log, readLog, sumOfPage } from './wal.ts'

/** Number of pages checked on opening; the background check covers the rest. */
const AT_OPENING = (256 * 1024 ** 2) / PAGE_BYTES
const PAGES_AT_ONCE = 256
const MARK = "SELECT rootpage AS page FROM sqlite_schema WHERE name = 'mark'"

/** Opens the checksums of the database file `path`, which has a mark, and keeps them current from then on. */
export function openPages(db: Database, path: string): Pages {
  const file = openSync(path, 'r')
  let beside: number
  try {
    beside = openSync(`${path}.sums`, constants.O_RDWR | constants.O_CREAT, 0o600)
  } catch (error) {
    closeSync(file)
    throw error
  }
  // From now on the files are closed together with the database.
  open.set(keyOf(fstatSync(file, { bigint: true })), [file])
  return new Pages(db, { path, file, beside })
}

/** Descriptors of the stores that this process has open, by device and inode. The first is the store's own descriptor. */
const open = new Map<string, number[]>()
const keyOf = ({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>) => `${dev}:${ino}`

/**
 * Returns the descriptor of a store that this process has open, or undefined. Nothing else in the process may open the file, because closing any
 * descriptor of a file releases all locks that the process holds on it.
 */
export function descriptorOf(path: string): number | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && open.get(keyOf(stat))?.[0]
}

/** Closes a descriptor of a store. If this process has since opened the store, keeps the descriptor until the store is closed. */
export function closeUnlessOwned(file: number): void {
  const owned = open.get(keyOf(fstatSync(file, { bigint: true })))
  if (owned === undefined) closeSync(file)
  else owned.push(file)
}

/** The open files of a store and of its checksums. */
interface PageFiles {
  readonly path: string
  readonly file: number
  readonly beside: number
}

/** The page checksums of a store. */
export class Pages {
  /** Pages that failed their checksum when the store was opened. */
  readonly unlike: readonly number[]
  /** Whether every page has a checksum and no checksum is newer than the store. */
  readonly vouched: boolean
  readonly #files: PageFiles
  readonly #sums: Sums
  readonly #getCount: Statement<Count>
  #known: Count | undefined
  /** Whether the whole log is in the file, so that the checksums match the file. */
  #isCarried = false
  #isClosed = false
  #next = 0
  #checked = 0

  constructor(db: Database, files: PageFiles) {
    this.#files = files
    this.#sums = new Sums(files.beside)
    this.#getCount = db.prepare<Count>('SELECT life, commits FROM mark')
    db.watchLog({
      before: (frames) => this.#keepLog(frames),
      carried: () => {
        this.#isCarried = true
      },
      abandon: (isDamaged) => this.#abandon(isDamaged),
      closed: () => this.#close(),
    })
    const { pages } = readLog(files.path)
    // Every commit changes the page of the mark. If that page is missing from the log, another program has checkpointed the log.
    const { page = 0 } = db.prepare<{ page: number }>(MARK).get() ?? {}
    const isOfThis = this.#sums.load(this.#commits(), !pages.has(page))
    const total = Math.max(this.#count(), this.#sums.count)
    this.vouched = isOfThis && !this.#sums.hasGap(this.#count(), (page) => pages.has(page))
    this.#checked = Math.min(total, AT_OPENING)
    this.#next = this.#checked < total ? this.#checked : 0
    // Pages in the log are skipped, because the next checkpoint rewrites them.
    this.unlike = this.#compare(0, this.#checked, (page) => pages.has(page))
  }

  /** Returns how many pages were compared since the store was opened, and how many there are. */
  progress(): { readonly checked: number; readonly of: number } {
    return { checked: Math.min(this.#checked, this.#count()), of: this.#count() }
  }

  /** Accepts the current content: computes missing checksums, and recomputes the checksums of the pages in `unlike`. */
  accept(unlike: readonly number[]): void {
    const total = this.#count()
    this.#sums.trim(total)
    for (const page of unlike) this.#sums.set(page - 1, 0)
    if (unlike.length > 0 || !this.vouched)
      for (const [place, sum] of sumsIn(this.#files.file, 0, total))
        if (this.#sums.get(place) === 0) this.#sums.set(place, sum)
    tryTo(() => this.#sums.write(this.#commits()))
  }

  /**
   * Returns a function that tests whether the log now contains newer content of a page, so that the page is not read
   * from the file.
   */
  superseded(): (page: number) => boolean {
    const { pages } = readLog(this.#files.path)
    return (page) => pages.has(page)
  }

  /**
   * Compares the next pages. Returns the pages that failed their checksum, and in `done` whether the round is complete. @throws RexError CANCELLED,
   * and errors of the system
   */
  step(count: number): { readonly unlike: readonly number[]; readonly done: boolean } {
    if (this.#isClosed) throw new RexError('CANCELLED', 'The store is closed.')
    if (!this.#isCarried) return { unlike: [], done: false }
    const total = this.#count()
    const to = Math.min(this.#next + count, total)
    const unlike = this.#compare(this.#next, to)
    const done = to >= total
    this.#checked = Math.max(this.#checked, to)
    this.#next = done ? 0 : to
    return { unlike, done }
  }

  /** Writes the checksums of the pages in the log before the log is checkpointed. */
  #keepLog(frames: number | undefined): void {
    const log = readLog(this.#files.path)
    if (frames !== undefined && log.frames < frames) throw damaged()
    this.#isCarried = false
    this.#keep(log)
  }

  /** Stores the checksums of the log's pages. Drops checksums beyond the end of the store, because a compacted store is shorter. */
  #keep({ pages, size }: Pick<Log, 'pages' | 'size'>): void {
    for (const [page, sum] of pages) this.#sums.set(page - 1, sum)
    if (size > 0) this.#sums.trim(size)
    this.#sums.write(this.#commits())
  }

  /** Truncates a damaged log where its damage begins. Otherwise discards the checksums, because the file will be newer than they are. */
  #abandon(isDamaged: boolean): void {
    const { path, beside } = this.#files
    tryTo(() => {
      if (isDamaged) truncateSync(`${path}-wal`, readLog(path).bytes)
      else ftruncateSync(beside, 0)
    })
  }

  #close(): void {
    this.#isClosed = true
    const key = keyOf(fstatSync(this.#files.file, { bigint: true }))
    for (const file of open.get(key) ?? [this.#files.file]) closeSync(file)
    open.delete(key)
    closeSync(this.#files.beside)
  }

  /**
   * Returns the commit count. If the store has failed, returns the last count that was read: it may be too low, which is
   * harmless, but never too high.
   */
  #commits(): Count | undefined {
    try {
      this.#known = this.#getCount.get()
    } catch {}
    return this.#known
  }

  #count(): number {
    return Math.ceil(fstatSync(this.#files.file).size / PAGE_BYTES)
  }

  /**
   * Returns the page indexes between `from` and `to` whose pages fail their checksum, except pages for which `isCovered`
   * returns true.
   */
  #compare(from: number, to: number, isCovered: (page: number) => boolean = () => false): number[] {
    const unlike: number[] = []
    for (const [place, sum] of sumsIn(this.#files.file, from, to)) {
      const expected = this.#sums.get(place)
      if (expected !== 0 && expected !== sum && !isCovered(place + 1)) unlike.push(place + 1)
    }
    return unlike
  }
}

/** Yields the checksums of the pages in a file between index `from` and `to`, with 0 for pages beyond its end. */
function* sumsIn(file: number, from: number, to: number): Generator<[place: number, sum: number]> {
  const chunk = Buffer.alloc(PAGES_AT_ONCE * PAGE_BYTES)
  for (let at = from; at < to; at += PAGES_AT_ONCE) {
    const wanted = Math.min(PAGES_AT_ONCE, to - at)
    const got = readSync(file, chunk, 0, wanted * PAGE_BYTES, at * PAGE_BYTES)
    for (let i = 0; i < wanted; i++) {
      const page = chunk.subarray(i * PAGE_BYTES, Math.min((i + 1) * PAGE_BYTES, got))
      yield [at + i, page.length < PAGE_BYTES ? 0 : sumOfPage(page)]
    }
  }
}

/** Ignores errors, because a disk that fails here also fails the next commit, which reports it. */
function tryTo(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (RexError.is(error)) throw error
  }
}
