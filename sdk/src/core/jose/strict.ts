// The strict pre-parser, which runs before any cryptographic library sees the input. docs/spec/envelope-slots.md
import type { Jwe, Jws } from '@rex/proto/core/v1/envelope'
import { fromBase64url } from '../encoding/encoding.ts'
import { ensure } from '../error.ts'
import { checkLimit, parseStrictJson } from '../input/strict-json.ts'
import { LIMITS } from '../limits.ts'
import { isStrictPoint } from './key.ts'
import { type Header, type HeaderForm, readHeader } from './strict-header.ts'

/** Slots (places in the protocol) for a JWS in compact serialisation. */
export type JwtSlot = 'entity-statement' | 'rotation' | 'invite'
/** Slots for a JWS. */
export type JwsSlot = 'manifest-jws' | 'stored-jws' | JwtSlot
/** Slots for a JWE with content. */
export type ContentSlot = 'manifest-jwe' | 'section-jwe'
/** Slots for a JWE. */
export type JweSlot = ContentSlot | 'grant-jwe'

/** Header values of a grant, of either suite. */
type GrantHeader = Header<'REX-1 grant'> | Header<'REX-2 grant'>
/** Header values of a JWE in slot `S`. */
type JweHeader<S extends JweSlot> = S extends ContentSlot ? Header<S> : GrantHeader

/** Lengths in bytes of the members of a JWE other than the protected header (REX-JOSE-012). */
interface Lengths {
  readonly encryptedKey: number
  readonly iv: number
  readonly tag: number
  /** Minimum length of the ciphertext. */
  readonly ciphertext: number
}

const SIGNATURE = 64
const POINT = 32
const A256GCM: Lengths = { encryptedKey: 0, iv: 12, tag: 16, ciphertext: 1 }
/** HPKE puts the encapsulated key into the `encryptedKey` member and its tag at the end of the ciphertext. */
const HPKE_10: Lengths = { encryptedKey: 1120, iv: 0, tag: 0, ciphertext: 17 }
const JWT_LIMIT: Readonly<Record<JwtSlot, number>> = {
  'entity-statement': LIMITS.entityConfiguration,
  rotation: LIMITS.rotation,
  invite: 2 * LIMITS.entityConfiguration,
}

/**
 * Checks a JWS against its slot. Rejects a signature whose R is of low order or not canonical, so that the outcome does not depend on the
 * verifying library (REX-JOSE-030, T-008). @throws RexError MALFORMED, LIMIT_EXCEEDED
 */
export function parseJws<S extends JwsSlot>(slot: S, jws: Jws): { header: Header<S> } {
  ensure(jws.signature.length === SIGNATURE, `${slot}.signature`)
  ensure(isStrictPoint('Ed25519', jws.signature.subarray(0, POINT)), `${slot}.signature`)
  return { header: readHeader(slot, jws.protected, `${slot}.protected`) }
}

/**
 * Checks a JWE against its slot. Rejects an ephemeral key that is of low order or not canonical (T-010). @throws RexError MALFORMED,
 * LIMIT_EXCEEDED
 */
export function parseJwe<S extends JweSlot>(slot: S, jwe: Jwe): { header: JweHeader<S> } {
  const header = slot === 'grant-jwe' ? readGrant(jwe) : read(slot as ContentSlot, jwe, A256GCM, slot)
  return { header: header as JweHeader<S> }
}

/**
 * Parses a compact JWT (RFC 7519) strictly; the signature is not checked. `limit` is its maximum length in characters; default: 64 KiB for
 * an entity statement, 1 KiB for a rotation, 128 KiB for an invite.
 * @throws RexError MALFORMED, LIMIT_EXCEEDED
 */
export function parseJwt<S extends JwtSlot>(
  slot: S,
  compact: string,
  limit: number = JWT_LIMIT[slot],
): { header: Header<S>; claims: unknown; jws: Jws } {
  checkLimit(compact.length, limit, slot)
  const parts = compact.split('.')
  ensure(parts.length === 3, slot)
  const [header, payload, signature] = parts.map((part) => fromBase64url(part, slot)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const jws = { protected: header, payload, signature }
  return { ...parseJws(slot, jws), claims: parseStrictJson(payload, slot, { limit }), jws }
}

function readGrant(jwe: Jwe): GrantHeader {
  if (jwe.iv.length === HPKE_10.iv) return read('REX-2 grant', jwe, HPKE_10, 'grant-jwe')
  const header = read('REX-1 grant', jwe, A256GCM, 'grant-jwe')
  ensure(isStrictPoint('X25519', fromBase64url(header.epk, 'epk')), 'grant-jwe.protected.epk')
  return header
}

function read<F extends HeaderForm>(form: F, jwe: Jwe, lengths: Lengths, slot: JweSlot): Header<F> {
  ensure(jwe.encryptedKey.length === lengths.encryptedKey, `${slot}.encrypted_key`)
  ensure(jwe.iv.length === lengths.iv, `${slot}.iv`)
  ensure(jwe.tag.length === lengths.tag, `${slot}.tag`)
  ensure(jwe.ciphertext.length >= lengths.ciphertext, `${slot}.ciphertext`)
  return readHeader(form, jwe.protected, `${slot}.protected`)
}
