// Keys: public keys as JWKs, and private keys derived from 32-byte seeds. docs/spec/identity.md, "Keys"
import { Buffer } from 'node:buffer'
import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto'
import { fromBase64url, toBase64url, toHex } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'

/** An Ed25519 public key (RFC 8037). */
export interface Ed25519PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
}

/** An X25519 public key (RFC 8037). */
export interface X25519PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'X25519'
  readonly x: string
}

/**
 * An MLKEM768-X25519 public key (draft-ietf-jose-hpke-encrypt, draft-skokan-jose-hpke-pq-pqt). `pub` is the ML-KEM key followed by the
 * X25519 key.
 */
export interface HpkePublicJwk {
  readonly kty: 'AKP'
  readonly alg: 'HPKE-10'
  readonly pub: string
}

/** A public key for signatures or encryption. */
type PublicJwk = Ed25519PublicJwk | X25519PublicJwk | HpkePublicJwk

/** A signer with a message, entity or receipt key, which may be in an HSM. */
export interface Signer {
  readonly key: Ed25519PublicJwk
  /** The 64-byte Ed25519 signature (RFC 8032) over `input`. */
  sign(input: Uint8Array): Promise<Uint8Array>
}

/** A key pair in this process. */
export interface KeyPair<Jwk> {
  readonly publicJwk: Jwk
  readonly privateKey: KeyObject
}

/** An X25519 private key with its public key. */
export type X25519PrivateKey = KeyPair<X25519PublicJwk>

type Curve = 'Ed25519' | 'X25519'

const SEED_BYTES = 32
const POINT_BYTES = 32
/** The DER that precedes the point in a SubjectPublicKeyInfo (RFC 8410), as base64. */
const X25519_SPKI = 'MCowBQYDK2VuAyEA'
/** Form of an ML-KEM-768 public key (FIPS 203): 768 coefficients of 12 bits, each below q, in 1152 bytes, then a 32-byte seed. */
const ML_KEM_768 = { coefficients: 1152, bytes: 1184, q: 3329 } as const

/** 2^255 - 19 in hexadecimal. Hexadecimal strings of equal length compare like numbers. */
const P25519 = `7f${'f'.repeat(60)}ed`
/** Coordinates (y of Ed25519, u of X25519) of all points whose order divides the cofactor, as hexadecimal numbers (REX-JOSE-031). */
const LOW_ORDER: Readonly<Record<Curve, ReadonlySet<string>>> = {
  Ed25519: new Set([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000001',
    '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
    '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
    '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
  ]),
  X25519: new Set([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000001',
    '00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0',
    '57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f',
    '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
  ]),
}

/** Returns the JWK thumbprint (RFC 7638) with SHA-256, 32 bytes. The thumbprint of an AKP key covers `alg`, `kty` and `pub`. */
export function thumbprint(jwk: PublicJwk): Uint8Array {
  const members =
    jwk.kty === 'AKP'
      ? { alg: jwk.alg, kty: jwk.kty, pub: jwk.pub }
      : { crv: jwk.crv, kty: jwk.kty, x: jwk.x }
  return hash('sha256', JSON.stringify(members), 'buffer')
}

const kids = new WeakMap<PublicJwk, string>()

/** Returns the `kid` of a key: its JWK thumbprint as base64url. */
export function kid(jwk: PublicJwk): string {
  let known = kids.get(jwk)
  if (known === undefined) {
    known = toBase64url(thumbprint(jwk))
    kids.set(jwk, known)
  }
  return known
}

/**
 * Parses an Ed25519 public key with exactly the members `kty`, `crv` and `x`. Rejects a non-canonical or low-order key, under which one
 * signature could fit every message (REX-JOSE-031, T-009). @throws RexError KEY_INVALID, MALFORMED for base64url
 */
export function parseSigningKey(value: unknown, path: string): Ed25519PublicJwk {
  const { kty, crv, x } = membersOf(value, ['kty', 'crv', 'x'], path)
  if (kty !== 'OKP' || crv !== 'Ed25519') throw invalid(path)
  if (!isStrictPoint(crv, fromBase64url(x, path))) throw invalid(path)
  return { kty, crv, x }
}

/**
 * Parses an X25519 or MLKEM768-X25519 public key with exactly the members `kty`, `crv` and `x`, or `kty`, `alg` and `pub`. Rejects a
 * non-canonical or low-order key (REX-JOSE-031, T-010). @throws RexError KEY_INVALID, MALFORMED for base64url
 */
export function parseEncryptionKey(value: unknown, path: string): X25519PublicJwk | HpkePublicJwk {
  const isHpke = typeof value === 'object' && value !== null && 'pub' in value
  return isHpke ? parseHpkeKey(value, path) : parseX25519Key(value, path)
}

/** Whether bytes canonically encode a point that is not of low order (REX-JOSE-031). The point may be a public key or the R of a signature. */
export function isStrictPoint(curve: Curve, bytes: Uint8Array): boolean {
  const coordinate = Buffer.from(bytes).reverse()
  // Clears the sign bit of the x-coordinate, because it is not part of y.
  if (curve === 'Ed25519') coordinate[0] = (coordinate[0] as number) & 0x7f
  const number = toHex(coordinate)
  return bytes.length === POINT_BYTES && number < P25519 && !LOW_ORDER[curve].has(number)
}

/** Derives the X25519 key pair of a 32-byte seed (RFC 7748). @throws RexError KEY_INVALID for a seed of another length */
export function deriveX25519(seed: Uint8Array): X25519PrivateKey {
  const { privateKey, x } = derive('X25519', seed)
  return { privateKey, publicJwk: { kty: 'OKP', crv: 'X25519', x } }
}

/**
 * Imports a 32-byte X25519 public key. Hands the key to Node as text, because for any other form Node first checks whether it
 * is a key object, which costs as much as the key agreement. @throws RexError KEY_INVALID for a key of another length
 */
export function importX25519(point: Uint8Array): KeyObject {
  if (point.length !== POINT_BYTES) throw invalid('x')
  const spki = `${X25519_SPKI}${Buffer.from(point).toString('base64')}`
  return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`)
}

/** Derives the Ed25519 key pair of a 32-byte seed (RFC 8032). @throws RexError KEY_INVALID for a seed of another length */
export function deriveEd25519(seed: Uint8Array): KeyPair<Ed25519PublicJwk> {
  const { privateKey, x } = derive('Ed25519', seed)
  return { privateKey, publicJwk: { kty: 'OKP', crv: 'Ed25519', x } }
}

function derive(curve: Curve, seed: Uint8Array): { privateKey: KeyObject; x: string } {
  if (seed.length !== SEED_BYTES) throw invalid('seed')
  const asymmetricKeyType = curve === 'Ed25519' ? 'ed25519' : 'x25519'
  const privateKey = createPrivateKey({ key: Buffer.from(seed), format: 'raw-private', asymmetricKeyType })
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { privateKey, x: x as string }
}

function parseX25519Key(value: unknown, path: string): X25519PublicJwk {
  const { kty, crv, x } = membersOf(value, ['kty', 'crv', 'x'], path)
  if (kty !== 'OKP' || crv !== 'X25519') throw invalid(path)
  if (!isStrictPoint(crv, fromBase64url(x, path))) throw invalid(path)
  return { kty, crv, x }
}

function parseHpkeKey(value: unknown, path: string): HpkePublicJwk {
  const { kty, alg, pub } = membersOf(value, ['kty', 'alg', 'pub'], path)
  if (kty !== 'AKP' || alg !== 'HPKE-10') throw invalid(path)
  const bytes = fromBase64url(pub, path)
  const [mlKem, x25519] = [bytes.subarray(0, ML_KEM_768.bytes), bytes.subarray(ML_KEM_768.bytes)]
  if (!isMlKemKey(mlKem) || !isStrictPoint('X25519', x25519)) throw invalid(path)
  return { kty, alg, pub }
}

function membersOf<N extends string>(value: unknown, names: readonly N[], path: string): Record<N, string> {
  const entries = Object.entries(Object(value))
  const fits = ([name, member]: [string, unknown]) => names.includes(name as N) && typeof member === 'string'
  if (entries.length !== names.length || !entries.every(fits)) throw invalid(path)
  return value as Record<N, string>
}

/** Checks the length and, as FIPS 203, section 7.2 requires, the modulus. */
function isMlKemKey(bytes: Uint8Array): boolean {
  if (bytes.length !== ML_KEM_768.bytes) return false
  for (let i = 0; i < ML_KEM_768.coefficients; i += 3) {
    const [a, b, c] = bytes.subarray(i, i + 3) as unknown as [number, number, number]
    if ((a | ((b & 15) << 8)) >= ML_KEM_768.q || ((b >> 4) | (c << 4)) >= ML_KEM_768.q) return false
  }
  return true
}

function invalid(path: string): RexError {
  return new RexError('KEY_INVALID', `${path} is not an acceptable key.`, { path })
}
