// Decides which signing keys a new entity configuration lists after a key was replaced. docs/spec/identity.md, "Changes of keys"
import { RexError } from '../error.ts'
import { kid } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'
import type { DatedKey } from './entity.ts'

/** Maximum number of message keys, and of receipt keys, in an entity configuration (REX-ID-010). */
const MOST = 16
/** Maximum number of superseded keys that are still needed. The other two places are for the key in use and for a compromised key. */
const MOST_SUPERSEDED = MOST - 2

/**
 * Lists the key in use, then the earlier keys, newest first. An earlier key without a revocation is revoked as `superseded` at `now`
 * (REX-ID-072). If `current` itself has been revoked, it stays revoked and no key is in use (REX-ID-074, REX-ID-084). `before`: keys as
 * earlier entity configurations and the owner state them, latest statement last. If a key has several revocations, `compromised` outranks
 * `superseded`, then the earlier date counts. Times are Unix milliseconds.
 * @throws RexError LIMIT_EXCEEDED if more than 14 superseded keys are still needed
 */
export function succession(current: DatedKey, before: readonly DatedKey[], now: number): DatedKey[] {
  const byKid = new Map<string, DatedKey>()
  for (const key of before) {
    const known = byKid.get(kid(key.jwk))
    byKid.delete(kid(key.jwk))
    byKid.set(kid(key.jwk), known === undefined ? key : merged(known, key))
  }
  const used = byKid.get(kid(current.jwk))
  if (used?.revoked === undefined) byKid.delete(kid(current.jwk))
  const earlier = [...byKid.values()].map(
    (key) =>
      (key.revoked === undefined ? { ...key, revoked: { reason: 'superseded', atMs: now } } : key) as Revoked,
  )
  const listed = withinLimit(earlier, now).toSorted(byTime)
  return used?.revoked === undefined ? [current, ...listed] : listed
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

function byTime(a: Revoked, b: Revoked): number {
  return b.revoked.atMs - a.revoked.atMs
}

/**
 * Returns the earliest time at which a statement with these keys has room for one more superseded key (REX-ID-083): `now` or,
 * if it has no room now, the time when enough superseded keys are no longer needed. Unix milliseconds.
 */
export function roomFrom(listed: readonly DatedKey[], now: number): number {
  const ends = listed
    .filter((key): key is Revoked => key.revoked?.reason === 'superseded')
    .map(neededUntil)
    .filter((endMs) => now < endMs)
    .toSorted((a, b) => b - a)
  return ends[MOST_SUPERSEDED - 1] ?? now
}

function neededUntil({ revoked }: Revoked): number {
  return revoked.atMs + LIMITS.maxLifetime + LIMITS.skew
}

/**
 * Selects the earlier keys to list. A superseded key is needed until everything it signed has expired (REX-ID-021). Compromised
 * keys are listed so that nobody misses their revocation. If there are too many compromised keys, those reported first are
 * dropped, which is safe because an unlisted key is not accepted either.
 */
function withinLimit(earlier: readonly Revoked[], now: number): Revoked[] {
  const superseded = earlier.filter(({ revoked }) => revoked.reason === 'superseded')
  const needed = superseded.filter((key) => now < neededUntil(key))
  if (needed.length > MOST_SUPERSEDED)
    throw new RexError('LIMIT_EXCEEDED', 'Too many keys were replaced in a short time.', {
      metadata: { limit: String(MOST_SUPERSEDED), actual: String(needed.length) },
      hint: 'Replace the key two weeks later.',
    })
  const compromised = earlier
    .filter(({ revoked }) => revoked.reason === 'compromised')
    .slice(needed.length - (MOST - 1))
  const others = superseded.filter((key) => !needed.includes(key)).toSorted(byTime)
  return [...needed, ...compromised, ...others].slice(0, MOST - 1)
}
