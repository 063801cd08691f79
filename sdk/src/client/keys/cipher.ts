// Encryption at rest: AES-256-GCM with a random 12-byte IV, bound to its purpose. docs/guide/desk.md, "At rest"
import { Buffer } from 'node:buffer'
import { giveBack } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { openGcm, sealGcm } from '../../core/jose/gcm.ts'
import { randomSource } from './random.ts'

const IV = 12
const TAG = 16
const random = randomSource()

/** Seals bytes under a 32-byte key. Returns IV, ciphertext and tag. Opening requires the same `purpose`. */
export function sealAtRest(key: Uint8Array, bytes: Uint8Array, purpose: string): Uint8Array {
  const iv = random(IV)
  const { ciphertext, tag } = sealGcm({ key, iv, aad: Buffer.from(purpose) }, bytes)
  const sealed = Buffer.concat([iv, ciphertext, tag])
  giveBack(ciphertext)
  return sealed
}

/** Opens sealed bytes. @throws RexError STORE_FAILED if the key or purpose is wrong, or the bytes have changed (T-080) */
export function openAtRest(key: Uint8Array, sealed: Uint8Array, purpose: string): Uint8Array {
  const iv = sealed.subarray(0, IV)
  const [ciphertext, tag] = [sealed.subarray(IV, -TAG), sealed.subarray(-TAG)]
  try {
    return openGcm({ key, iv, aad: Buffer.from(purpose) }, { ciphertext, tag })
  } catch (cause) {
    throw new RexError('STORE_FAILED', 'A record of the desk store cannot be decrypted.', {
      cause,
      metadata: { damaged: 'record' },
    })
  }
}

/** Returns a new random 32-byte key. */
export function newKey(): Uint8Array {
  return random(32)
}
