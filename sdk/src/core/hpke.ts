// Grants of suite REX-2: HPKE in JOSE, integrated encryption. The only file that imports hpke. docs/spec/envelope.md, "Suites"
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { AEAD_AES_256_GCM, CipherSuite, KDF_SHAKE256, KEM_MLKEM768_X25519, type Key } from 'hpke'
import { fromBase64url, toBase64url, utf8 } from './encoding.ts'
import { RexError } from './error.ts'
import { type HpkePublicJwk, kid } from './key.ts'

/** An MLKEM768-X25519 private key. */
export interface HpkePrivateKey {
  readonly publicJwk: HpkePublicJwk
  readonly privateKey: Key
}

const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_SHAKE256, AEAD_AES_256_GCM)
const NOTHING = new Uint8Array(0)
const imported = new WeakMap<HpkePublicJwk, Promise<Key>>()

/** The key pair that DeriveKeyPair (RFC 9180, section 7.1.3) gives for 32 bytes of key material. */
export async function deriveHpke(seed: Uint8Array): Promise<HpkePrivateKey> {
  const { publicKey, privateKey } = await suite.DeriveKeyPair(seed)
  const pub = toBase64url(await suite.SerializePublicKey(publicKey))
  return { privateKey, publicJwk: { kty: 'AKP', alg: 'HPKE-10', pub } }
}

/** Seals a grant to a recipient's key, bound to `ctx` (32 bytes); a fresh context for every call (T-021). */
export async function sealHpke(
  plaintext: Uint8Array,
  recipient: HpkePublicJwk,
  ctx: Uint8Array,
): Promise<Jwe> {
  const header = `{"alg":"HPKE-10","crit":["ctx"],"ctx":"${toBase64url(ctx)}","kid":"${kid(recipient)}","typ":"rex-grant+jwe"}`
  const protectedHeader = utf8(header)
  const { encapsulatedSecret, ciphertext } = await suite.Seal(await importPublic(recipient), plaintext, {
    aad: aadOf(protectedHeader),
  })
  return {
    protected: protectedHeader,
    encryptedKey: encapsulatedSecret,
    iv: NOTHING,
    ciphertext,
    tag: NOTHING,
  }
}

/** Opens a grant that was strictly parsed. @throws RexError UNOPENABLE */
export async function openHpke(grant: Jwe, key: HpkePrivateKey): Promise<Uint8Array> {
  try {
    return await suite.Open(key.privateKey, grant.encryptedKey, grant.ciphertext, {
      aad: aadOf(grant.protected),
    })
  } catch (cause) {
    throw new RexError('UNOPENABLE', 'The grant cannot be opened.', { cause })
  }
}

function importPublic(jwk: HpkePublicJwk): Promise<Key> {
  let key = imported.get(jwk)
  if (key === undefined) {
    key = suite.DeserializePublicKey(fromBase64url(jwk.pub, 'pub'))
    imported.set(jwk, key)
  }
  return key
}

function aadOf(protectedHeader: Uint8Array): Uint8Array {
  return utf8(toBase64url(protectedHeader))
}
