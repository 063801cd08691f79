// Reads text input from people and programs, with one rule each for bytes, wrapping, digits and length. docs/spec/overview.md, "Input"
import { RexError } from './refusal.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true })
/** Characters that mail programs and editors insert into a token or invite: white space, byte order marks and invisible characters. */
const ADDED = /[\s\u00ad\u200b-\u200d\u2060\ufeff]/g
const QUOTED = /^[>\s]+/gm
const LINE_END = /\r\n|\n|\r/
const DIGIT = /\p{Nd}/u
const DIGITS = /(?![0-9])\p{Nd}/gu

/** Name and maximum size of a text. */
export interface TextBounds {
  /** Name of the text in errors. */
  readonly path: string
  /** Maximum size in bytes. */
  readonly limit: number
}

/** Rejects a size above the limit. @throws RexError LIMIT_EXCEEDED */
export function checkSize(bytes: number, { path, limit }: TextBounds): void {
  if (bytes <= limit) return
  throw new RexError('LIMIT_EXCEEDED', `${path} is larger than ${limit} bytes.`, {
    path,
    metadata: { limit: String(limit), actual: String(bytes) },
    hint: 'Check that this is the right file. `rex-desk split` divides a referral that has too many items.',
  })
}

/** Decodes UTF-8 and drops the byte order mark that some editors write (REX-ENC-030). @throws RexError LIMIT_EXCEEDED, MALFORMED */
export function decodeText(bytes: Uint8Array, bounds: TextBounds): string {
  const { path } = bounds
  if (!(bytes instanceof Uint8Array))
    throw new RexError('MALFORMED', `${path} must be text or bytes.`, { path })
  checkSize(bytes.length, bounds)
  try {
    return UTF8.decode(bytes)
  } catch (cause) {
    throw new RexError('MALFORMED', `${path} is not UTF-8.`, {
      path,
      cause,
      hint: 'Save it as UTF-8 and try again.',
    })
  }
}

/** Returns the first line of a text. */
export function firstLine(text: string): string {
  return text.replace(/^\ufeff/, '').split(LINE_END, 1)[0] ?? ''
}

/** Restores a token or invite that a mail program has wrapped, quoted or indented (REX-ENC-033). */
export function unwrapped(text: string): string {
  return text.replace(QUOTED, '').replace(ADDED, '')
}

/** Whether a text has more than `max` characters, counted as code points (REX-ENC-031). */
export function isLonger(text: string, max: number): boolean {
  return text.length > max && (text.length > max * 2 || [...text].length > max)
}

/** Replaces the digits of all scripts in a text by ASCII digits. */
export function asciiDigits(text: string): string {
  return text.replace(DIGITS, asciiDigit)
}

/** Converts one digit. This relies on Unicode listing the ten digits of a script consecutively. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && DIGIT.test(String.fromCodePoint(point - value - 1))) value += 1
  return String(value)
}
