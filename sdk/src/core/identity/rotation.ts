// Rotations: an entity key names its successor, and whoever has pinned it follows. docs/spec/identity.md, "Rotation of the entity key"
import { claimsOf, numericDate, textOf } from '../encoding/claims.ts'
import { ensure } from '../error.ts'
import { signJwt, verifyJwt } from '../jose/jose.ts'
import { type Ed25519PublicJwk, kid, type Signer } from '../jose/key.ts'
import { parseJwt } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'
import { readSigningKey } from './signing-key.ts'

/** Most rotations that an entity configuration carries, the latest ones (REX-ID-075). */
export const MOST_ROTATIONS = 16

/** A parsed rotation: its signature is not checked. */
export interface EntityRotation {
  readonly organisation: string
  /** The key that gives way, and signs this. */
  readonly from: Ed25519PublicJwk
  /** The key that takes over. */
  readonly to: Ed25519PublicJwk
  /** Unix milliseconds. */
  readonly rotatedMs: number
  /** The signed form, as received. */
  readonly jwt: string
}

/** What follows of an entity configuration from its rotations. */
export interface Rotated {
  readonly entityKey: Ed25519PublicJwk
  /** The oldest first. Each leads to the key that signed the next one, and the last one to the entity key. */
  readonly rotations: readonly EntityRotation[]
}

/** Signs a rotation with the key that gives way (REX-ID-075). */
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

/** @throws RexError MALFORMED, LIMIT_EXCEEDED, KEY_INVALID */
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
 * The rotations of a statement: of its organisation, without gaps, and leading to its entity key; no key comes twice. `listed`: the
 * JWTs. @throws RexError MALFORMED, LIMIT_EXCEEDED, KEY_INVALID
 */
export function readRotations(
  listed: readonly unknown[],
  { organisation, entityKey, path }: { organisation: string; entityKey: Ed25519PublicJwk; path: string },
): EntityRotation[] {
  const rotations = listed.map((jwt, i) => parseRotation(textOf(jwt, `${path}[${i}]`, LIMITS.rotation)))
  const keys = rotations.map(({ from }) => kid(from))
  const next = [...keys.slice(1), kid(entityKey)]
  for (const [i, rotation] of rotations.entries())
    ensure(rotation.organisation === organisation && kid(rotation.to) === next[i], `${path}[${i}]`)
  ensure(new Set([...keys, kid(entityKey)]).size === keys.length + 1, path)
  return rotations
}

/**
 * Whether an entity key is the pinned one, or the pinned one leads to it: each rotation is signed by the key before (REX-ID-076). The
 * signature of the statement is not checked.
 */
export async function leadsTo(pinned: Ed25519PublicJwk, { entityKey, rotations }: Rotated): Promise<boolean> {
  if (kid(pinned) === kid(entityKey)) return true
  const first = rotations.findIndex(({ from }) => kid(from) === kid(pinned))
  if (first < 0) return false
  const signed = await Promise.all(rotations.slice(first).map(isSigned))
  return signed.every((holds) => holds)
}

/** Whether the signature of a rotation verifies with the key that gives way. */
export function isSigned({ jwt, from }: EntityRotation): Promise<boolean> {
  return verifyJwt('rotation', jwt, from).then(
    () => true,
    () => false,
  )
}

/** Whether a statement's entity key took over from this one, by its own word. */
export function tookOverFrom({ rotations }: Rotated, earlier: Ed25519PublicJwk): boolean {
  return rotations.some(({ from }) => kid(from) === kid(earlier))
}
