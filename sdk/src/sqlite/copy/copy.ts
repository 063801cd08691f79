// Copies a database while its owner writes, without asking the owner: no commit that was durable before is missing. docs/adr/0033
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, read as readWith, statSync } from 'node:fs'
import { promisify } from 'node:util'
import { RexError } from '../../core/error.ts'
import { PAGE_BYTES } from '../database.ts'
import { closeUnlessOwned, descriptorOf } from '../pages.ts'
import { headerOf, openLog, readPlaces } from '../wal.ts'

const read = promisify(readWith)
/** The file is read, and compared with an earlier round, in blocks of this size. Bytes. */
const BLOCK = 16 * PAGE_BYTES
/** Bytes of the digest that is kept of each block. */
const DIGEST = 16
/** A round fails if the owner begins the log anew during it, which happens every 8 MiB. Later rounds are faster, because they only read. */
const MOST_ROUNDS = 50

/** Puts bytes at an offset of the copy. Later bytes replace earlier ones. */
export type Put = (bytes: Uint8Array, at: number) => Promise<void>

/**
 * Copies a database as of some moment after the call. Between two starts of the log, its owner changes only pages that
 * are in the log too. So the blocks are read first and the log last; if the log was begun anew meanwhile, the blocks are read
 * again, and those that changed are put again.
 * @returns the size of the copy in bytes: what was put beyond it is no part of it
 * @throws RexError STORE_IN_USE if the owner writes too fast; errors of `put` and of the system
 */
export async function copyDatabase(path: string, put: Put): Promise<number> {
  const own = descriptorOf(path)
  const opened = own ?? openSync(path, 'r')
  try {
    const digests: (Buffer | undefined)[] = []
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = stateOf(path, opened)
      await putBlocks(opened, digests, put)
      const log = await putLog(path, opened, put)
      if (isSame(before, stateOf(path, opened))) return log.size
      // What was put over these blocks may be gone again.
      for (const page of log.pages) delete digests[Math.floor(((page - 1) * PAGE_BYTES) / BLOCK)]
    }
  } finally {
    if (own === undefined) closeUnlessOwned(opened)
  }
  throw new RexError('STORE_IN_USE', `The store ${path} is written to faster than it can be copied.`, {
    hint: 'Try again when there is less traffic.',
  })
}

/** Puts the blocks that are new or have changed. */
async function putBlocks(file: number, digests: (Buffer | undefined)[], put: Put): Promise<void> {
  const block = Buffer.alloc(BLOCK)
  // What is added to the file from now on is in the log too.
  const { size } = fstatSync(file)
  for (let place = 0; place * BLOCK < size; place++) {
    const { bytesRead } = await read(file, block, 0, BLOCK, place * BLOCK)
    if (bytesRead === 0) return
    const bytes = block.subarray(0, bytesRead)
    const digest = createHash('sha256').update(bytes).digest().subarray(0, DIGEST)
    if (digests[place]?.equals(digest)) continue
    digests[place] = Buffer.from(digest)
    await put(bytes, place * BLOCK)
  }
}

/** Puts the pages of the log. `size`: of the database after it, in bytes. */
async function putLog(
  path: string,
  file: number,
  put: Put,
): Promise<{ readonly pages: readonly number[]; readonly size: number }> {
  const { size } = fstatSync(file)
  const log = openLog(path)
  if (log === undefined) return { pages: [], size }
  try {
    const { pages, size: count } = readPlaces(log)
    const page = Buffer.alloc(PAGE_BYTES)
    for (const [number, at] of pages) {
      await read(log, page, 0, PAGE_BYTES, at)
      await put(page, (number - 1) * PAGE_BYTES)
    }
    return { pages: [...pages.keys()], size: count * PAGE_BYTES || size }
  } finally {
    closeSync(log)
  }
}

/** What changes when pages of the file change that are not in the log. */
type State = readonly (string | number | bigint)[]

/**
 * The start of the log. An empty log may have been begun, carried into the file and emptied again meanwhile: then the mark, which is
 * written after each commit, and the time of the file tell.
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
