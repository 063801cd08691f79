// The encrypted stream of a backup: chunks of 64 KiB, each authenticated, numbered, and the last one marked.
// Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance (STREAM); as in age.
// docs/adr/0033
import { Buffer } from 'node:buffer'
import { createHash, hkdfSync } from 'node:crypto'
import { openGcm, sealGcm } from '../core/jose/gcm.ts'

/** Bytes of a chunk before it is sealed. Only the last chunk is shorter. */
export const CHUNK = 64 * 1024
const TAG = 16
/** Bytes of a whole chunk after it is sealed. */
export const SEALED_CHUNK = CHUNK + TAG
const NO_DATA = new Uint8Array()

/** Which chunk it is. */
export interface Place {
  /** From 0. */
  readonly number: number
  readonly isLast: boolean
}

/** The key of one file: 32 bytes. No two files have the same, because `salt` is random. `head`: everything before the chunks. */
export function streamKey(key: Uint8Array, { salt, head }: { salt: Uint8Array; head: Uint8Array }): Buffer {
  const info = Buffer.concat([Buffer.from('REX backup stream\0'), head])
  return Buffer.from(hkdfSync('sha256', key, salt, createHash('sha256').update(info).digest(), 32))
}

export function sealChunk(key: Uint8Array, bytes: Uint8Array, place: Place): Buffer {
  const { ciphertext, tag } = sealGcm({ key, iv: nonceOf(place), aad: NO_DATA }, bytes)
  return Buffer.concat([ciphertext, tag])
}

/** @throws Error if the chunk was changed, or is not the one of this place */
export function openChunk(key: Uint8Array, sealed: Uint8Array, place: Place): Uint8Array {
  const [ciphertext, tag] = [sealed.subarray(0, -TAG), sealed.subarray(-TAG)]
  return openGcm({ key, iv: nonceOf(place), aad: NO_DATA }, { ciphertext, tag })
}

/** Eleven bytes of the number, and one that marks the last chunk. */
function nonceOf({ number, isLast }: Place): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce.writeUInt8(isLast ? 1 : 0, 11)
  return nonce
}
