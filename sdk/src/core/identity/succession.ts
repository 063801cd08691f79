// Which signing keys a new entity configuration lists after a key was replaced. docs/spec/identity.md, "Changes of keys"
import { RexError } from '../error.ts'
import { kid } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'
import type { DatedKey } from './entity.ts'

/** Most keys of one sort in an entity configuration (REX-ID-010). */
const MOST = 16
/** Most superseded keys that are still needed: beside the key in use, one place is left for a compromised key. */
const MOST_SUPERSEDED = MOST - 2

/**
 * The key in use, followed by the earlier ones, the newest first: each revoked, as `superseded` at `now` if nothing else is known of
 * it (REX-ID-072). A key in use that is revoked stays so: then none is in use (REX-ID-074, REX-ID-084). `before`: what earlier entity configurations and the owner say, what was said last at the end; of several revocations
 * of a key, `compromised` counts before `superseded`, and then the earlier one. Times are Unix milliseconds.
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
 * From when on one more key can be superseded, so that a statement that lists these keys has room: `now`, or when the first of those
 * that are still needed is not needed any more (REX-ID-083). Unix milliseconds.
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
 * A superseded key is needed until what it signed has expired (REX-ID-021). A compromised one is named so that nobody misses its
 * revocation; those that were said first make room for later ones, because a key that is not named is not accepted either.
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
