// Signs and verifies: JWS with node:crypto, after strict parsing, and JWT with jose, which only this file imports.
// docs/spec/envelope-slots.md
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { Jws } from '@rex/proto/core/v1/envelope'
import { compactVerify } from 'jose'
import { toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { deriveEd25519, type Ed25519PublicJwk, kid, type Signer } from './key.ts'
import { type JwsSlot, type JwtSlot, parseJws, parseJwt } from './strict.ts'
import { writeHeader } from './strict-header.ts'

const SIGNATURE_BYTES = 64

/** Makes an in-process signer from the 32-byte seed of its key. The key cannot be extracted. @throws RexError KEY_INVALID */
export function localSigner(seed: Uint8Array): Signer {
  const { publicJwk, privateKey } = deriveEd25519(seed)
  return { key: publicJwk, sign: async (input) => sign(null, input, privateKey) }
}

/** Makes a signer whose key can be replaced: it signs with `first` until `use` is called. */
export function changingSigner(first: Signer): Signer & { use(next: Signer): void } {
  let inUse = first
  return {
    get key() {
      return inUse.key
    },
    sign: (input) => inUse.sign(input),
    use(next) {
      inUse = next
    },
  }
}

/** Signs `payload` for its slot (RFC 7515, section 5.1). @throws RexError INTERNAL if the signer does not return an Ed25519 signature */
export async function signJws(slot: JwsSlot, payload: Uint8Array, signer: Signer): Promise<Jws> {
  const header = utf8(writeHeader(slot, { kid: kid(signer.key) }))
  const signature = await signer.sign(signingInput({ protected: header, payload }))
  if (signature.length !== SIGNATURE_BYTES)
    throw new RexError('INTERNAL', 'The signer returned no signature.')
  return { protected: header, payload, signature }
}

/** Verifies a JWS as received, with the key of its `kid` (RFC 7515, section 5.2). @throws RexError UNOPENABLE and the errors of parsing */
export async function verifyJws(slot: JwsSlot, jws: Jws, key: Ed25519PublicJwk): Promise<void> {
  const { header } = parseJws(slot, jws)
  const holds = header.kid === kid(key) && verifyEd25519(signingInput(jws), key, jws.signature)
  if (!holds) throw unopenable()
}

/**
 * Whether a 64-byte signature verifies (RFC 8032). The caller has checked the form of signature and key. @throws RexError UNOPENABLE if the
 * key is invalid
 */
export function verifyEd25519(input: Uint8Array, key: Ed25519PublicJwk, signature: Uint8Array): boolean {
  return verify(null, input, imported(key), signature)
}

/** Signs claims as a compact JWT (RFC 7519). */
export async function signJwt(slot: JwtSlot, claims: object, signer: Signer): Promise<string> {
  const jws = await signJws(slot, utf8(JSON.stringify(claims)), signer)
  return [jws.protected, jws.payload, jws.signature].map(toBase64url).join('.')
}

/** Parses a compact JWT strictly, verifies it and returns its claims. @throws RexError STATEMENT_INVALID and the errors of parsing */
export async function verifyJwt(slot: JwtSlot, text: string, key: Ed25519PublicJwk): Promise<unknown> {
  const { header, claims } = parseJwt(slot, text)
  if (header.kid !== kid(key)) throw forged()
  try {
    await compactVerify(text, imported(key), { algorithms: ['Ed25519'] })
  } catch (cause) {
    throw forged(cause)
  }
  return claims
}

/** Returns the JWS Signing Input (RFC 7515, section 2). */
function signingInput(jws: Pick<Jws, 'protected' | 'payload'>): Uint8Array {
  return utf8(`${toBase64url(jws.protected)}.${toBase64url(jws.payload)}`)
}

const keys = new WeakMap<Ed25519PublicJwk, KeyObject>()

/** Imports a public key; each key object is imported only once. @throws RexError UNOPENABLE if the key is invalid */
function imported(jwk: Ed25519PublicJwk): KeyObject {
  const known = keys.get(jwk)
  if (known !== undefined) return known
  try {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    keys.set(jwk, key)
    return key
  } catch (cause) {
    throw unopenable(cause)
  }
}

function unopenable(cause?: unknown): RexError {
  return new RexError('UNOPENABLE', 'A signature is not valid.', { cause })
}

function forged(cause?: unknown): RexError {
  return new RexError('STATEMENT_INVALID', 'The statement is not signed with the key that it names.', {
    cause,
  })
}
