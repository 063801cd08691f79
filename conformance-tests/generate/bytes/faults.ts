// Encoding and padding faults that any object can have. docs/spec/overview.md, REX-ENC-001; docs/spec/envelope.md, REX-ENV-040
import { concatBytes } from '@noble/hashes/utils.js'
import { field, split, varint } from './wire.ts'

/** An encoding fault: its description, and the reasons with which a receiver may refuse it. */
export interface EncodingFault {
  readonly title: string
  readonly reason: readonly string[]
  readonly spoil: (bytes: Uint8Array) => Uint8Array
}

const NOT_CANONICAL = ['NOT_CANONICAL']
/** Both reasons, for a fault to which both apply. A decoder may report either (REX-ENC-001). */
const EITHER = ['NOT_CANONICAL', 'MALFORMED']

/** Encoding faults by name, for objects whose first field is bytes or a number, with a one-byte tag. */
export const ENCODING_FAULTS: Readonly<Record<string, EncodingFault>> = {
  unknown_field: {
    title: 'has a field that nobody knows',
    reason: EITHER,
    spoil: (bytes) => concatBytes(bytes, field([200, 1])),
  },
  order: {
    title: 'has its last field first',
    reason: NOT_CANONICAL,
    spoil: (bytes) => concatBytes(split(bytes).at(-1) as Uint8Array, ...split(bytes).slice(0, -1)),
  },
  twice: {
    title: 'has its first field twice',
    reason: EITHER,
    spoil: (bytes) => concatBytes(split(bytes)[0] as Uint8Array, bytes),
  },
  long_varint: {
    title: 'has a tag of two bytes where one is enough',
    reason: NOT_CANONICAL,
    spoil: (bytes) => concatBytes(varint(bytes[0] as number, 1), bytes.subarray(1)),
  },
  truncated: {
    title: 'ends one byte early',
    reason: EITHER,
    spoil: (bytes) => bytes.subarray(0, -1),
  },
  trailing: {
    title: 'has a byte after its end',
    reason: EITHER,
    spoil: (bytes) => concatBytes(bytes, Uint8Array.of(0)),
  },
}

/** Returns the Padmé padded size of `length` bytes (REX-ENV-040). */
export function padme(length: number): number {
  const exponent = Math.floor(Math.log2(length))
  const unit = 2 ** Math.max(0, exponent - Math.floor(Math.log2(exponent)) - 1)
  return Math.ceil(length / unit) * unit
}

/** Pads bytes: returns their length, the bytes, then zeros. `floor`: minimum size of the result, in bytes. */
export function pad(bytes: Uint8Array, floor: number): Uint8Array {
  return padTo(bytes, Math.max(floor, padme(4 + bytes.length)))
}

function padTo(bytes: Uint8Array, size: number, length = bytes.length): Uint8Array {
  const padded = new Uint8Array(size)
  new DataView(padded.buffer).setUint32(0, length)
  padded.set(bytes, 4)
  return padded
}

/** Padding faults by name. `title` describes the fault; `pad` returns a wrongly padded plaintext. */
export const PADDING_FAULTS: Readonly<
  Record<string, { readonly title: string; readonly pad: (bytes: Uint8Array, floor: number) => Uint8Array }>
> = {
  fill: {
    title: 'padded with a byte that is not zero',
    pad: (bytes, floor) => pad(bytes, floor).fill(1, -1),
  },
  size_below: {
    title: 'padded below its floor',
    pad: (bytes, floor) => padTo(bytes, Math.max(4 + bytes.length, floor - 1)),
  },
  no_floor: {
    title: 'padded to its size without a floor',
    pad: (bytes) => pad(bytes, 0),
  },
  size_above: {
    title: 'padded beyond its size',
    pad: (bytes, floor) => padTo(bytes, pad(bytes, floor).length + 1),
  },
  length_above: {
    title: 'padded with a length that exceeds the plaintext',
    pad: (bytes, floor) => padTo(bytes, pad(bytes, floor).length, 2 ** 32 - 1),
  },
  length_short: {
    title: 'padded with a length one byte too short',
    pad: (bytes, floor) => padTo(bytes, pad(bytes, floor).length, bytes.length - 1),
  },
  no_length: {
    title: 'shorter than the length that begins it',
    pad: () => new Uint8Array(3),
  },
}
