// RSA keys of certificates, generated and used only by node:crypto. docs/spec/identity.md, "TLS"
import { Buffer } from 'node:buffer'
import { createPrivateKey, createPublicKey, generateKeyPair, hash, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { attempt, invalid } from './der.ts'
import { fromPem } from './pem.ts'

/** Modulus size of RSA keys in bits: the size of generated keys and the accepted range (REX-ID-056, T-030). */
const RSA_BITS = { made: 3072, least: 3072, most: 8192 } as const

/** Generates an RSA key off the main thread and returns it as PKCS#8 PEM. */
export async function generateRsaKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS.made })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Reads an RSA private key from one PKCS#8 PEM block. @throws RexError CERTIFICATE_INVALID */
export function readPrivateKey(pem: string): KeyObject {
  const der = fromPem('PRIVATE KEY', pem, 'The private key')
  const key = attempt('The private key', () =>
    createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }),
  )
  return checkRsa(key, 'The private key')
}

/** Reads an RSA public key from SubjectPublicKeyInfo DER. @throws RexError CERTIFICATE_INVALID */
export function readPublicKey(spki: Uint8Array, path: string): KeyObject {
  return attempt(path, () =>
    checkRsa(createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }), path),
  )
}

/**
 * Returns the SHA-256 of a public key's SubjectPublicKeyInfo (DER) in lower-case hexadecimal. It identifies a desk credential
 * (REX-MBX-100).
 */
export function keyFingerprint(key: KeyObject): string {
  return hash('sha256', key.export({ format: 'der', type: 'spki' }), 'hex')
}

/** Returns the key if it is RSA of an accepted size with a strong exponent. @throws RexError CERTIFICATE_INVALID */
export function checkRsa(key: KeyObject, path: string): KeyObject {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType !== 'rsa') throw invalid(`${path} is not an RSA key.`)
  if (modulusLength < RSA_BITS.least || modulusLength > RSA_BITS.most || publicExponent < 65537n) {
    throw invalid(`${path} must be RSA of ${RSA_BITS.least} to ${RSA_BITS.most} bits.`)
  }
  return key
}
