// The encrypted stream of a backup: authenticated, numbered chunks of 64 KiB, of which the last is marked. The construction is STREAM (Hoang,
// Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance), as in age. docs/adr/0033
import { Buffer } from 'node:buffer'
import { createHash, hkdfSync } from 'node:crypto'
import { openGcm, sealGcm } from '../core/jose/gcm.ts'

/** Size of a chunk before sealing, in bytes. Only the last chunk may be shorter. */
export const CHUNK = 64 * 1024
const TAG = 16
/** Size of a full chunk after sealing, in bytes. */
export const SEALED_CHUNK = CHUNK + TAG
const NO_DATA = new Uint8Array()

/** Position of a chunk in the stream. */
export interface Place {
  /** Number of the chunk, from 0. */
  readonly number: number
  readonly isLast: boolean
}

/** Derives the 32-byte key of one file. No two files share a key, because `salt` is random. `head`: everything before the chunks. */
export function streamKey(key: Uint8Array, { salt, head }: { salt: Uint8Array; head: Uint8Array }): Buffer {
  const info = Buffer.concat([Buffer.from('REX backup stream\0'), head])
  return Buffer.from(hkdfSync('sha256', key, salt, createHash('sha256').update(info).digest(), 32))
}

export function sealChunk(key: Uint8Array, bytes: Uint8Array, place: Place): Buffer {
  const { ciphertext, tag } = sealGcm({ key, iv: nonceOf(place), aad: NO_DATA }, bytes)
  return Buffer.concat([ciphertext, tag])
}

/** Opens a sealed chunk. @throws Error if the chunk was altered or belongs at another position */
export function openChunk(key: Uint8Array, sealed: Uint8Array, place: Place): Uint8Array {
  const [ciphertext, tag] = [sealed.subarray(0, -TAG), sealed.subarray(-TAG)]
  return openGcm({ key, iv: nonceOf(place), aad: NO_DATA }, { ciphertext, tag })
}

/** Returns the nonce: the chunk number in eleven bytes, then a byte that marks the last chunk. */
function nonceOf({ number, isLast }: Place): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce.writeUInt8(isLast ? 1 : 0, 11)
  return nonce
}
