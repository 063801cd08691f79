// The content guard: REX carries references to material, never the material. docs/spec/referral.md, "Content guard"
import { RexError } from '../../error.ts'
import { type Place, pathOf } from '../../input/path.ts'
import { hasMedia, mayStart, type Read, startsMedia } from './media.ts'

/** A data URI with media, or with anything in base64. */
const DATA_URI = /\bdata:(?:(?:image|video|audio)\/[^\s,]{0,200},|[^\s,]{0,200};\s{0,8}base64\s{0,8},)/i
/** A vector image as text. */
const VECTOR_IMAGE = /<svg[\s>]/i

/** A character that is rare in text but occurs at the start of every image or video. */
const RAW = /[^\t\n\r -~\u0100-\uffff]/

/** A text encoding of bytes. Anything between digits is ignored: line breaks, separators, padding. */
interface Writing {
  /** Value of each ASCII character; -1 for other characters. */
  readonly digits: Int8Array
  /** Bits per digit. */
  readonly bits: number
  /** A byte may begin at every multiple of this number of bits. */
  readonly step: number
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** base64 and base64url (RFC 4648). */
const BASE64: Writing = {
  digits: digits(`${LETTERS}0123456789+/`, `${LETTERS}0123456789-_`),
  bits: 6,
  step: 2,
}

/** Hexadecimal as written by people and programs: "ffd8", "ff:d8", "%ff%d8", "\xff\xd8", "0xff, 0xd8". */
const HEX: Writing = { digits: digits('0123456789abcdef', '0123456789ABCDEF'), bits: 4, step: 4 }

/** A shorter run of bytes cannot hold a signature. */
const SHORTEST = 12

/**
 * The path of the first image or video, or part of one, in any text or bytes of a value; undefined if there is none (REX-REF-070).
 * Recognised by content: raw, in base64, in hexadecimal, as data URI, as SVG. Linear in the size of the value.
 */
export function guard(value: unknown): string | undefined {
  if (isMedia(value)) return ''
  const open = hasMembers(value) ? [reading(value, undefined)] : []
  // An object that contains itself is read once.
  const within = new Set<object>([Object(value)])
  for (let container = open.at(-1); container !== undefined; container = open.at(-1)) {
    const { names, members, place, next } = container
    if (next === names.length) {
      open.pop()
      within.delete(members)
    } else {
      container.next += 1
      const name = names[next] as string
      const member = members[name]
      const step = Array.isArray(members) ? next : name
      if (isMedia(member)) return pathOf({ step, within: place })
      if (hasMembers(member) && !within.has(member)) {
        within.add(member)
        open.push(reading(member, { step, within: place }))
      }
    }
  }
  return undefined
}

/** Refuses content with an image or video in it. @throws RexError CONTENT_REFUSED with the path */
export function guardContent(value: unknown): void {
  const path = guard(value)
  if (path === undefined) return
  throw new RexError('CONTENT_REFUSED', `${path || 'The content'} holds an image or video.`, { path })
}

/** Whether bytes hold an image or video, raw or as text. @throws RexError MALFORMED unless they are a Uint8Array */
export function guardBytes(bytes: Uint8Array): boolean {
  if (!(bytes instanceof Uint8Array))
    throw new RexError('MALFORMED', 'The content must be a Uint8Array.', { path: 'bytes' })
  return hasMedia(bytes) || isMediaText(new TextDecoder('latin1').decode(bytes))
}

function isMedia(value: unknown): boolean {
  if (typeof value === 'string') return isMediaText(value)
  return value instanceof Uint8Array && guardBytes(value)
}

/** State of reading the members of a value. */
interface Reading {
  readonly members: Readonly<Record<string, unknown>>
  readonly names: readonly string[]
  readonly place: Place | undefined
  next: number
}

function reading(value: object, place: Place | undefined): Reading {
  return { members: value as Reading['members'], names: Object.keys(value), place, next: 0 }
}

function hasMembers(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}

function isMediaText(text: string): boolean {
  return (
    DATA_URI.test(text) ||
    VECTOR_IMAGE.test(text) ||
    (RAW.test(text) && hasMedia(latin1(text))) ||
    isWritten(text, BASE64) ||
    isWritten(text.replaceAll('0x', ''), HEX)
  )
}

/** Characters as bytes. No signature contains characters beyond Latin-1, so their value does not matter. */
function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i) > 0xff ? 0x3f : text.charCodeAt(i)
  return bytes
}

/** Whether the digits of a text decode to bytes with media, at any offset of the first byte. */
function isWritten(text: string, writing: Writing): boolean {
  const { digits, bits, step } = writing
  if (text.length * bits < SHORTEST * 8) return false
  let run: Uint8Array | undefined
  let held = 0
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const value = digits[text.charCodeAt(i)] ?? -1
    if (value < 0) continue
    count += 1
    held = ((held << bits) | value) & 0xffffff
    for (let late = 0; late < bits; late += step) {
      const start = count * bits - late - 16
      if (start < 0 || !mayStart((held >> late) & 0xffff)) continue
      run ??= digitsOf(text, digits)
      if (startsMedia(reader(run, bits, start), 0)) return true
    }
  }
  return false
}

/** The values of the digits in a text, without other characters. */
function digitsOf(text: string, digits: Int8Array): Uint8Array {
  const run = new Uint8Array(text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const value = digits[text.charCodeAt(i)] ?? -1
    if (value >= 0) run[length++] = value
  }
  return run.subarray(0, length)
}

/** Reads bytes from a run of digits, starting at a bit offset. */
function reader(run: Uint8Array, bits: number, start: number): Read {
  return (at) => {
    const [first, end] = [start + at * 8, start + at * 8 + 8]
    if (first < 0 || end > run.length * bits) return -1
    let value = 0
    let digit = Math.floor(first / bits)
    for (; digit * bits < end; digit++) value = (value << bits) | (run[digit] as number)
    return (value >> (digit * bits - end)) & 0xff
  }
}

function digits(...alphabets: string[]): Int8Array {
  const values = new Int8Array(128).fill(-1)
  for (const alphabet of alphabets) {
    for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i
  }
  return values
}
