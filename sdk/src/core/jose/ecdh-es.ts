// Grants of suite REX-1: JWE with ECDH-ES on X25519 and A256GCM. docs/spec/envelope-slots.md, "Grants"
import { Buffer } from 'node:buffer'
import { diffieHellman, generateKeyPairSync, hash, type KeyObject, randomBytes } from 'node:crypto'
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { additionalData } from './content.ts'
import { openGcm, sealGcm } from './gcm.ts'
import { importX25519, kid, type X25519PrivateKey, type X25519PublicJwk } from './key.ts'
import { parseJwe } from './strict.ts'
import { writeHeader } from './strict-header.ts'

const NOTHING = new Uint8Array(0)
const IV_BYTES = 12
const ALGORITHM = 'A256GCM'
const KEY_BITS = 256

/**
 * Seals a grant to an X25519 key (RFC 7518, section 4.6), bound to `ctx` (32 bytes). Every call uses a fresh ephemeral key (T-021).
 * @throws RexError INTERNAL
 */
export async function sealEcdhEs(
  plaintext: Uint8Array,
  recipient: X25519PublicJwk,
  ctx: Uint8Array,
): Promise<Jwe> {
  try {
    const { privateKey, publicKey } = generateKeyPairSync('x25519')
    const epk = publicKey.export({ format: 'jwk' }).x as string
    const header = utf8(writeHeader('REX-1 grant', { ctx: toBase64url(ctx), epk, kid: kid(recipient) }))
    const key = contentKey(privateKey, publicKeyOf(recipient))
    const iv = randomBytes(IV_BYTES)
    const sealed = sealGcm({ key, iv, aad: additionalData(header) }, plaintext)
    return { protected: header, encryptedKey: NOTHING, iv, ...sealed }
  } catch (cause) {
    throw new RexError('INTERNAL', 'Sealing failed.', { cause })
  }
}

/** Opens a grant. @throws RexError UNOPENABLE and the errors of parsing */
export async function openEcdhEs(grant: Jwe, { privateKey }: X25519PrivateKey): Promise<Uint8Array> {
  const { header } = parseJwe('grant-jwe', grant)
  try {
    const key = contentKey(privateKey, importKey((header as { epk: string }).epk))
    return openGcm({ key, iv: grant.iv, aad: additionalData(grant.protected) }, grant)
  } catch (cause) {
    throw new RexError('UNOPENABLE', 'The grant cannot be opened.', { cause })
  }
}

/** Derives the content key by direct key agreement. OpenSSL rejects an all-zero shared secret (RFC 7748, section 6.1). */
function contentKey(privateKey: KeyObject, publicKey: KeyObject): Uint8Array {
  return concatKdf(diffieHellman({ privateKey, publicKey }))
}

const imported = new WeakMap<X25519PublicJwk, KeyObject>()

/** Imports each recipient's public key only once, because an import costs as much as the key agreement. */
function publicKeyOf(recipient: X25519PublicJwk): KeyObject {
  const publicKey = imported.get(recipient) ?? importKey(recipient.x)
  imported.set(recipient, publicKey)
  return publicKey
}

function importKey(x: string): KeyObject {
  return importX25519(Buffer.from(x, 'base64url'))
}

/** Computes one round of Concat KDF (NIST SP 800-56A, section 5.8.1; RFC 7518, section 4.6.2), without PartyUInfo and PartyVInfo. */
function concatKdf(secret: Uint8Array): Uint8Array {
  const parts = [number(1), secret, number(ALGORITHM.length), utf8(ALGORITHM), number(0), number(0)]
  return hash('sha256', Buffer.concat([...parts, number(KEY_BITS)]), 'buffer')
}

function number(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
