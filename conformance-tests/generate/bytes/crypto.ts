// Computes digests, keys and signatures with @noble instead of the SDK, so that no vector depends on code that it tests.
// docs/spec/envelope-slots.md
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js'
import { deriveKeyPair } from './hpke.ts'
import { base64url, message, utf8 } from './wire.ts'

/** A JWS with its payload and signature as bytes. */
export interface Jws {
  readonly header: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** An Ed25519 key pair. */
export interface SigningKey {
  readonly seed: Uint8Array
  readonly public: Uint8Array
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string }
  /** JWK thumbprint: 32 bytes. */
  readonly thumbprint: Uint8Array
}

/** The key pairs to which messages of one epoch are sealed: `x25519` for REX-1, `hpke` for REX-2. */
export interface EpochKeys {
  readonly x25519: { readonly secret: Uint8Array; readonly public: Uint8Array }
  readonly hpke: { readonly secret: Uint8Array; readonly public: Uint8Array }
}

/** Derives bytes from a label, so that regenerated vectors are identical. */
export function bytesOf(label: string, length = 32): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) => sha256(utf8(`${label} ${i}`)))
  return concatBytes(...blocks).subarray(0, length)
}

/** Computes a tagged digest (REX-ENC-010). */
export function digest(tag: string, bytes: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(`REX-1 ${tag}`), Uint8Array.of(0), bytes))
}

/** Computes a JWK thumbprint (RFC 7638). `members` must be sorted by name. */
export function thumbprint(members: object): Uint8Array {
  return sha256(utf8(JSON.stringify(members)))
}

export function signingKey(label: string): SigningKey {
  const seed = bytesOf(label)
  const key = ed25519.getPublicKey(seed)
  const x = base64url(key)
  return {
    seed,
    public: key,
    jwk: { kty: 'OKP', crv: 'Ed25519', x },
    thumbprint: thumbprint({ crv: 'Ed25519', kty: 'OKP', x }),
  }
}

/** Derives the key pairs of an epoch from its seed (REX-ID-032). */
export function epochKeys(seed: Uint8Array): EpochKeys {
  const derive = (info: string) => hkdf(sha256, seed, new Uint8Array(), utf8(info), 32)
  const secret = derive('REX-1 epoch X25519')
  const pair = ml_kem768_x25519.keygen(deriveKeyPair(derive('REX-1 epoch HPKE-10')))
  return {
    x25519: { secret, public: x25519.getPublicKey(secret) },
    hpke: { secret: pair.secretKey, public: pair.publicKey },
  }
}

/** Derives the seed of the next epoch (REX-ID-031). */
export function nextSeed(seed: Uint8Array): Uint8Array {
  return hkdf(sha256, seed, new Uint8Array(), utf8('REX-1 epoch next'), 32)
}

export function jwsHeader(type: string, kid: Uint8Array): string {
  return `{"alg":"Ed25519","kid":"${base64url(kid)}","typ":"${type}"}`
}

/** Signs a payload under a JWS header (RFC 7515). */
export function sign(header: string, payload: Uint8Array, { seed }: SigningKey): Jws {
  const bytes = utf8(header)
  return { header: bytes, payload, signature: ed25519.sign(signingInput(bytes, payload), seed) }
}

export function signingInput(header: Uint8Array, payload: Uint8Array): Uint8Array {
  return utf8(`${base64url(header)}.${base64url(payload)}`)
}

/** Encodes a JWS as canonical `Jws` bytes. */
export function jwsBytes({ header, payload, signature }: Jws): Uint8Array {
  return message([1, header], [2, payload], [3, signature])
}

/** Returns a JWS in compact serialisation. */
export function compact({ header, payload, signature }: Jws): string {
  return [header, payload, signature].map(base64url).join('.')
}

/** The order of the base point of Ed25519. */
const L = ed25519.Point.Fn.ORDER

/** Replaces S in a signature with S + L, which careless libraries accept. */
export function withLargeS(signature: Uint8Array): Uint8Array {
  const s = numberOf(signature.subarray(32)) + L
  return concatBytes(signature.subarray(0, 32), littleEndian(s))
}

/** Makes a signature whose R has a low-order component. Only cofactored verification accepts such a signature. */
export function cofactorSignature(input: Uint8Array, { seed, public: key }: SigningKey): Uint8Array {
  const { Point } = ed25519
  const r = numberOf(sha512(concatBytes(seed, input))) % L
  const torsion = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
  const R = Point.BASE.multiply(r).add(torsion).toBytes()
  const k = numberOf(sha512(concatBytes(R, key, input))) % L
  const a = ed25519.utils.getExtendedPublicKey(seed).scalar
  return concatBytes(R, littleEndian((r + k * a) % L))
}

/** Makes a signature whose R is the neutral element. Only a verifier that checks R rejects such a signature. */
export function neutralSignature(input: Uint8Array, { seed, public: key }: SigningKey): Uint8Array {
  const R = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0))
  const k = numberOf(sha512(concatBytes(R, key, input))) % L
  return concatBytes(R, littleEndian((k * ed25519.utils.getExtendedPublicKey(seed).scalar) % L))
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`)
}

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex')).reverse()
}
