// Keys: public JWKs as they travel, and private keys from 32-byte seeds. docs/spec/identity.md, "Keys"
import { Buffer } from 'node:buffer'
import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto'
import { fromBase64url, toBase64url } from './encoding.ts'
import { RexError } from './error.ts'

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

/** An MLKEM768-X25519 public key (draft-ietf-jose-hpke-encrypt, draft-skokan-jose-hpke-pq-pqt). */
export interface HpkePublicJwk {
  readonly kty: 'AKP'
  readonly alg: 'HPKE-10'
  readonly pub: string
}

/** Signs with a message, entity or receipt key. May live in an HSM. */
export interface Signer {
  readonly key: Ed25519PublicJwk
  /** The 64-byte Ed25519 signature (RFC 8032) over `input`. */
  sign(input: Uint8Array): Promise<Uint8Array>
}

/** An X25519 private key. */
export interface X25519PrivateKey {
  readonly publicJwk: X25519PublicJwk
  readonly privateKey: KeyObject
}

const POINT_BYTES = 32
const HPKE_PUBLIC_BYTES = 1216
const PKCS8_PREFIX = {
  Ed25519: '302e020100300506032b657004220420',
  X25519: '302e020100300506032b656e04220420',
} as const

const P25519 = 2n ** 255n - 19n
/** y coordinates (Ed25519) of the points of order 1, 2, 4 and 8, little-endian without the sign bit. */
const LOW_ORDER_ED25519: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P25519 - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303021989n * 0n +
    0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
])
/** u coordinates (X25519) of low order (RFC 7748, section 6.1; RFC 8031). */
const LOW_ORDER_X25519: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P25519 - 1n,
  0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
])

/** JWK thumbprint (RFC 7638) with SHA-256: 32 bytes. */
export function thumbprint(jwk: Ed25519PublicJwk | X25519PublicJwk | HpkePublicJwk): Uint8Array {
  const members =
    jwk.kty === 'AKP'
      ? { alg: jwk.alg, kty: jwk.kty, pub: jwk.pub }
      : { crv: jwk.crv, kty: jwk.kty, x: jwk.x }
  return hash('sha256', JSON.stringify(members), 'buffer')
}

/** JWK thumbprint as base64url: the `kid`. */
export function kid(jwk: Ed25519PublicJwk | X25519PublicJwk | HpkePublicJwk): string {
  return toBase64url(thumbprint(jwk))
}

/** An Ed25519 public key for signatures, refused if non-canonical or of low order (REX-ID-004, T-009). @throws RexError KEY_INVALID */
export function parseSigningKey(value: unknown, path: string): Ed25519PublicJwk {
  const { kty, crv, x } = members(value, path)
  if (kty !== 'OKP' || crv !== 'Ed25519') throw invalid(path)
  checkPoint(x, LOW_ORDER_ED25519, path)
  return { kty, crv, x: x as string }
}

/** An X25519 or MLKEM768-X25519 public key (REX-ID-004, T-010). @throws RexError KEY_INVALID */
export function parseEncryptionKey(value: unknown, path: string): X25519PublicJwk | HpkePublicJwk {
  const { kty, crv, x, alg, pub } = members(value, path)
  if (kty === 'AKP' && alg === 'HPKE-10') return { kty, alg, pub: checkHpke(pub, path) }
  if (kty !== 'OKP' || crv !== 'X25519') throw invalid(path)
  checkPoint(x, LOW_ORDER_X25519, path)
  return { kty, crv, x: x as string }
}

/** The X25519 key pair of a 32-byte seed. */
export function deriveX25519(seed: Uint8Array): X25519PrivateKey {
  const privateKey = privateKeyOf('X25519', seed)
  return { privateKey, publicJwk: { kty: 'OKP', crv: 'X25519', x: publicX(privateKey) } }
}

/** The Ed25519 private key of a 32-byte seed (RFC 8032). */
export function deriveEd25519(seed: Uint8Array): { publicJwk: Ed25519PublicJwk; privateKey: KeyObject } {
  const privateKey = privateKeyOf('Ed25519', seed)
  return { privateKey, publicJwk: { kty: 'OKP', crv: 'Ed25519', x: publicX(privateKey) } }
}

function privateKeyOf(curve: keyof typeof PKCS8_PREFIX, seed: Uint8Array): KeyObject {
  const key = Buffer.concat([Buffer.from(PKCS8_PREFIX[curve], 'hex'), seed])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function publicX(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: 'jwk' }).x as string
}

function members(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || 'd' in value || 'priv' in value) throw invalid(path)
  return value as Readonly<Record<string, unknown>>
}

function checkPoint(x: unknown, lowOrder: ReadonlySet<bigint>, path: string): void {
  const bytes = typeof x === 'string' ? fromBase64url(x, path) : new Uint8Array()
  if (bytes.length !== POINT_BYTES) throw invalid(path)
  const coordinate = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) & (2n ** 255n - 1n)
  if (coordinate >= P25519 || lowOrder.has(coordinate)) throw invalid(path)
}

function checkHpke(pub: unknown, path: string): string {
  if (typeof pub !== 'string' || fromBase64url(pub, path).length !== HPKE_PUBLIC_BYTES) throw invalid(path)
  return pub
}

function invalid(path: string): RexError {
  return new RexError('KEY_INVALID', `${path} is not an acceptable public key.`, { path })
}
