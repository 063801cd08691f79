// Reads the write-ahead log as SQLite recovers it: up to the last commit with valid checksums.
// https://sqlite.org/fileformat2.html#walformat
import { closeSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
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
  /** Checksum of the newest content of each page, or another value that was requested, by page number. */
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

/** Does the same as `readLog` for an open log, except that `pages` holds the offset in the log of each page's newest content. */
export function readPlaces(file: number): Log {
  return framesOf(file, (_, at) => at)
}

/** Returns the value to store for a page whose content is at offset `at` of the log. */
type Note = (content: Uint8Array, at: number) => number

interface Checked {
  a: number
  b: number
}

/** Continues the checksum, which runs across all frames over pairs of words. */
function add(state: Checked, words: Uint32Array, from: number, to: number): void {
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
  return walk(file, { salts: header.subarray(16, 24), isSwapped, state, note })
}

function walk(
  file: number,
  { salts, isSwapped, state, note }: { salts: Buffer; isSwapped: boolean; state: Checked; note: Note },
): Log {
  const pages = new Map<number, number>()
  let pending: [page: number, note: number][] = []
  let read = 0
  let frames = 0
  let size = 0
  const chunk = Buffer.from(new ArrayBuffer(FRAMES_AT_ONCE * FRAME_BYTES))
  for (;;) {
    const got = readSync(file, chunk, 0, chunk.length, HEADER_BYTES + read * FRAME_BYTES)
    const words = wordsOf(chunk, isSwapped)
    const whole = Math.floor(got / FRAME_BYTES)
    for (let i = 0; i < whole; i++) {
      const at = i * FRAME_BYTES
      if (!chunk.subarray(at + 8, at + 16).equals(salts)) return done()
      const word = at / 4
      add(state, words, word, word + 2)
      add(state, words, word + WORDS.sums, word + FRAME_BYTES / 4)
      if (!isSum(chunk, at + 16, state)) return done()
      read += 1
      const content = chunk.subarray(at + FRAME_HEADER_BYTES, at + FRAME_BYTES)
      const place = HEADER_BYTES + (read - 1) * FRAME_BYTES + FRAME_HEADER_BYTES
      pending.push([chunk.readUInt32BE(at), note(content, place)])
      const sizeAfter = chunk.readUInt32BE(at + 4)
      const isCommit = sizeAfter > 0
      if (!isCommit) continue
      size = sizeAfter
      for (const [page, noted] of pending) pages.set(page, noted)
      pending = []
      frames = read
    }
    if (whole < FRAMES_AT_ONCE) return done()
  }

  function done(): Log {
    return { frames, pages, size, bytes: frames === 0 ? 0 : HEADER_BYTES + frames * FRAME_BYTES }
  }
}

const isLittle = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Returns the words of a buffer that starts at a multiple of four, in the byte order of the checksums. */
function wordsOf(bytes: Buffer, isBig: boolean): Uint32Array {
  const same = isBig !== isLittle
  const ordered = same ? bytes : Buffer.from(new Uint8Array(bytes).buffer).swap32()
  return new Uint32Array(ordered.buffer, ordered.byteOffset, ordered.length / 4)
}

function isSum(bytes: Buffer, at: number, { a, b }: Checked): boolean {
  return bytes.readInt32BE(at) === a && bytes.readInt32BE(at + 4) === b
}
