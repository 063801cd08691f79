// Finds the parts of a text that may be data. docs/spec/referral.md, "Content guard"

import { isAscii } from './characters.ts'
import { FEWEST_GROUPS } from './groups.ts'
import { roomFor } from './room.ts'

/** A token of letters with at least this many characters is data, not a word. */
const LONGEST_WORD = 16
/** A token in capitals with at least this many characters is data, not a word. */
const LONGEST_CAPITALS = 6
/**
 * The first character of the scripts without spaces between words. Data that was misread as UTF-16 also consists mostly of
 * characters from here on.
 */
const IDEOGRAPHS = 0x2e80

const SPACE = 1
const LOWER = 2
const UPPER = 4
/** Class of the punctuation of sentences. */
const NEUTRAL = 8
const OTHER = 16
const CLASSES = new Uint8Array(256).fill(OTHER)
for (const code of [9, 10, 11, 12, 13, 32]) CLASSES[code] = SPACE
for (let i = 0; i < 26; i++) {
  CLASSES[0x41 + i] = UPPER
  CLASSES[0x61 + i] = LOWER
}
for (const mark of '.,;:!?"\'()-') CLASSES[mark.charCodeAt(0)] = NEUTRAL
/** The code that stands for every letter beyond ASCII. */
const FOREIGN = 0xff
CLASSES[FOREIGN] = LOWER
const HEX = new Uint8Array(256)
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1

/** Texts up to this length are faster to read character by character. */
const SHORT = 24

/** Maximum number of consecutive words between data that count as data, too, because data may look like words by chance. */
const MOST_BRIDGED = 4

/**
 * Removes the words from a text. Words are tokens of fewer than 16 letters in lower case, in capitals or with an initial
 * capital, and punctuation marks. Other tokens stay, with everything between them. A long run of tokens of the same length also
 * stays. Returns an empty text if there are only words, as in most texts.
 */
export function dense(text: string): string {
  const codes = codesOf(text)
  const parts: Part[] = []
  let from = -1
  let to = -1
  let words = 0
  const group: Group = { length: 0, from: 0, count: 0 }
  for (let at = 0; at < text.length; at++) {
    const start = at
    at = endOfToken(text, codes, start)
    const isWord = at < 0
    if (isWord) at = ~at
    if (at === start) continue
    note(group, start, at - start)
    const isGrouped = group.count >= FEWEST_GROUPS
    if (isWord && !isGrouped) {
      words += 1
      if (from < 0 || words <= MOST_BRIDGED) continue
      parts.push({ from, to })
      from = -1
    } else {
      if (group.count === FEWEST_GROUPS)
        from = reachBack(parts, from < 0 ? group.from : Math.min(from, group.from))
      else if (from < 0) from = start
      to = at
      words = 0
    }
  }
  if (from >= 0) parts.push({ from, to })
  return parts.map((part) => text.slice(part.from, part.to)).join(' ')
}

/** A run of consecutive tokens of the same length. */
interface Group {
  length: number
  from: number
  count: number
}

function note(group: Group, start: number, length: number): void {
  if (length === group.length) {
    group.count += 1
    return
  }
  group.length = length
  group.from = start
  group.count = 1
}

/** A part of a text, as offsets. */
interface Part {
  readonly from: number
  readonly to: number
}

/** Removes the parts that begin at or after an offset. Returns the offset, or the end of the last remaining part if this is later. */
function reachBack(parts: Part[], from: number): number {
  let last = parts.at(-1)
  for (; last !== undefined && last.from >= from; last = parts.at(-1)) parts.pop()
  return Math.max(from, last?.to ?? 0)
}

/** Returns, for each character of a text, an index into CLASSES. Bytes after the end of the text have no meaning. */
function codesOf(text: string): Uint8Array {
  const codes = roomFor(10, text.length)
  if (text.length > SHORT && isAscii(text, codes)) return codes
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    codes[at] = code < 128 ? code : code < 0xa0 || code >= IDEOGRAPHS ? 128 : FOREIGN
  }
  return codes
}

/** Returns the end of the token that begins at an offset. Returns the complement (`~`) of the end if the token is a word or is empty. */
function endOfToken(text: string, codes: Uint8Array, start: number): number {
  let seen = 0
  let mixed = false
  let at = start
  for (; at < text.length; at++) {
    const kind = CLASSES[codes[at] as number] as number
    if (kind === SPACE) break
    if (kind === UPPER && (seen & LOWER) !== 0) mixed = true
    seen |= kind
  }
  const longest = (seen & (LOWER | UPPER)) === UPPER ? LONGEST_CAPITALS : LONGEST_WORD
  const isWord =
    !mixed &&
    (seen & OTHER) === 0 &&
    at - start < longest &&
    !isHexadecimal(codes, start, at) &&
    !isRepeated(text, start, at)
  return isWord ? ~at : at
}

/** Whether a token consists of one or two bytes in hexadecimal. */
function isHexadecimal(codes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 2 && end - start !== 4) return false
  for (let at = start; at < end; at++) if (HEX[codes[at] as number] !== 1) return false
  return true
}

/** Whether a token is one character repeated, such as a run of zeros. */
function isRepeated(text: string, start: number, end: number): boolean {
  return end - start > 4 && text[start] === text[start + 1] && text[start] === text[end - 1]
}
