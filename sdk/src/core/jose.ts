// Signatures and REX-1 grants. The only file that imports jose. docs/spec/envelope-slots.md
import { Buffer } from 'node:buffer'
import { subtle, type webcrypto } from 'node:crypto'
import type { Jwe, Jws } from '@rex/proto/core/v1/envelope'
import { FlattenedEncrypt, type FlattenedJWE, flattenedDecrypt, flattenedVerify, importJWK } from 'jose'
import { toBase64url, utf8 } from './encoding.ts'
import { RexError } from './error.ts'
import {
  deriveEd25519,
  type Ed25519PublicJwk,
  kid,
  type Signer,
  type X25519PrivateKey,
  type X25519PublicJwk,
} from './key.ts'
import { type JwsSlot, type JwtSlot, parseJwe, parseJws, parseJwt } from './strict.ts'
import { writeHeader } from './strict-header.ts'

const NOTHING = new Uint8Array(0)
const SIGNATURE_BYTES = 64

/** A signer in this process, from the 32-byte seed of its key. The key cannot be exported from it. @throws RexError KEY_INVALID */
export function localSigner(seed: Uint8Array): Signer {
  const { publicJwk, privateKey } = deriveEd25519(seed)
  return {
    key: publicJwk,
    sign: async (input) => new Uint8Array(await subtle.sign('Ed25519', privateKey, input)),
  }
}

/** Signs `payload` for its slot (RFC 7515, section 5.1). @throws RexError INTERNAL if the signer gives no Ed25519 signature */
export async function signJws(slot: JwsSlot, payload: Uint8Array, signer: Signer): Promise<Jws> {
  const header = utf8(writeHeader(slot, { kid: kid(signer.key) }))
  const signature = await signer.sign(utf8(`${toBase64url(header)}.${toBase64url(payload)}`))
  if (signature.length !== SIGNATURE_BYTES) throw new RexError('INTERNAL', 'The signer gave no signature.')
  return { protected: header, payload, signature }
}

/** Verifies a JWS as received, with the key that its `kid` names. @throws RexError UNOPENABLE and those of parsing */
export async function verifyJws(slot: JwsSlot, jws: Jws, key: Ed25519PublicJwk): Promise<void> {
  const { header } = parseJws(slot, jws)
  if (header.kid !== kid(key)) throw unopenable()
  const flattened = {
    protected: toBase64url(jws.protected),
    payload: toBase64url(jws.payload),
    signature: toBase64url(jws.signature),
  }
  await opening(async () => flattenedVerify(flattened, await imported(key), { algorithms: ['Ed25519'] }))
}

/** Signs claims as a compact JWT (RFC 7519). */
export async function signJwt(slot: JwtSlot, claims: object, signer: Signer): Promise<string> {
  const jws = await signJws(slot, utf8(JSON.stringify(claims)), signer)
  return [jws.protected, jws.payload, jws.signature].map(toBase64url).join('.')
}

/** Parses a compact JWT strictly, verifies it and gives its claims. @throws RexError UNOPENABLE and those of parsing */
export async function verifyJwt(slot: JwtSlot, text: string, key: Ed25519PublicJwk): Promise<unknown> {
  const { jws, claims } = parseJwt(slot, text)
  await verifyJws(slot, jws, key)
  return claims
}

/** Seals a REX-1 grant to an X25519 key (RFC 7518, section 4.6), bound to `ctx` (32 bytes); a fresh ephemeral key every time. */
export async function sealEcdhEs(
  plaintext: Uint8Array,
  recipient: X25519PublicJwk,
  ctx: Uint8Array,
): Promise<Jwe> {
  // jose puts the real ephemeral key in the place of the recipient's
  const header = writeHeader('REX-1 grant', { ctx: toBase64url(ctx), epk: recipient.x, kid: kid(recipient) })
  return sealing(async () =>
    encryption(plaintext, header).encrypt(await imported(recipient), { crit: { ctx: true } }),
  )
}

/** Opens a REX-1 grant. @throws RexError UNOPENABLE and those of parsing */
export async function openEcdhEs(grant: Jwe, key: X25519PrivateKey): Promise<Uint8Array> {
  parseJwe('grant-jwe', grant)
  const { plaintext } = await opening(() =>
    flattenedDecrypt(flattenedJwe(grant), key.privateKey, {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: ['A256GCM'],
      crit: { ctx: true },
    }),
  )
  return plaintext
}

function encryption(plaintext: Uint8Array, header: string): FlattenedEncrypt {
  return new FlattenedEncrypt(plaintext).setProtectedHeader(JSON.parse(header))
}

const keys = new WeakMap<object, Promise<webcrypto.CryptoKey>>()

/** Every key object is imported once. */
function imported(jwk: Ed25519PublicJwk | X25519PublicJwk): Promise<webcrypto.CryptoKey> {
  let key = keys.get(jwk)
  if (key === undefined) {
    key = importJWK({ ...jwk }, jwk.crv === 'Ed25519' ? 'Ed25519' : 'ECDH-ES') as Promise<webcrypto.CryptoKey>
    keys.set(jwk, key)
  }
  return key
}

async function sealing(step: () => Promise<FlattenedJWE>): Promise<Jwe> {
  try {
    return rawJwe(await step())
  } catch (cause) {
    throw new RexError('INTERNAL', 'Sealing failed.', { cause })
  }
}

async function opening<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    throw unopenable(cause)
  }
}

function unopenable(cause?: unknown): RexError {
  return new RexError('UNOPENABLE', 'A signature or seal does not hold.', { cause })
}

function rawJwe({ protected: header, iv, ciphertext, tag }: FlattenedJWE): Jwe {
  const bytes = (text: string | undefined) => Buffer.from(text as string, 'base64url')
  return {
    protected: bytes(header),
    encryptedKey: NOTHING,
    iv: bytes(iv),
    ciphertext: bytes(ciphertext),
    tag: bytes(tag),
  }
}

function flattenedJwe(jwe: Jwe): FlattenedJWE {
  return {
    protected: toBase64url(jwe.protected),
    iv: toBase64url(jwe.iv),
    ciphertext: toBase64url(jwe.ciphertext),
    tag: toBase64url(jwe.tag),
  }
}
