// Reads the write-ahead log as SQLite recovers it: up to the last commit with valid checksums.
// https://sqlite.org/fileformat2.html#walformat
import { closeSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { giveBack } from '../core/encoding/encoding.ts'
import { PAGE_BYTES } from './database.ts'

const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES
const FRAMES_AT_ONCE = 256
/** First word of a log. Its last bit states whether the checksums are big-endian. */
const MAGIC = 0x377f0682
const WORDS = { salts: 4, sums: 6 }

/** The committed part of a log. */
export interface Log {
  readonly frames: number
  /** Offset of the end of the last committed frame. */
  readonly bytes: number
  /**
   * For each page number, the value that the reader asked for: the checksum of the page's newest content (`readLog`), or the
   * offset of that content in the log (`readPlaces`).
   */
  readonly pages: ReadonlyMap<number, number>
  /** Number of pages of the database after its last commit. 0: the log is empty. */
  readonly size: number
}

const EMPTY: Log = { frames: 0, bytes: 0, pages: new Map(), size: 0 }

/** Computes the checksum of a page. Never returns 0, which marks a missing checksum. */
export function sumOfPage(page: Uint8Array): number {
  return crc32(page) || 1
}

/** Reads the log of the database file `path`. */
export function readLog(path: string): Log {
  const file = openLog(path)
  if (file === undefined) return EMPTY
  try {
    return framesOf(file, sumOfPage)
  } finally {
    closeSync(file)
  }
}

/** Opens the log of the database file `path` for reading. Returns undefined if there is none. */
export function openLog(path: string): number | undefined {
  try {
    return openSync(`${path}-wal`, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Reads the header of an open log, which changes whenever SQLite restarts the log. Returns an empty buffer if the log has none. */
export function headerOf(file: number): Buffer {
  const header = Buffer.from(new ArrayBuffer(HEADER_BYTES))
  return header.subarray(0, readSync(file, header, 0, HEADER_BYTES, 0))
}

/** Does the same as `readLog` for an open log, except that `pages` contains the offset in the log of each page's newest content. */
export function readPlaces(file: number): Log {
  return framesOf(file, (_, at) => at)
}

/** Returns the value to store for a page whose content is at offset `at` of the log. */
type Note = (content: Uint8Array, at: number) => number

interface Checked {
  a: number
  b: number
}

/** A log with a valid header, and the values that its frames must match. */
interface Continued {
  readonly salts: readonly [number, number]
  readonly isSwapped: boolean
  readonly state: Checked
}

/** Adds words, in pairs, to the checksum that runs across all frames. */
function add(state: Checked, words: Int32Array, from: number, to: number): void {
  let { a, b } = state
  for (let i = from; i < to; i += 2) {
    a = (a + (words[i] as number) + b) | 0
    b = (b + (words[i + 1] as number) + a) | 0
  }
  state.a = a
  state.b = b
}

function framesOf(file: number, note: Note): Log {
  const header = headerOf(file)
  if (header.length < HEADER_BYTES) return EMPTY
  const magic = header.readUInt32BE(0)
  if (magic >>> 1 !== MAGIC >>> 1 || header.readUInt32BE(8) !== PAGE_BYTES) return EMPTY
  const isSwapped = (magic & 1) === 1
  const state = { a: 0, b: 0 }
  add(state, wordsOf(header, isSwapped), 0, WORDS.sums)
  if (!isSum(header, HEADER_BYTES - 8, state)) return EMPTY
  const salts = [header.readUInt32BE(16), header.readUInt32BE(20)] as const
  const chunk = Buffer.allocUnsafeSlow(FRAMES_AT_ONCE * FRAME_BYTES)
  try {
    return walk(file, chunk, { salts, isSwapped, state }, note)
  } finally {
    giveBack(chunk)
  }
}

/**
 * Reads the frames in chunks. Notes each page once for each chunk, because a log has many versions of those pages that
 * every commit changes.
 */
function walk(file: number, chunk: Buffer, continued: Continued, note: Note): Log {
  const pages = new Map<number, number>()
  /** Notes of the frames after the last commit. */
  const pending = new Map<number, number>()
  let read = 0
  let frames = 0
  let size = 0
  for (;;) {
    const start = HEADER_BYTES + read * FRAME_BYTES
    const got = readSync(file, chunk, 0, chunk.length, start)
    const valid = validFrames(chunk, Math.floor(got / FRAME_BYTES), continued)
    const committed = committedFrames(chunk, valid)
    if (committed > 0) {
      for (const [page, noted] of pending) pages.set(page, noted)
      pending.clear()
      noteNewest(pages, { chunk, start, from: 0, to: committed, note })
      frames = read + committed
      size = chunk.readUInt32BE((committed - 1) * FRAME_BYTES + 4)
    }
    noteNewest(pending, { chunk, start, from: committed, to: valid, note })
    read += valid
    if (valid < FRAMES_AT_ONCE)
      return { frames, pages, size, bytes: frames === 0 ? 0 : HEADER_BYTES + frames * FRAME_BYTES }
  }
}

/** Returns how many of the first `count` frames of a chunk continue the log. */
function validFrames(chunk: Buffer, count: number, { salts, isSwapped, state }: Continued): number {
  const words = wordsOf(chunk, isSwapped)
  for (let i = 0; i < count; i++) {
    const at = i * FRAME_BYTES
    if (chunk.readUInt32BE(at + 8) !== salts[0] || chunk.readUInt32BE(at + 12) !== salts[1]) return i
    addFrame(state, words, at / 4)
    if (!isSum(chunk, at + 16, state)) return i
  }
  return count
}

/** Adds a frame to the checksum. V8 optimises this function because it is called often, unlike the loops around it. */
function addFrame(state: Checked, words: Int32Array, word: number): void {
  add(state, words, word, word + 2)
  add(state, words, word + WORDS.sums, word + FRAME_BYTES / 4)
}

/** Returns how many of the first `count` frames of a chunk belong to commits that are complete. */
function committedFrames(chunk: Buffer, count: number): number {
  let committed = count
  while (committed > 0 && chunk.readUInt32BE((committed - 1) * FRAME_BYTES + 4) === 0) committed -= 1
  return committed
}

/** Frames of a chunk, which begins at offset `start` of the log. */
interface Frames {
  readonly chunk: Buffer
  readonly start: number
  readonly from: number
  readonly to: number
  readonly note: Note
}

/** Notes the newest content of each page in these frames. */
function noteNewest(notes: Map<number, number>, { chunk, start, from, to, note }: Frames): void {
  const noted = new Set<number>()
  for (let i = to - 1; i >= from; i--) {
    const at = i * FRAME_BYTES
    const page = chunk.readUInt32BE(at)
    if (noted.has(page)) continue
    noted.add(page)
    const content = chunk.subarray(at + FRAME_HEADER_BYTES, at + FRAME_BYTES)
    notes.set(page, note(content, start + at + FRAME_HEADER_BYTES))
  }
}

const isLittle = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Returns the words of a buffer that starts at a multiple of four, in the byte order of the checksums. */
function wordsOf(bytes: Buffer, isBig: boolean): Int32Array {
  const same = isBig !== isLittle
  const ordered = same ? bytes : Buffer.from(new Uint8Array(bytes).buffer).swap32()
  return new Int32Array(ordered.buffer, ordered.byteOffset, ordered.length / 4)
}

function isSum(bytes: Buffer, at: number, { a, b }: Checked): boolean {
  return bytes.readInt32BE(at) === a && bytes.readInt32BE(at + 4) === b
}
