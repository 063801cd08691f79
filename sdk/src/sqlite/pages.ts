// A checksum for each page of a store, in a file beside it: SQLite keeps none. docs/spec/delivery.md, "Durability"
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { crc32 } from 'node:zlib'
import { RexError } from '../core/error.ts'
import { damaged } from './damage.ts'
import { type Database, PAGE_BYTES } from './database.ts'
import { type Count, countLine, readCount } from './mark.ts'
import { type Log, readLog, sumOfPage } from './wal.ts'

/** Pages checked when a store is opened; the background check covers the rest. */
const AT_OPENING = (256 * 1024 ** 2) / PAGE_BYTES
const PAGES_AT_ONCE = 256
const BLOCK_BYTES = 4096
/** The last word of a block is the checksum of the block. */
const SUMS = BLOCK_BYTES / 4 - 1

/** The page checksums of a store. */
export interface Pages {
  /** Pages that failed their checksum when the store was opened. */
  readonly unlike: readonly number[]
  /** Whether every page has a checksum, and none is newer than the store. */
  readonly vouched: boolean
  /** Number of pages compared since the store was opened, out of all pages. */
  progress(): { readonly checked: number; readonly of: number }
  /** Accepts the current content: computes missing checksums, and recomputes those of the pages in `unlike`. */
  accept(unlike: readonly number[]): void
  /** Returns a test for pages that the log supersedes at this moment, so that nobody reads them from the file. */
  superseded(): (page: number) => boolean
  /**
   * Compares the next pages and returns those that failed their checksum. `done`: the round is complete. @throws RexError CANCELLED, and
   * errors of the system
   */
  step(count: number): { readonly unlike: readonly number[]; readonly done: boolean }
}

/** Opens the checksums of the database file `path`, which has a mark, and keeps them current from then on. */
export function openPages(db: Database, path: string): Pages {
  const getCount = db.prepare<Count>('SELECT life, commits FROM mark')
  const file = openSync(path, 'r')
  const beside = openSync(`${path}.sums`, constants.O_RDWR | constants.O_CREAT, 0o600)
  const sums = createSums(beside)
  /** The whole log is in the file, so the checksums match the file. */
  let settled = false
  let next = 0
  let checked = 0
  let known: Count | undefined
  let closed = false
  db.watchLog({
    before(frames) {
      const log = readLog(path)
      if (frames !== undefined && log.frames < frames) throw damaged()
      settled = false
      keep(log)
    },
    carried: () => {
      settled = true
    },
    abandon(isDamaged) {
      tryTo(() => {
        if (isDamaged) truncateSync(`${path}-wal`, readLog(path).bytes)
        else ftruncateSync(beside, 0)
      })
    },
    closed() {
      closed = true
      closeSync(file)
      closeSync(beside)
    },
  })

  function keep({ pages }: Pick<Log, 'pages'>): void {
    for (const [page, sum] of pages) sums.set(page - 1, sum)
    sums.write(commits())
  }

  /** The commit count, as last read if the store has failed: an earlier count vouches for less but is never wrong. */
  function commits(): Count | undefined {
    try {
      known = getCount.get()
    } catch {}
    return known
  }

  function count(): number {
    return Math.ceil(fstatSync(file).size / PAGE_BYTES)
  }

  /** Pages from `from` to `to`, with sum 0 for those beyond the end of the file. */
  function* read(from: number, to: number): Generator<[place: number, sum: number]> {
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

  function compare(from: number, to: number, isCovered: (page: number) => boolean = () => false): number[] {
    const unlike: number[] = []
    for (const [place, sum] of read(from, to)) {
      const expected = sums.get(place)
      if (expected !== 0 && expected !== sum && !isCovered(place + 1)) unlike.push(place + 1)
    }
    return unlike
  }

  /** Compares pages at opening, except those in the log: the next checkpoint rewrites them. */
  function whenOpened(): Pick<Pages, 'unlike' | 'vouched'> {
    const { pages } = readLog(path)
    const isOfThis = sums.load(commits())
    const total = Math.max(count(), sums.count())
    const vouched = isOfThis && !sums.hasGap(count(), (page) => pages.has(page))
    checked = Math.min(total, AT_OPENING)
    next = checked < total ? checked : 0
    return { vouched, unlike: compare(0, checked, (page) => pages.has(page)) }
  }

  const opened = whenOpened()
  return {
    ...opened,
    progress: () => ({ checked: Math.min(checked, count()), of: count() }),
    accept(unlike) {
      const again = new Set(unlike)
      const total = count()
      sums.trim(total)
      for (const page of again) sums.set(page - 1, 0)
      if (again.size > 0 || !opened.vouched)
        for (const [place, sum] of read(0, total)) if (sums.get(place) === 0) sums.set(place, sum)
      tryTo(() => sums.write(commits()))
    },
    superseded() {
      const { pages } = readLog(path)
      return (page) => pages.has(page)
    },
    step(pages) {
      if (closed) throw new RexError('CANCELLED', 'The store is closed.')
      if (!settled) return { unlike: [], done: false }
      const total = count()
      const to = Math.min(next + pages, total)
      const unlike = compare(next, to)
      const done = to >= total
      checked = Math.max(checked, to)
      next = done ? 0 : to
      return { unlike, done }
    },
  }
}

interface Sums {
  get(place: number): number
  set(place: number, sum: number): void
  count(): number
  /** Whether any of the first `pages` pages has no checksum and is not covered. */
  hasGap(pages: number, isCovered: (page: number) => boolean): boolean
  /** Loads the intact checksum blocks. Returns false, and loads none, if the file does not belong to a state at or before `count`. */
  load(count: Count | undefined): boolean
  /** Drops the checksums of pages beyond the end. */
  trim(pages: number): void
  /** Writes the changed blocks durably. */
  write(count: Count | undefined): void
}

function createSums(beside: number): Sums {
  let sums = new Uint32Array(SUMS)
  let used = 0
  const changed = new Set<number>()

  function grow(places: number): void {
    if (places <= sums.length) return
    const larger = new Uint32Array(Math.ceil(Math.max(places, sums.length * 1.25) / SUMS) * SUMS)
    larger.set(sums)
    sums = larger
  }

  function set(place: number, sum: number): void {
    grow(place + 1)
    used = Math.max(used, place + 1)
    if (sums[place] === sum) return
    sums[place] = sum
    changed.add(Math.floor(place / SUMS))
  }

  return {
    set,
    get: (place) => sums[place] ?? 0,
    count: () => used,
    hasGap(pages, isCovered) {
      for (let i = 0; i < pages; i++) if ((sums[i] ?? 0) === 0 && !isCovered(i + 1)) return true
      return false
    },
    load(count) {
      const all = Buffer.alloc(fstatSync(beside).size)
      readSync(beside, all, 0, all.length, 0)
      const of = readCount(all.toString('latin1', 0, Math.min(all.length, BLOCK_BYTES)).split('\0')[0] ?? '')
      if (of === undefined || count === undefined || of.life !== count.life || of.commits > count.commits)
        return false
      for (let block = 0; (block + 2) * BLOCK_BYTES <= all.length; block++) {
        const bytes = all.subarray((block + 1) * BLOCK_BYTES, (block + 2) * BLOCK_BYTES)
        if (crc32(bytes.subarray(0, SUMS * 4)) !== bytes.readUInt32LE(SUMS * 4)) continue
        for (let i = 0; i < SUMS; i++) {
          const sum = bytes.readUInt32LE(i * 4)
          if (sum !== 0) set(block * SUMS + i, sum)
        }
      }
      changed.clear()
      return true
    },
    trim(pages) {
      for (let place = pages; place < used; place++) set(place, 0)
      used = Math.min(used, pages)
    },
    write(count) {
      if (count === undefined) return
      for (const block of changed) {
        const bytes = Buffer.alloc(BLOCK_BYTES)
        for (let i = 0; i < SUMS; i++) bytes.writeUInt32LE(sums[block * SUMS + i] ?? 0, i * 4)
        bytes.writeUInt32LE(crc32(bytes.subarray(0, SUMS * 4)), SUMS * 4)
        writeSync(beside, bytes, 0, BLOCK_BYTES, (block + 1) * BLOCK_BYTES)
      }
      writeSync(beside, countLine(count), 0)
      fsyncSync(beside)
      changed.clear()
    },
  }
}

/** A disk that fails here also fails the next commit, which reports it. */
function tryTo(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (RexError.is(error)) throw error
  }
}
