// Signatures, content encryption and REX-1 grants. The only file that imports jose. docs/spec/envelope.md, "Slot table"
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { Jwe, Jws } from '@rex/proto/core/v1/envelope'
import { FlattenedEncrypt, type FlattenedJWE, flattenedDecrypt, flattenedVerify } from 'jose'
import { digest, equal, fromBase64url, toBase64url, utf8 } from './encoding.ts'
import { RexError } from './error.ts'
import {
  deriveEd25519,
  type Ed25519PublicJwk,
  kid,
  type Signer,
  type X25519PrivateKey,
  type X25519PublicJwk,
} from './key.ts'
import { parseJwt } from './strict.ts'

const NOTHING = new Uint8Array(0)
const TYP = {
  'manifest-jws': 'rex-manifest+jws',
  'stored-jws': 'rex-stored+jws',
  'entity-statement': 'entity-statement+jwt',
  invite: 'rex-invite+jwt',
  'manifest-jwe': 'rex-manifest+jwe',
  'section-jwe': 'rex-section+jwe',
} as const

type JwsSlot = 'manifest-jws' | 'stored-jws'
type JwtSlot = 'entity-statement' | 'invite'
type ContentSlot = 'manifest-jwe' | 'section-jwe'

/** A signer with a private key in this process, from its 32-byte seed. */
export function localSigner(seed: Uint8Array): Signer {
  const { publicJwk, privateKey } = deriveEd25519(seed)
  return { key: publicJwk, sign: async (input) => sign(null, input, privateKey) }
}

/** Signs `payload` for its slot (RFC 7515). */
export async function signJws(slot: JwsSlot | JwtSlot, payload: Uint8Array, signer: Signer): Promise<Jws> {
  const header = utf8(`{"alg":"Ed25519","kid":"${kid(signer.key)}","typ":"${TYP[slot]}"}`)
  const signature = await signer.sign(utf8(`${toBase64url(header)}.${toBase64url(payload)}`))
  return { protected: header, payload, signature }
}

/** Verifies a JWS that was strictly parsed. @throws RexError UNOPENABLE */
export async function verifyJws(_slot: JwsSlot | JwtSlot, jws: Jws, key: Ed25519PublicJwk): Promise<void> {
  const flattened = {
    protected: toBase64url(jws.protected),
    payload: toBase64url(jws.payload),
    signature: toBase64url(jws.signature),
  }
  await failingAs('UNOPENABLE', () => flattenedVerify(flattened, publicKey(key), { algorithms: ['Ed25519'] }))
}

/** Seals content under a fresh content key (RFC 7516, `dir`, `A256GCM`), committed to by `kc`. */
export async function sealDir(
  slot: ContentSlot,
  plaintext: Uint8Array,
  key: Uint8Array,
  random: (length: number) => Uint8Array,
): Promise<Jwe> {
  const kc = toBase64url(digest('REX-1 content-key', key))
  const sealed = await new FlattenedEncrypt(plaintext)
    .setProtectedHeader({ alg: 'dir', crit: ['kc'], enc: 'A256GCM', kc, typ: TYP[slot] })
    .setInitializationVector(random(12))
    .encrypt(key, { crit: { kc: true } })
  return rawJwe(sealed)
}

/** Opens content, after checking that `kc` commits to this key (T-020). @throws RexError UNOPENABLE */
export async function openDir(_slot: ContentSlot, jwe: Jwe, key: Uint8Array): Promise<Uint8Array> {
  const { kc } = JSON.parse(Buffer.from(jwe.protected).toString('utf8')) as { kc: string }
  if (!equal(fromBase64url(kc, 'kc'), digest('REX-1 content-key', key)))
    throw new RexError('UNOPENABLE', 'The content key does not fit.')
  const { plaintext } = await failingAs('UNOPENABLE', () =>
    flattenedDecrypt(flattenedJwe(jwe), key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      crit: { kc: true },
    }),
  )
  return plaintext
}

/** Seals a REX-1 grant to an X25519 key, bound to `ctx` (32 bytes). */
export async function sealEcdhEs(
  plaintext: Uint8Array,
  recipient: X25519PublicJwk,
  ctx: Uint8Array,
): Promise<Jwe> {
  const sealed = await new FlattenedEncrypt(plaintext)
    .setProtectedHeader({
      alg: 'ECDH-ES',
      crit: ['ctx'],
      ctx: toBase64url(ctx),
      enc: 'A256GCM',
      kid: kid(recipient),
      typ: 'rex-grant+jwe',
    })
    .encrypt(publicKey(recipient), { crit: { ctx: true } })
  return rawJwe(sealed)
}

/** Opens a REX-1 grant that was strictly parsed. @throws RexError UNOPENABLE */
export async function openEcdhEs(grant: Jwe, key: X25519PrivateKey): Promise<Uint8Array> {
  const { plaintext } = await failingAs('UNOPENABLE', () =>
    flattenedDecrypt(flattenedJwe(grant), key.privateKey, {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: ['A256GCM'],
      crit: { ctx: true },
    }),
  )
  return plaintext
}

/** Signs claims as a compact JWT (RFC 7519). */
export async function signJwt(slot: JwtSlot, claims: object, signer: Signer): Promise<string> {
  const jws = await signJws(slot, utf8(JSON.stringify(claims)), signer)
  return [jws.protected, jws.payload, jws.signature].map(toBase64url).join('.')
}

/** Verifies a compact JWT after strict parsing. @throws RexError UNOPENABLE and those of parsing */
export async function verifyJwt(slot: JwtSlot, text: string, key: Ed25519PublicJwk): Promise<void> {
  await verifyJws(slot, parseJwt(slot, text, text.length).jws, key)
}

const imported = new WeakMap<object, KeyObject>()

function publicKey(jwk: Ed25519PublicJwk | X25519PublicJwk): KeyObject {
  let key = imported.get(jwk)
  if (key === undefined) {
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    imported.set(jwk, key)
  }
  return key
}

function rawJwe(jwe: FlattenedJWE): Jwe {
  return {
    protected: fromBase64url(jwe.protected as string, 'protected'),
    encryptedKey: NOTHING,
    iv: fromBase64url(jwe.iv as string, 'iv'),
    ciphertext: fromBase64url(jwe.ciphertext, 'ciphertext'),
    tag: fromBase64url(jwe.tag as string, 'tag'),
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

async function failingAs<T>(reason: 'UNOPENABLE', step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    throw new RexError(reason, 'A signature or seal does not hold.', { cause })
  }
}
