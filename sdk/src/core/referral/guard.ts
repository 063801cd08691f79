// The content guard: REX carries references to material, never the material. docs/spec/referral.md, "Content guard"
import { RexError } from '../error.ts'
import { hasMedia } from './media.ts'
import { at } from './problem.ts'

/** A data URI of a medium, or of anything in base64. */
const DATA_URI = /\bdata:(?:(?:image|video|audio)\/[^\s,]{0,200},|[^\s,]{0,200};\s{0,8}base64\s{0,8},)/i
/** A vector image written out. */
const VECTOR_IMAGE = /<svg[\s>]/i

const BREAK = -1
const SKIP = -2
const BASE64_MIN = 16
const HEX_MIN = 24

/**
 * The path of the first image or video, or part of one, in any text or bytes of a value; undefined if there is none
 * (REX-REF-070). Recognised by content: raw, in base64, in hexadecimal, as data URI, as SVG. Linear in the size of the value.
 */
export function guard(value: unknown): string | undefined {
  const open: { readonly value: unknown; readonly path: string }[] = [{ value, path: '' }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (isMedia(next.value)) return next.path
    open.push(...members(next.value, next.path).reverse())
  }
  return undefined
}

/** Refuses content with an image or video in it. @throws RexError CONTENT_REFUSED with the path */
export function guardContent(value: unknown): void {
  const path = guard(value)
  if (path === undefined) return
  throw new RexError('CONTENT_REFUSED', `${path || 'The content'} holds an image or video.`, { path })
}

/** Whether bytes hold an image or video, raw or as text. */
export function guardBytes(bytes: Uint8Array): boolean {
  return hasMedia(bytes) || isMediaText(new TextDecoder('latin1').decode(bytes))
}

function isMedia(value: unknown): boolean {
  if (typeof value === 'string') return isMediaText(value)
  return value instanceof Uint8Array && guardBytes(value)
}

function members(value: unknown, path: string): { value: unknown; path: string }[] {
  if (Array.isArray(value)) return value.map((entry, i) => ({ value: entry, path: `${path}[${i}]` }))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  return Object.entries(value).map(([name, member]) => ({ value: member, path: at(path, name) }))
}

function isMediaText(text: string): boolean {
  return (
    DATA_URI.test(text) ||
    VECTOR_IMAGE.test(text) ||
    hasMedia(latin1(text)) ||
    runs(text, base64Digit, BASE64_MIN).some((run) =>
      [0, 1, 2, 3].some((start) => hasMedia(packed(run, start, 6))),
    ) ||
    runs(text, hexDigit, HEX_MIN).some((run) => [0, 1].some((start) => hasMedia(packed(run, start, 4))))
  )
}

/** Characters as bytes; those beyond Latin-1 belong to no signature. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, i) =>
    text.charCodeAt(i) > 0xff ? 0x3f : text.charCodeAt(i),
  )
}

/** Runs of at least `min` digits; white space and the usual separators do not end a run. */
function runs(text: string, digit: (code: number) => number, min: number): number[][] {
  const found: number[][] = []
  let run: number[] = []
  for (let i = 0; i <= text.length; i++) {
    const value = i < text.length ? digit(text.charCodeAt(i)) : BREAK
    if (value >= 0) run.push(value)
    if (value !== BREAK) continue
    if (run.length >= min) found.push(run)
    run = []
  }
  return found
}

/** The bytes of digits of `bits` bits each, from a start. */
function packed(run: readonly number[], start: number, bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.floor(((run.length - start) * bits) / 8))
  let held = 0
  let count = 0
  let length = 0
  for (let i = start; i < run.length; i++) {
    held = ((held << bits) | (run[i] ?? 0)) & 0xffff
    count += bits
    if (count < 8) continue
    count -= 8
    bytes[length++] = (held >> count) & 0xff
  }
  return bytes
}

/** base64 and base64url (RFC 4648), broken into lines as it may be. */
function base64Digit(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52
  if (code === 0x2b || code === 0x2d) return 62
  if (code === 0x2f || code === 0x5f) return 63
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) ? SKIP : BREAK
}

/** Hexadecimal as people and programs write it: "ffd8", "ff d8", "ff:d8", "%ff%d8", "\xff\xd8". */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  if (code >= 0x41 && code <= 0x46) return code - 0x41 + 10
  if (code >= 0x61 && code <= 0x66) return code - 0x61 + 10
  return ' \t\r\n%\\x:,-'.includes(String.fromCharCode(code)) ? SKIP : BREAK
}
