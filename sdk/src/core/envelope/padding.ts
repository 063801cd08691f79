// Padding of sealed plaintexts, so that ciphertext sizes reveal little. docs/spec/envelope.md, "Padding"
import { Buffer } from 'node:buffer'
import { RexError } from '../error.ts'

const LENGTH_BYTES = 4

/** Minimum padded size of each sealed plaintext, in bytes (REX-ENV-041). */
export const FLOOR = { manifest: 4096, section: 1024, grant: 512 } as const

/** Returns the Padmé size of `length` bytes: at most 12 % larger, and it reveals only the upper bits of the length (REX-ENV-040). */
export function padme(length: number): number {
  if (length < 2) return length
  const exponent = Math.floor(Math.log2(length))
  const significant = Math.floor(Math.log2(exponent)) + 1
  const unit = 2 ** Math.max(0, exponent - significant)
  return Math.ceil(length / unit) * unit
}

/** Prefixes `bytes` with their length (4 bytes, big-endian) and appends zeros up to the Padmé size, or up to `floor` if that is larger. */
export function pad(bytes: Uint8Array, floor: number): Uint8Array {
  const padded = Buffer.alloc(paddedSize(bytes.length, floor))
  padded.writeUInt32BE(bytes.length)
  padded.set(bytes, LENGTH_BYTES)
  return padded
}

/** Removes the padding. @throws RexError MALFORMED if the length, the size or a padding byte is wrong */
export function unpad(padded: Uint8Array, floor: number, path: string): Uint8Array {
  const view = Buffer.from(padded.buffer, padded.byteOffset, padded.byteLength)
  const length = view.length < LENGTH_BYTES ? -1 : view.readUInt32BE()
  const end = LENGTH_BYTES + length
  if (length < 0 || end > view.length || view.length !== paddedSize(length, floor) || !allZero(view, end)) {
    throw new RexError('MALFORMED', `${path} is not padded correctly.`, { path })
  }
  return view.subarray(LENGTH_BYTES, end)
}

function paddedSize(length: number, floor: number): number {
  return Math.max(floor, padme(LENGTH_BYTES + length))
}

function allZero(bytes: Uint8Array, from: number): boolean {
  let seen = 0
  for (let i = from; i < bytes.length; i++) seen |= bytes[i] as number
  return seen === 0
}
