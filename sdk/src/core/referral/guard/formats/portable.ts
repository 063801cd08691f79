// Netpbm images, whose header is text. docs/spec/referral.md, "Content guard"

import { byte, type Format, type Matcher, textAt } from './match.ts'

/** Maximum number of header bytes to read, including comments. */
const HEADER = 160
/** Length in bytes of the header of a picture with a side of ten pixels. */
const SHORTEST = 8
const SPACE = String.raw`(?:\s+(?:#[^\n]{0,80}\n\s*){0,4})`
const SIDE = String.raw`\d{1,5}`

/** Matches the header of the formats P4 to P6. Bytes follow this header. */
const BINARY = new RegExp(
  `^P(?:4${SPACE}${SIDE}${SPACE}${SIDE}|[56]${SPACE}${SIDE}${SPACE}${SIDE}${SPACE}${SIDE})\\s`,
)
/** Matches the header of the formats P1 to P3, and the first of the written numbers that follow. */
const WRITTEN = new RegExp(
  `^P(?:1${SPACE}${SIDE}${SPACE}${SIDE}${SPACE}[01](?:\\s*[01]){7}|[23]${SPACE}${SIDE}(?:${SPACE}${SIDE}){10})`,
)
const ARBITRARY = /^P7\s+(?:#[^\n]{0,80}\n\s*){0,4}(?:WIDTH|HEIGHT|DEPTH|MAXVAL|TUPLTYPE) /
const FLOATING = /^P[Ff]\s\d{1,5} \d{1,5}\s-?\d/

const portable: Matcher = (bytes, at) => {
  const next = byte(bytes, at + 2)
  if (next !== 0x20 && (next < 0x09 || next > 0x0d)) return false
  const text = textAt(bytes, at, HEADER)
  if (WRITTEN.test(text) || ARBITRARY.test(text) || FLOATING.test(text)) return true
  const header = BINARY.exec(text)
  return header !== null && header[0].length >= SHORTEST && holdsBytes(bytes, at + header[0].length)
}

/** Whether bytes that do not occur in text follow soon after an offset. */
function holdsBytes(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < Math.min(from + HEADER, bytes.length); at++) {
    const value = byte(bytes, at)
    if (value > 0x7e || (value < 0x20 && (value < 0x09 || value > 0x0d))) return true
  }
  return false
}

const first = (second: string) => 0x5000 + second.charCodeAt(0)

export const PORTABLE: readonly Format[] = [[[...'1234567Ff'].map(first), portable]]
