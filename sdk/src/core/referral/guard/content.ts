// Checks whether a text or bytes contain media. docs/spec/referral.md, "Content guard"

import { asText, BEYOND_ASCII, fromUtf8, isAscii, latin1, utf16 } from './decoding/characters.ts'
import { dense } from './decoding/dense.ts'
import { decodings, SHORTEST } from './decoding/digits.ts'
import { mayBeEscaped, unescaped, unquoted } from './decoding/escapes.ts'
import { grouped } from './decoding/groups.ts'
import { numbersIn } from './decoding/numbers.ts'
import { roomFor } from './decoding/room.ts'
import { fromUtf7 } from './decoding/utf7.ts'
import { formatIn } from './formats/formats.ts'
import { hasJpegXl, startsJpegXl } from './formats/jpeg-xl.ts'
import { isMarkup } from './markup.ts'
import { unpackedAt, unpackedWhole } from './packed/streams.ts'
import type { Work } from './packed/work.ts'

/** Minimum length in characters of data that can contain media. */
const FEWEST_DIGITS = 24
/** Maximum number of nested layers that the guard searches, such as text within bytes within text. */
const DEEPEST = 4
/** Invisible characters, and the zeros that appear when UTF-16 is read as Latin-1. */
const UNSEEN = /[\0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g
/** Matches full-width letters and digits, as typed on East Asian keyboards. */
const FULL_WIDTH = /[\uff01-\uff5e]{8,}/g
/** Matches a text with at least three URL escapes. URL-encoded data contains many, because all symbols in it are escaped. */
const FORM = /(?:%[0-9a-f]{2}[^%]{0,99}){3}/i
const WIDE = /(?:[\u0100-\uffff][^\u0100-\uffff]{0,40}){4}/
/** Matches UTF-8 that was read as Latin-1. */
const DOUBLE = /[\u00c2\u00c3]./
/** Matches the characters between two joined string literals of a program, as in `"ab" + "cd"`. */
const CONCATENATED = /["'`]\s{0,8}\+\s{0,8}["'`]/g
/** Matches the offset of a line of an octal dump. */
const OCTAL_OFFSET = /^[0-7]{7,11}(?=[ \t]+[0-7]{3}\b)/gm
/** Matches a line of a hexadecimal dump: offset, pairs of digits, and the same bytes as text. */
const DUMP =
  /^[ \t]{0,8}[0-9a-f]{4,16}[:h]?[ \t]{0,3}((?:[ \t-]{1,2}[0-9a-f]{2,4}(?![0-9a-f])){4,20}).{0,40}$/gim

/** Whether a text contains media, in any encoding. `hasData`: false if the unchanged text consists only of words. */
export function textHolds(text: string, work: Work, depth = 0, hasData = true): boolean {
  if (text.length < SHORTEST || depth > DEEPEST) return false
  if (depth > 0 && !work.take(text.length)) return false
  const bytes = mayBeEscaped(text) ? undefined : asciiOf(text, depth)
  if (bytes !== undefined)
    return isMarkup(text) || somewhereHolds(bytes, work, depth) || (hasData && digitsHold(text, work, depth))
  const seen = text.replace(UNSEEN, '').replace(FULL_WIDTH, (letters) => letters.normalize('NFKC'))
  // Searches the text with its invisible characters, too, because they may be bytes of a picture.
  if (seen !== text && readings(text).some((reading) => charactersHold(reading, work, depth))) return true
  if (formOf(seen).some((reading) => charactersHold(reading, work, depth))) return true
  return readings(seen).some(
    (reading) =>
      isMarkup(reading) ||
      charactersHold(reading, work, depth) ||
      ((hasData || reading !== text) && digitsHold(reading, work, depth)),
  )
}

/** Returns the bytes of a text of only ASCII characters, otherwise undefined. They are valid until the next call with the same depth. */
function asciiOf(text: string, depth: number): Uint8Array | undefined {
  const bytes = roomFor(11 + depth, text.length).subarray(0, text.length)
  return isAscii(text, bytes) ? bytes : undefined
}

/**
 * Returns the ways to read a text: unchanged, decoded from quoted-printable or UTF-7, with one layer of escapes resolved, and with all layers
 * resolved.
 */
function readings(text: string): string[] {
  const value = unquoted(text) ?? fromUtf7(text)
  const layers = [...unescaped(value)]
  return [...new Set([text, value, ...layers.slice(0, 1), ...layers.slice(-1)])]
}

/** Decodes a text as a submitted HTML form, in which "+" means a space. Empty if the text cannot be one. */
function formOf(text: string): string[] {
  if (!text.includes('+') || !FORM.test(text)) return []
  return [...unescaped(text.replaceAll('+', ' '))].slice(0, 1)
}

/** Whether the digits or numbers in a text encode bytes with media. */
function digitsHold(text: string, work: Work, depth: number): boolean {
  const data = dense(text.replace(DUMP, '$1').replace(OCTAL_OFFSET, ''))
  return dataHold(data, work, depth) || grouped(data).some((one) => dataHold(one, work, depth))
}

/** Whether the digits or numbers in a text from which words were removed encode bytes with media. */
function dataHold(data: string, work: Work, depth: number): boolean {
  if (data.length < FEWEST_DIGITS) return false
  for (const { bytes, whole } of decodings(data.replace(CONCATENATED, ''), depth)) {
    if (somewhereHolds(bytes, work, depth) || (whole && wholeHolds(bytes, work, depth))) return true
  }
  for (const bytes of numbersIn(data)) if (bytesHold(bytes, work, depth)) return true
  return false
}

/** Whether the characters of a text, taken as bytes, contain media. */
function charactersHold(text: string, work: Work, depth: number): boolean {
  const bytes = latin1(text)
  if (somewhereHolds(bytes, work, depth)) return true
  if (!BEYOND_ASCII.test(text)) return false
  if (hasJpegXl(bytes) || unpackedHolds(unpackedWhole(bytes, work), work, depth)) return true
  const inner = DOUBLE.test(text) ? fromUtf8(bytes) : undefined
  if (inner !== undefined && textHolds(inner, work, depth + 1)) return true
  return WIDE.test(text) && utf16(text).some((one) => bytesHold(one, work, depth, text))
}

/** Whether bytes contain media: a format that starts anywhere in them, or media that appear when all the bytes are decoded or unpacked. */
export function bytesHold(bytes: Uint8Array, work: Work, depth = 0, from?: string): boolean {
  return somewhereHolds(bytes, work, depth) || wholeHolds(bytes, work, depth, from)
}

/** Whether a format of the closed list, or a compressed stream that contains media, starts anywhere in the bytes. */
function somewhereHolds(bytes: Uint8Array, work: Work, depth: number): boolean {
  const found = formatIn(bytes)
  if (found === 'format') return true
  for (const at of found) if (unpackedHolds(unpackedAt(bytes, at, work), work, depth)) return true
  return false
}

/** Whether the bytes as a whole contain media in a form without a signature, such as encoded text or bare deflate. `from`: the text from which they were decoded. */
function wholeHolds(bytes: Uint8Array, work: Work, depth: number, from?: string): boolean {
  if (bytes.length < SHORTEST) return false
  if (startsJpegXl(bytes)) return true
  const text = asText(bytes)
  if (text !== undefined) return text !== from && textHolds(text, work, depth + 1)
  return unpackedHolds(unpackedWhole(bytes, work), work, depth)
}

function unpackedHolds(unpacked: Uint8Array | undefined, work: Work, depth: number): boolean {
  if (unpacked === undefined || unpacked.length < SHORTEST || depth >= DEEPEST) return false
  return bytesHold(unpacked, work, depth + 1)
}
