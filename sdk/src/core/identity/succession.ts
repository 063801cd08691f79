// Which signing keys a new entity configuration lists after a key was replaced. docs/spec/identity.md, "Changes of keys"
import { RexError } from '../error.ts'
import { kid } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'
import type { DatedKey } from './entity.ts'

/** Most keys of one sort in an entity configuration (REX-ID-010). */
const MOST = 16

/**
 * The key in use, followed by the earlier ones, the newest first: each revoked, as `superseded` at `now` if nothing else is known of
 * it (REX-ID-072). `before`: what earlier entity configurations and the owner say; of several revocations of a key, `compromised`
 * counts before `superseded`, and then the earlier one. Times are Unix milliseconds.
 * @throws RexError KEY_INVALID if the key in use is revoked as compromised; LIMIT_EXCEEDED if more keys than fit are still needed
 */
export function succession(current: DatedKey, before: readonly DatedKey[], now: number): DatedKey[] {
  const byKid = new Map<string, DatedKey>()
  for (const key of before) {
    const known = byKid.get(kid(key.jwk))
    byKid.set(kid(key.jwk), known === undefined ? key : merged(known, key))
  }
  const used = byKid.get(kid(current.jwk))
  if (used?.revoked?.reason === 'compromised')
    throw new RexError('KEY_INVALID', 'The key in use is revoked as compromised.')
  byKid.delete(kid(current.jwk))
  const earlier = [...byKid.values()]
    .map(
      (key) =>
        (key.revoked === undefined
          ? { ...key, revoked: { reason: 'superseded', atMs: now } }
          : key) as Revoked,
    )
    .toSorted((a, b) => b.revoked.atMs - a.revoked.atMs)
  return [current, ...withinLimit(earlier, now)]
}

type Revoked = DatedKey & { readonly revoked: NonNullable<DatedKey['revoked']> }

function merged(one: DatedKey, other: DatedKey): DatedKey {
  const [first] = [one, other]
    .filter((key): key is Revoked => key.revoked !== undefined)
    .toSorted((a, b) => rank(a) - rank(b) || a.revoked.atMs - b.revoked.atMs)
  return first ?? one
}

function rank({ revoked }: Revoked): number {
  return revoked.reason === 'compromised' ? 0 : 1
}

/** A superseded key is needed until what it signed has expired (REX-ID-021); a compromised one, so that nobody can miss its revocation. */
function withinLimit(earlier: readonly Revoked[], now: number): Revoked[] {
  const isNeeded = ({ revoked }: Revoked) =>
    revoked.reason === 'compromised' || now < revoked.atMs + LIMITS.maxLifetime + LIMITS.skew
  const needed = earlier.filter(isNeeded)
  if (needed.length >= MOST)
    throw new RexError('LIMIT_EXCEEDED', 'Too many keys were replaced in a short time.', {
      metadata: { limit: String(MOST), actual: String(needed.length + 1) },
      hint: 'Replace the key two weeks later.',
    })
  const others = earlier.filter((key) => !isNeeded(key)).slice(0, MOST - 1 - needed.length)
  return earlier.filter((key) => isNeeded(key) || others.includes(key))
}
