// The file of page checksums next to a store: a line that states the state of the store, then blocks with a checksum each. docs/spec/delivery.md,
// REX-DLV-155
import { fstatSync, fsyncSync, readFileSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type Count, countLine, readCount } from './mark.ts'

const BLOCK_BYTES = 4096
/** Number of page checksums in a block. The last word of a block is the block's own checksum. */
const SUMS = BLOCK_BYTES / 4 - 1

/**
 * Reads the checksums of the store `path`, by page index (page number minus 1), as its owner wrote them before it changed the pages. 0: the page has
 * no checksum, or it is being written at this moment. Returns undefined if there are no checksums.
 */
export function readSums(path: string): Uint32Array | undefined {
  const all = contentOf(`${path}.sums`)
  const blocks = Math.floor(all.length / BLOCK_BYTES) - 1
  if (blocks < 1) return undefined
  const sums = new Uint32Array(blocks * SUMS)
  for (let block = 0; block < blocks; block++) {
    const bytes = all.subarray((block + 1) * BLOCK_BYTES, (block + 2) * BLOCK_BYTES)
    if (!isIntact(bytes)) continue
    for (let i = 0; i < SUMS; i++) sums[block * SUMS + i] = bytes.readUInt32LE(i * 4)
  }
  return sums
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}

function isIntact(block: Buffer): boolean {
  return crc32(block.subarray(0, SUMS * 4)) === block.readUInt32LE(SUMS * 4)
}

/** The checksums of a store's pages, by page index (page number minus 1). 0: the page has no checksum. */
export class Sums {
  readonly #file: number
  #sums = new Uint32Array(SUMS)
  #used = 0
  readonly #changedBlocks = new Set<number>()

  /** `file`: descriptor of the open file, which may be empty. */
  constructor(file: number) {
    this.#file = file
  }

  /** One more than the highest page index that was set. */
  get count(): number {
    return this.#used
  }

  get(place: number): number {
    return this.#sums[place] ?? 0
  }

  set(place: number, sum: number): void {
    this.#grow(place + 1)
    this.#used = Math.max(this.#used, place + 1)
    if (this.#sums[place] === sum) return
    this.#sums[place] = sum
    this.#changedBlocks.add(Math.floor(place / SUMS))
  }

  /** Whether any of the first `pages` pages lacks a checksum, except pages for which `isCovered` returns true. */
  hasGap(pages: number, isCovered: (page: number) => boolean): boolean {
    for (let place = 0; place < pages; place++)
      if (this.get(place) === 0 && !isCovered(place + 1)) return true
    return false
  }

  /** Drops the checksums of pages beyond the end. */
  trim(pages: number): void {
    for (let place = pages; place < this.#used; place++) this.set(place, 0)
    this.#used = Math.min(this.#used, pages)
  }

  /**
   * Loads the intact blocks. Returns false and loads nothing if the file belongs to another life of the store or to a later
   * state than `count`. If the store `isSettled`, the same applies to an earlier state, because the log no longer contains the
   * changes since that state.
   */
  load(count: Count | undefined, isSettled: boolean): boolean {
    const all = Buffer.alloc(fstatSync(this.#file).size)
    readSync(this.#file, all, 0, all.length, 0)
    const of = readCount(all.toString('latin1', 0, Math.min(all.length, BLOCK_BYTES)).split('\0')[0] ?? '')
    if (of === undefined || count === undefined || of.life !== count.life || of.commits > count.commits)
      return false
    if (isSettled && of.commits < count.commits) return false
    for (let block = 0; (block + 2) * BLOCK_BYTES <= all.length; block++)
      this.#loadBlock(block, all.subarray((block + 1) * BLOCK_BYTES, (block + 2) * BLOCK_BYTES))
    this.#changedBlocks.clear()
    return true
  }

  /** Writes the changed blocks durably. `count`: the state of the store; if undefined, the state is unknown and nothing is written. */
  write(count: Count | undefined): void {
    if (count === undefined) return
    for (const block of this.#changedBlocks)
      writeSync(this.#file, this.#blockOf(block), 0, BLOCK_BYTES, (block + 1) * BLOCK_BYTES)
    writeSync(this.#file, countLine(count), 0)
    fsyncSync(this.#file)
    this.#changedBlocks.clear()
  }

  #loadBlock(block: number, bytes: Buffer): void {
    if (!isIntact(bytes)) return
    for (let i = 0; i < SUMS; i++) {
      const sum = bytes.readUInt32LE(i * 4)
      if (sum !== 0) this.set(block * SUMS + i, sum)
    }
  }

  #blockOf(block: number): Buffer {
    const bytes = Buffer.alloc(BLOCK_BYTES)
    for (let i = 0; i < SUMS; i++) bytes.writeUInt32LE(this.get(block * SUMS + i), i * 4)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, SUMS * 4)), SUMS * 4)
    return bytes
  }

  #grow(places: number): void {
    if (places <= this.#sums.length) return
    const larger = new Uint32Array(Math.ceil(Math.max(places, this.#sums.length * 1.25) / SUMS) * SUMS)
    larger.set(this.#sums)
    this.#sums = larger
  }
}
