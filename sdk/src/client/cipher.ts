// Encryption at rest: AES-256-GCM with a random 12-byte IV, bound to what it is for. docs/guide/desk.md, "At rest"
import { Buffer } from 'node:buffer'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { RexError } from '../core/error.ts'

const IV = 12
const TAG = 16

/** Seals bytes under a 32-byte key: IV, ciphertext, tag. `purpose` must be the same when opening. */
export function sealAtRest(key: Uint8Array, bytes: Uint8Array, purpose: string): Uint8Array {
  const iv = randomBytes(IV)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(purpose))
  return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

/** Opens what was sealed. @throws RexError STORE_FAILED if key, purpose or bytes are not the same (T-080) */
export function openAtRest(key: Uint8Array, sealed: Uint8Array, purpose: string): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV)).setAAD(Buffer.from(purpose))
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
    return Buffer.concat([decipher.update(sealed.subarray(IV, sealed.length - TAG)), decipher.final()])
  } catch (cause) {
    throw new RexError('STORE_FAILED', 'A record of the desk store cannot be decrypted.', { cause })
  }
}

/** A fresh 32-byte key. */
export function newKey(): Uint8Array {
  return randomBytes(32)
}
