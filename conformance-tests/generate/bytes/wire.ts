// A hand-written Protobuf encoder, because a library could not encode the faults that cases need. docs/spec/overview.md, "Encoding"
import { concatBytes } from '@noble/hashes/utils.js'

/** A field of a message: its number and value. A number is written as a varint, everything else as a length and bytes. */
export type Field = readonly [number: number, value: Uint8Array | string | number | boolean]

const VARINT = 0
const BYTES = 2

/** Encodes a varint. `waste`: number of redundant bytes to add. */
export function varint(value: number, waste = 0): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt(value)
  do {
    bytes.push(Number(rest & 127n))
    rest >>= 7n
  } while (rest > 0n)
  for (let i = 0; i < waste; i++) bytes.push(0)
  return Uint8Array.from(bytes, (byte, i) => (i < bytes.length - 1 ? byte | 128 : byte))
}

/** Encodes a field, even if it has its default value. */
export function field([number, value]: Field): Uint8Array {
  if (typeof value === 'number' || typeof value === 'boolean')
    return concatBytes(varint(number * 8 + VARINT), varint(Number(value)))
  const bytes = typeof value === 'string' ? utf8(value) : value
  return concatBytes(varint(number * 8 + BYTES), varint(bytes.length), bytes)
}

/** Encodes a message with the fields in the given order, and omits fields that have their default value. */
export function message(...fields: readonly Field[]): Uint8Array {
  return concatBytes(...fields.filter(([, value]) => !isDefault(value)).map(field))
}

/** Encodes a repeated field of bytes, including empty entries. */
export function repeated(number: number, entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...entries.map((entry) => field([number, entry])))
}

/** Encodes numbers as the value of a packed field. */
export function packed(numbers: readonly number[]): Uint8Array {
  return concatBytes(...numbers.map((number) => varint(number)))
}

/** Encodes text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Encodes bytes as base64url without padding. */
export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function isDefault(value: Field[1]): boolean {
  return typeof value === 'object' || typeof value === 'string' ? value.length === 0 : Number(value) === 0
}

/** Splits a message into its fields, each with its tag. */
export function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const start = at
    const tag = read()
    const length = read()
    if (tag % 8 === BYTES) at += length
    parts.push(bytes.subarray(start, at))
    function read(): number {
      let value = 0
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++] as number
        value += (byte & 127) * 2 ** shift
        if (byte < 128) return value
      }
    }
  }
  return parts
}
