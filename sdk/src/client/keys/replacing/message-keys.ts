// The current message key and its predecessors. docs/spec/identity.md, "Changes of keys"
import { randomBytes } from 'node:crypto'
import { RexError } from '../../../core/error.ts'
import type { DatedKey } from '../../../core/identity/entity.ts'
import { localSigner } from '../../../core/jose/jose.ts'
import { kid, type Signer } from '../../../core/jose/key.ts'
import type { Keys } from '../keystore.ts'
import { MOST_REVOKED } from '../rotating-keys.ts'

/** Caches one signer per seed. */
const signers = new WeakMap<Uint8Array, Signer>()

type Revocation = NonNullable<DatedKey['revoked']>

/** Returns a signer for the current message key, and the time since which the key has been in use (Unix milliseconds). */
export function messageKeyOf({ message, messageSeed, messageKeyMs }: Keys): {
  signer: Signer
  sinceMs: number
} {
  const { seed, sinceMs } = message ?? { seed: messageSeed, sinceMs: messageKeyMs }
  const signer = signers.get(seed) ?? localSigner(seed)
  signers.set(seed, signer)
  return { signer, sinceMs }
}

/**
 * Replaces the current message key by a new key, which is not published yet, and revokes the replaced key. Without
 * `revoked`, does not revoke the replaced key; statements then no longer list that key.
 */
export function replaceMessageKey<T extends Keys>(
  keys: T,
  {
    now,
    revoked,
    expiresMs,
  }: { readonly now: number; readonly revoked: Revocation | undefined; readonly expiresMs: number },
): T {
  const { signer, sinceMs } = messageKeyOf(keys)
  const last = { jwk: signer.key, notBeforeMs: Math.min(sinceMs, now), expiresMs }
  return {
    ...keys,
    message: { seed: randomBytes(32), sinceMs: now },
    revoked: latest([...(keys.revoked ?? []), ...(revoked ? [{ ...last, revoked }] : [])]),
    unpublished: true,
  }
}

/**
 * Revokes a key of `before` or `known` as compromised. Returns the revoked keys of `before`, followed by this key. @throws
 * RexError NOT_FOUND
 */
export function compromised(
  before: readonly DatedKey[],
  { key, atMs, known }: { readonly key: string; readonly atMs: number; readonly known: readonly DatedKey[] },
): readonly DatedKey[] {
  const found = [...before, ...known].find(({ jwk }) => kid(jwk) === key)
  if (found === undefined)
    throw new RexError('NOT_FOUND', 'The organisation has no such key.', {
      hint: '`rex-desk revoke` lists the keys.',
    })
  const others = before.filter(({ jwk }) => kid(jwk) !== key)
  const earliestMs = found.revoked?.reason === 'compromised' ? Math.min(found.revoked.atMs, atMs) : atMs
  return latest([...others, { ...found, revoked: { reason: 'compromised', atMs: earliestMs } }])
}

function latest(revoked: readonly DatedKey[]): readonly DatedKey[] {
  return revoked.slice(-MOST_REVOKED)
}
