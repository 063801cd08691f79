// AES-256-GCM with one call to seal and one to open. GCM is a stream mode, so `final` adds no bytes. docs/spec/envelope.md, "Suites"
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'

/** Parameters of AES-256-GCM: 32-byte key, 12-byte nonce and additional authenticated data. Never seal twice with the same key and nonce. */
interface GcmParameters {
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly aad: Uint8Array
}

/** A ciphertext with its 16-byte tag. */
interface GcmSealed {
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

const CIPHER = 'aes-256-gcm'
const AUTH_TAG = { authTagLength: 16 } as const

/** Seals (NIST SP 800-38D, section 7.1). @throws Error for a key or nonce of the wrong length */
export function sealGcm({ key, iv, aad }: GcmParameters, plaintext: Uint8Array): GcmSealed {
  const cipher = createCipheriv(CIPHER, createSecretKey(key), iv, AUTH_TAG).setAAD(aad)
  const ciphertext = cipher.update(plaintext)
  cipher.final()
  return { ciphertext, tag: cipher.getAuthTag() }
}

/** Opens (NIST SP 800-38D, section 7.2). @throws Error if anything differs from the sealed input */
export function openGcm({ key, iv, aad }: GcmParameters, { ciphertext, tag }: GcmSealed): Uint8Array {
  const decipher = createDecipheriv(CIPHER, createSecretKey(key), iv, AUTH_TAG).setAAD(aad).setAuthTag(tag)
  const plaintext = decipher.update(ciphertext)
  decipher.final()
  return plaintext
}
