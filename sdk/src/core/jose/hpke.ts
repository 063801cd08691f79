// Grants of suite REX-2: HPKE in JOSE, integrated encryption. Only this file and its primitives import hpke.
// docs/spec/envelope-slots.md, "Grants"
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { CipherSuite } from 'hpke'
import { fromBase64url, toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { additionalData } from './content.ts'
import { aesGcm, type HybridKey, mlKem768X25519, shake256 } from './hpke-primitives.ts'
import { type HpkePublicJwk, kid } from './key.ts'
import { parseJwe } from './strict.ts'
import { writeHeader } from './strict-header.ts'

/** An MLKEM768-X25519 private key with its public key. The private key cannot be exported. */
export interface HpkePrivateKey {
  readonly publicJwk: HpkePublicJwk
  readonly privateKey: HybridKey
}

const suite = new CipherSuite(mlKem768X25519, shake256, aesGcm)
const SEED_BYTES = 32
const NOTHING = new Uint8Array(0)

/** Derives a key pair from a 32-byte seed by DeriveKeyPair (draft-ietf-hpke-hpke). @throws RexError KEY_INVALID for a seed of another length */
export async function deriveHpke(seed: Uint8Array): Promise<HpkePrivateKey> {
  if (seed.length !== SEED_BYTES)
    throw new RexError('KEY_INVALID', 'A seed must have 32 bytes.', { path: 'seed' })
  const { publicKey, privateKey } = await suite.DeriveKeyPair(seed)
  const pub = toBase64url(await suite.SerializePublicKey(publicKey))
  return { privateKey, publicJwk: { kty: 'AKP', alg: 'HPKE-10', pub } }
}

/**
 * Seals a REX-2 grant to a recipient's key, bound to `ctx` (32 bytes). Every call uses a fresh HPKE context (T-021).
 * @throws RexError INTERNAL
 */
export async function sealHpke(
  plaintext: Uint8Array,
  recipient: HpkePublicJwk,
  ctx: Uint8Array,
): Promise<Jwe> {
  const header = utf8(writeHeader('REX-2 grant', { ctx: toBase64url(ctx), kid: kid(recipient) }))
  try {
    const key = await imported(recipient)
    const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plaintext, {
      aad: additionalData(header),
    })
    return { protected: header, encryptedKey: encapsulatedSecret, iv: NOTHING, ciphertext, tag: NOTHING }
  } catch (cause) {
    throw new RexError('INTERNAL', 'Sealing failed.', { cause })
  }
}

/** Opens a REX-2 grant. @throws RexError UNOPENABLE and the errors of parsing */
export async function openHpke(grant: Jwe, { privateKey }: HpkePrivateKey): Promise<Uint8Array> {
  parseJwe('grant-jwe', grant)
  return openIntegrated(grant, privateKey)
}

/**
 * Opens HPKE integrated encryption under any protected header (draft-ietf-jose-hpke-encrypt), with empty `info` and no `aad` member.
 * @throws RexError UNOPENABLE
 */
export async function openIntegrated(jwe: Jwe, privateKey: HybridKey): Promise<Uint8Array> {
  try {
    return await suite.Open(privateKey, jwe.encryptedKey, jwe.ciphertext, {
      aad: additionalData(jwe.protected),
    })
  } catch (cause) {
    throw new RexError('UNOPENABLE', 'The grant cannot be opened.', { cause })
  }
}

const keys = new WeakMap<HpkePublicJwk, Promise<HybridKey>>()

/** Imports a public key; each key object is imported only once. */
function imported(jwk: HpkePublicJwk): Promise<HybridKey> {
  let key = keys.get(jwk)
  if (key === undefined) {
    key = suite.DeserializePublicKey(fromBase64url(jwk.pub, 'pub'))
    keys.set(jwk, key)
  }
  return key
}
