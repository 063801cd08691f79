// Copies a database while its owner writes, without coordinating with the owner. Every commit that was durable before the copy is included.
// docs/adr/0033
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, readSync, read as readWith, statSync } from 'node:fs'
import { promisify } from 'node:util'
import { RexError } from '../../core/error.ts'
import { PAGE_BYTES } from '../database.ts'
import { closeUnlessOwned, descriptorOf } from '../pages.ts'
import { readSums } from '../sums.ts'
import { headerOf, openLog, readPlaces, sumOfPage } from '../wal.ts'

const read = promisify(readWith)
/** Block size in which the file is read and compared with an earlier round, in bytes. */
const BLOCK = 16 * PAGE_BYTES
/** Maximum number of pages to read together in a later round. */
const MOST_AT_ONCE = 256
/** Number of bytes to keep of each block's digest. */
const DIGEST = 16
/**
 * Maximum number of rounds. A round fails if the owner restarts the log in the meantime, which happens every 8 MiB. Later rounds are short however
 * large the store is, because they read only pages that have changed according to the checksums next to the store.
 */
const MOST_ROUNDS = 50

/** Writes bytes at an offset of the copy. Later bytes replace earlier bytes. */
export type Put = (bytes: Uint8Array, at: number) => Promise<void>

/**
 * Copies a database as of some moment after the call. Between two restarts of the log, its owner changes only pages that are also in the log. So the
 * blocks are read first and the log last. If the log was restarted in between, the blocks are read again, and changed blocks are written again. The
 * owner writes the checksum of a page before it changes the page (ADR 25).
 * @returns the size of the copy in bytes; anything written beyond it is not part of the copy
 * @throws RexError STORE_IN_USE if the owner writes too fast; errors of `put` and of the system
 */
export async function copyDatabase(path: string, put: Put): Promise<number> {
  const own = descriptorOf(path)
  const opened = own ?? openSync(path, 'r')
  try {
    const copied: Copied = { digests: [], sums: [] }
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = stateOf(path, opened)
      const sums = round === 0 ? undefined : readSums(path)
      if (sums === undefined) await putBlocks(opened, copied, put)
      else await putChanged(opened, { copied, sums }, put)
      const size = await putLog(path, { file: opened, copied }, put)
      if (isSame(before, stateOf(path, opened))) return size
    }
  } finally {
    if (own === undefined) closeUnlessOwned(opened)
  }
  throw new RexError('STORE_IN_USE', `The store ${path} is written to faster than it can be copied.`, {
    hint: 'Try again when there is less traffic, or close the program for the time of the backup.',
  })
}

/** State of the copy, for comparison in the next round. */
interface Copied {
  /** Digest of each block. Absent: one of its pages has been written since. */
  readonly digests: (Buffer | undefined)[]
  /** Checksum of each page, by page number minus 1. */
  readonly sums: number[]
}

/** Writes new or changed blocks to the copy. */
async function putBlocks(file: number, copied: Copied, put: Put): Promise<void> {
  const block = Buffer.alloc(BLOCK)
  // Anything appended to the file from now on is in the log too.
  const { size } = fstatSync(file)
  for (let place = 0; place * BLOCK < size; place++) {
    const { bytesRead } = await read(file, block, 0, BLOCK, place * BLOCK)
    if (bytesRead === 0) return
    const bytes = block.subarray(0, bytesRead)
    const digest = createHash('sha256').update(bytes).digest().subarray(0, DIGEST)
    if (copied.digests[place]?.equals(digest)) continue
    await putPages(bytes, { copied, from: (place * BLOCK) / PAGE_BYTES }, put)
    copied.digests[place] = Buffer.from(digest)
  }
}

/** Writes new or changed pages to the copy, using the checksums next to the store. Reads neighbouring pages together. */
async function putChanged(
  file: number,
  { copied, sums }: { readonly copied: Copied; readonly sums: Uint32Array },
  put: Put,
): Promise<void> {
  const count = Math.ceil(fstatSync(file).size / PAGE_BYTES)
  const isChanged = (place: number) => (sums[place] ?? 0) === 0 || sums[place] !== copied.sums[place]
  let from = 0
  while (from < count) {
    let to = from
    while (to < count && to < from + MOST_AT_ONCE && isChanged(to)) to += 1
    if (to > from) {
      const run = Buffer.alloc((to - from) * PAGE_BYTES)
      const { bytesRead } = await read(file, run, 0, run.length, from * PAGE_BYTES)
      await putPages(run.subarray(0, bytesRead), { copied, from }, put)
    }
    from = Math.max(to, from + 1)
  }
}

/** Writes whole pages to the copy, starting at page index `from`. */
async function putPages(
  bytes: Uint8Array,
  { copied, from }: { readonly copied: Copied; readonly from: number },
  put: Put,
): Promise<void> {
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
    const place = from + at / PAGE_BYTES
    copied.sums[place] = sumOfPage(bytes.subarray(at, at + PAGE_BYTES))
    delete copied.digests[Math.floor((place * PAGE_BYTES) / BLOCK)]
  }
  await put(bytes, from * PAGE_BYTES)
}

/** Writes the pages of the log to the copy. Returns the size of the resulting database in bytes. */
async function putLog(
  path: string,
  { file, copied }: { readonly file: number; readonly copied: Copied },
  put: Put,
): Promise<number> {
  const { size } = fstatSync(file)
  const log = openLog(path)
  if (log === undefined) return size
  try {
    const { pages, size: count } = readPlaces(log)
    for (const [number, at] of pages) {
      const page = Buffer.alloc(PAGE_BYTES)
      readSync(log, page, 0, PAGE_BYTES, at)
      await putPages(page, { copied, from: number - 1 }, put)
    }
    return count * PAGE_BYTES || size
  } finally {
    closeSync(log)
  }
}

/** A value that changes whenever the file changes in a page that is not in the log. */
type State = readonly (string | number | bigint)[]

/**
 * Returns the start of the log, the mark and the time of the file. An empty log may have been started, checkpointed and emptied again in the
 * meantime. In that case, the mark and the time differ, because the mark is written after each commit.
 */
function stateOf(path: string, file: number): State {
  const { ino } = statSync(path, { bigint: true })
  const { ino: own, mtimeNs, size } = fstatSync(file, { bigint: true })
  const log = openLog(path)
  try {
    const header = log === undefined ? '' : headerOf(log).toString('hex')
    if (ino !== own) throw replaced(path)
    if (log !== undefined && header !== '') return [header, fstatSync(log).ino]
    return ['', mtimeNs, size, markOf(path)]
  } finally {
    if (log !== undefined) closeSync(log)
  }
}

function markOf(path: string): string {
  try {
    return readFileSync(`${path}.mark`, 'latin1')
  } catch {
    return ''
  }
}

function replaced(path: string): RexError {
  return new RexError('STORE_IN_USE', `The store ${path} was replaced while it was copied.`, {
    hint: 'Try again.',
  })
}

function isSame(one: State, other: State): boolean {
  return one.length === other.length && one.every((part, i) => part === other[i])
}
