// Decodes the bytes that the digits of a text may encode. docs/spec/referral.md, "Content guard"

import { latin1 } from './characters.ts'
import { ASCII85, ENCODINGS, type Encoding } from './encodings.ts'
import { roomFor } from './room.ts'

/** Bytes that a text may encode. */
export interface Decoded {
  readonly bytes: Uint8Array
  /** Whether the bytes may be a whole file, because they begin where a part of the text begins. */
  readonly whole: boolean
}

/** Minimum number of bytes that can contain a signature. */
export const SHORTEST = 10
/** Minimum number of bytes that a run of digits must encode to be decoded as a block. */
const SHORTEST_BLOCK = 20

const ONLY_HEXADECIMAL = /^[0-9a-f\s:,;.-]*$/i
const OF_DIGESTS = ENCODINGS.filter(({ loose }) => loose)

const [X, ZERO] = [0x78, 0x30]
/** The code that follows the last character of a text. It is not a digit of any encoding. */
const END = 0
const SPACE = new Uint8Array(256)
for (const code of [9, 10, 11, 12, 13, 32, 0xa0]) SPACE[code] = 1
const LETTER = new Uint8Array(256)
for (let code = 0; code < 256; code++)
  if (/[a-wyz\x80-\xff]/i.test(String.fromCharCode(code))) LETTER[code] = 1

/** A part of a run of digits that may encode a whole file, as offsets into the run. */
interface Block {
  readonly from: number
  readonly to: number
}

/**
 * Yields the bytes that the digits of a text may encode, from each digit at which a first byte may begin. A result is valid only until the
 * next result, or until another text is decoded at the same depth.
 */
export function* decodings(text: string, depth: number): Generator<Decoded> {
  const codes = latin1(text)
  const folded = unfolded(text, codes)
  const longest = Math.max(codes.length, folded.length)
  const room = roomFor(depth * 2, longest)
  // Leave room for the last group of base85, which is padded.
  const bytes = roomFor(depth * 2 + 1, longest + 4)
  // If all digits are hexadecimal, only the loose encodings can apply.
  for (const encoding of ONLY_HEXADECIMAL.test(text) ? OF_DIGESTS : ENCODINGS) {
    const { run, blocks } = digitsOf(encoding === ASCII85 ? folded : codes, encoding, room)
    if (encoding.oneRun) yield* ofRun(run, { from: 0, to: run.length }, encoding, bytes)
    for (const block of blocks) {
      if (encoding.oneRun) yield { bytes: decode(run, block, encoding, bytes), whole: true }
      else yield* ofRun(run, block, encoding, bytes)
    }
  }
}

function* ofRun(
  run: Uint8Array,
  { from, to }: Block,
  encoding: Encoding,
  room: Uint8Array,
): Generator<Decoded> {
  for (let skip = 0; skip < encoding.places; skip++) {
    const bytes = decode(run, { from: from + skip, to }, encoding, room)
    if (bytes.length < SHORTEST) return
    yield { bytes, whole: skip === 0 && !encoding.oneRun }
  }
}

function unfolded(text: string, codes: Uint8Array): Uint8Array {
  if (!/[zy]|~>/.test(text)) return codes
  return latin1(text.replaceAll('~>', ' ').replaceAll('z', '!!!!!').replaceAll('y', '+<VdL'))
}

/**
 * Writes the values of a text's digits to `run`. Returns these values, and the blocks among them, which are the parts that may encode a whole file.
 */
function digitsOf(
  codes: Uint8Array,
  encoding: Encoding,
  run: Uint8Array,
): { run: Uint8Array; blocks: readonly Block[] } {
  const { digits, loose, first, bits } = encoding
  const blocks: Block[] = []
  let length = 0
  let from = -1
  let start = 0
  let begun = false
  for (let at = 0; at <= codes.length; at++) {
    const code = codes[at] ?? END
    const value = digits[code] as number
    if (value >= 0) {
      if (from < 0) {
        from = length
        start = at
        begun = false
      }
      run[length++] = value
    } else if (from >= 0) {
      // The "0x" before a number is not part of its digits.
      if (loose && (code | 0x20) === X && codes[at - 1] === ZERO) length -= 1
      begun ||= length - from >= first && (!loose || (length - from) % 2 === 0)
      if (begun && at < codes.length && (loose ? LETTER[code] === 0 : SPACE[code] === 1)) continue
      const size = ((length - from) * (bits || 6)) >> 3
      if (size >= SHORTEST_BLOCK && encoding.fits(codes.subarray(start, at)))
        blocks.push({ from, to: length })
      from = -1
    }
  }
  return { run: run.subarray(0, length), blocks }
}

function decode(run: Uint8Array, block: Block, { bits }: Encoding, room: Uint8Array): Uint8Array {
  return bits === 0 ? packed85(run, block, room) : packed(run, block, bits, room)
}

function packed(run: Uint8Array, { from, to }: Block, bits: number, room: Uint8Array): Uint8Array {
  const bytes = room.subarray(0, (Math.max(to - from, 0) * bits) >> 3)
  let held = 0
  let count = 0
  let at = 0
  for (let i = from; i < to; i++) {
    held = ((held << bits) | (run[i] as number)) & 0xffff
    count += bits
    if (count >= 8) {
      count -= 8
      bytes[at++] = held >> count
    }
  }
  return bytes
}

/** Pads a last group of fewer than five digits with the highest digit. */
function packed85(run: Uint8Array, { from, to }: Block, room: Uint8Array): Uint8Array {
  const bytes = room.subarray(0, Math.max(Math.ceil((to - from) / 5), 0) * 4)
  for (let at = from, end = 0; end < bytes.length; end += 4) {
    let value = 0
    for (let i = 0; i < 5; i++, at++) value = Math.imul(value, 85) + (at < to ? (run[at] as number) : 84)
    bytes[end] = value >>> 24
    bytes[end + 1] = value >>> 16
    bytes[end + 2] = value >>> 8
    bytes[end + 3] = value
  }
  return bytes
}
