// Rotations: an entity key names its successor, and organisations that have pinned the earlier key accept the new one.
// docs/spec/identity.md, "Rotation of the entity key"
import { claimsOf, numericDate, textOf } from '../encoding/claims.ts'
import { ensure } from '../error.ts'
import { signJwt, verifyJwt } from '../jose/jose.ts'
import { type Ed25519PublicJwk, kid, type Signer } from '../jose/key.ts'
import { parseJwt } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'
import { readSigningKey } from './signing-key.ts'

/** Maximum number of rotations in an entity configuration; only the latest are kept (REX-ID-075). */
export const MOST_ROTATIONS = 16

/** A parsed rotation whose signature has not been checked. */
export interface EntityRotation {
  readonly organisation: string
  /** The key that is replaced. It signs the rotation. */
  readonly from: Ed25519PublicJwk
  /** The key that replaces `from`. */
  readonly to: Ed25519PublicJwk
  /** Unix milliseconds. */
  readonly rotatedMs: number
  /** The signed form, as received. */
  readonly jwt: string
}

/** The part of an entity configuration that shows how its entity key succeeded earlier keys. */
export interface Rotated {
  readonly entityKey: Ed25519PublicJwk
  /** Rotations, oldest first. Each names the key that signs the next rotation; the last names the entity key. */
  readonly rotations: readonly EntityRotation[]
}

/** Signs a rotation with the key that is replaced (REX-ID-075). */
export function signRotation(
  rotation: { readonly organisation: string; readonly to: Ed25519PublicJwk; readonly rotatedMs: number },
  signer: Signer,
): Promise<string> {
  const { organisation, to, rotatedMs } = rotation
  const claims = {
    iss: organisation,
    iat: numericDate(rotatedMs),
    jwks: { keys: [signer.key, to].map((key) => ({ ...key, kid: kid(key) })) },
  }
  return signJwt('rotation', claims, signer)
}

/** Parses a rotation strictly; its signature is not checked. @throws RexError MALFORMED, LIMIT_EXCEEDED, KEY_INVALID */
export function parseRotation(jwt: string): EntityRotation {
  const { header, claims: parsed } = parseJwt('rotation', jwt, LIMITS.rotation)
  const claims = claimsOf(parsed, '')
  const [from, to] = claims.object('jwks').list('keys', 2, (key, path) => readSigningKey(claimsOf(key, path)))
  ensure(from !== undefined && to !== undefined && kid(from) === header.kid, 'jwks.keys')
  return {
    organisation: claims.text('iss'),
    from,
    to,
    rotatedMs: claims.timeMs('iat'),
    jwt,
  }
}

/**
 * Parses the rotations of a statement (`listed`, JWTs). They must be of the statement's organisation and lead to its entity key without
 * gaps, and no key may occur twice. @throws RexError MALFORMED, LIMIT_EXCEEDED, KEY_INVALID
 */
export function readRotations(
  listed: readonly unknown[],
  { organisation, entityKey, path }: { organisation: string; entityKey: Ed25519PublicJwk; path: string },
): EntityRotation[] {
  const rotations = listed.map((jwt, i) =>
    parseRotation(textOf(jwt, `${path}[${i}]`, LIMITS.entityConfiguration)),
  )
  const keys = rotations.map(({ from }) => kid(from))
  const next = [...keys.slice(1), kid(entityKey)]
  for (const [i, rotation] of rotations.entries())
    ensure(rotation.organisation === organisation && kid(rotation.to) === next[i], `${path}[${i}]`)
  ensure(new Set([...keys, kid(entityKey)]).size === keys.length + 1, path)
  return rotations
}

/**
 * Whether an entity key is the pinned key, or a chain of signed rotations leads from the pinned key to it (REX-ID-076). The signature of
 * the statement is not checked.
 */
export async function leadsTo(pinned: Ed25519PublicJwk, { entityKey, rotations }: Rotated): Promise<boolean> {
  if (kid(pinned) === kid(entityKey)) return true
  const first = rotations.findIndex(({ from }) => kid(from) === kid(pinned))
  if (first < 0) return false
  const signed = await Promise.all(rotations.slice(first).map(isSigned))
  return signed.every((holds) => holds)
}

/** Whether a rotation is signed by the key that it replaces. */
export function isSigned({ jwt, from }: EntityRotation): Promise<boolean> {
  return verifyJwt('rotation', jwt, from).then(
    () => true,
    () => false,
  )
}

/** Whether a statement claims that its entity key succeeds `earlier`. Signatures are not checked. */
export function tookOverFrom({ rotations }: Rotated, earlier: Ed25519PublicJwk): boolean {
  return rotations.some(({ from }) => kid(from) === kid(earlier))
}
