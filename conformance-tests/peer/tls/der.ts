// Writes DER, and reads the subset that signing requests need. A library could not write the faults that cases need. ITU-T X.690
import { concatBytes } from '@noble/hashes/utils.js'
import { utf8 } from '../../generate/bytes/wire.ts'

const SEQUENCE = 0x30
const SET = 0x31
const CONSTRUCTED = 0xa0
const UTC_TIME_ENDS = Date.UTC(2050, 0, 1)

/** Encodes a value with its tag and length. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag), lengthOf(content.length), content)
}

export const sequence = (...parts: readonly Uint8Array[]) => tagged(SEQUENCE, ...parts)
export const set = (...parts: readonly Uint8Array[]) => tagged(SET, ...parts)
/** Encodes an explicit context-specific tag. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]) =>
  tagged(CONSTRUCTED + number, ...parts)
export const octets = (bytes: Uint8Array) => tagged(4, bytes)
export const text = (value: string) => tagged(12, utf8(value))
export const yes = tagged(1, Uint8Array.of(255))
export const nothing = tagged(5)

/** Encodes a BIT STRING. `unused`: number of unused bits in the last byte. */
export const bits = (bytes: Uint8Array, unused = 0) => tagged(3, Uint8Array.of(unused), bytes)

/** Encodes a positive INTEGER from big-endian bytes of any length. */
export function integer(...bytes: readonly number[]): Uint8Array {
  return tagged(2, Uint8Array.from((bytes[0] as number) > 127 ? [0, ...bytes] : bytes))
}

/** Encodes an object identifier, given in dotted form. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(6, Uint8Array.of(first * 40 + second, ...rest.flatMap(base128)))
}

/** Encodes a time, in whole seconds. */
export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|[.]\d+/g, '')
  return ms < UTC_TIME_ENDS ? tagged(23, utf8(digits.slice(2))) : tagged(24, utf8(digits))
}

/** Splits a constructed value into the values in it, each with its tag. */
export function children(der: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let rest = contentOf(der); rest.length > 0; ) {
    const { start, length } = headOf(rest)
    found.push(rest.subarray(0, start + length))
    rest = rest.subarray(start + length)
  }
  return found
}

/** Returns the content of a value, without tag and length. */
export function contentOf(der: Uint8Array): Uint8Array {
  const { start, length } = headOf(der)
  return der.subarray(start, start + length)
}

function headOf(der: Uint8Array): { start: number; length: number } {
  const first = der[1] as number
  if (first < 128) return { start: 2, length: first }
  const start = 2 + (first & 127)
  return { start, length: der.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0) }
}

function lengthOf(length: number): Uint8Array {
  if (length < 128) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.of(128 + bytes.length, ...bytes)
}

function base128(value: number): number[] {
  const bytes = [value & 127]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((rest & 127) | 128)
  return bytes
}
