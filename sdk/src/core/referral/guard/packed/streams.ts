// Compressed streams: gzip, zlib, and deflated data without a header. docs/spec/referral.md, "Content guard"
import { byte, has, little16 } from '../formats/match.ts'
import { inflate } from './inflate.ts'
import type { Work } from './work.ts'

/** Number of bytes to unpack from each stream, because formats are recognised by their beginning. */
const MOST_UNPACKED = 0x10000
/** First bytes of zlib streams: deflate with a window of 256 bytes to 32 KiB. RFC 1950, section 2.2 */
const WINDOWS: readonly number[] = [0x08, 0x18, 0x28, 0x38, 0x48, 0x58, 0x68, 0x78]
/** The flag for a preset dictionary, which no reader of a referral would have. */
const DICTIONARY = 0x20
/** The first two bytes of zlib streams, big-endian: multiples of 31. */
const ZLIB: readonly number[] = WINDOWS.flatMap((first) =>
  Array.from({ length: 256 }, (_, second) => first * 0x100 + second),
).filter((both) => both % 31 === 0 && (both & DICTIONARY) === 0)
/** The first two bytes of each stream with a header, big-endian. */
export const STREAMS: readonly number[] = [0x1f8b, ...ZLIB]
/** Minimum size of deflated data without a header. Shorter data are not searched. */
const SHORTEST_BARE = 24
/** Maximum length of a file name or comment, including its end. */
const LONGEST_NAME = 1024
/** Work that a header costs, so that a text full of headers takes no longer than any other text. */
const COST_OF_HEADER = 32

/**
 * Unpacks the stream whose first two bytes (STREAMS) are at an offset. Returns undefined if the header of the stream is not
 * valid.
 */
export function unpackedAt(bytes: Uint8Array, at: number, work: Work): Uint8Array | undefined {
  const isZlib = bytes[at] !== 0x1f
  if (!isZlib && (!has(bytes, at, '\x1f\x8b\x08') || byte(bytes, at + 3) >= 32)) return undefined
  if (!work.take(COST_OF_HEADER)) return undefined
  const data = isZlib ? at + 2 : afterGzipHeader(bytes, at, work)
  return data === undefined ? undefined : inflate(bytes, data, { most: MOST_UNPACKED, work }).output
}

/** Unpacks deflated data without a header if the bytes as a whole are such data, with a proper end. Otherwise returns undefined. */
export function unpackedWhole(bytes: Uint8Array, work: Work): Uint8Array | undefined {
  const type = (byte(bytes, 0) >> 1) & 3
  if (bytes.length < SHORTEST_BARE || type === 3) return undefined
  const { output, ended } = inflate(bytes, 0, { most: MOST_UNPACKED, work })
  return ended ? output : undefined
}

/** Returns the offset of the compressed data in a gzip member, or undefined if its name or comment is too long. RFC 1952, section 2.3 */
function afterGzipHeader(bytes: Uint8Array, at: number, work: Work): number | undefined {
  const flags = byte(bytes, at + 3)
  let data = at + 10
  if (flags & 4) data += 2 + Math.max(little16(bytes, data), 0)
  for (const text of [8, 16]) {
    if ((flags & text) === 0) continue
    const end = bytes.subarray(data, data + LONGEST_NAME).indexOf(0)
    if (!work.take(end < 0 ? LONGEST_NAME : end) || end < 0) return undefined
    data += end + 1
  }
  return flags & 2 ? data + 2 : data
}
