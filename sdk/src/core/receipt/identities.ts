// The entity keys that an organisation has had, from the pinned one on and back. docs/spec/receipts.md, REX-RCP-029
import { ensure, RexError } from '../error.ts'
import type { EntityConfiguration } from '../identity/entity.ts'
import { isSigned, leadsTo } from '../identity/rotation.ts'
import { type Ed25519PublicJwk, kid } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'

/** Which statements are those of the organisations whose keys are pinned. */
export interface Identities {
  /** Whether the statement is under an entity key of its organisation, and not dated after that gave way. */
  has(statement: EntityConfiguration): boolean
  /** Until when the statement vouches for its keys: when its entity key gave way. Unix milliseconds; Infinity: it has not; -Infinity: it is none. */
  untilMs(statement: EntityConfiguration): number
  /** @throws RexError UNKNOWN_ORGANISATION, MALFORMED, STATEMENT_INVALID unless it is */
  check(statement: EntityConfiguration): void
}

/**
 * The entity keys to which pinned ones lead, by statements under these keys: a later key follows by rotations from the pinned one, and
 * an earlier one if a statement under the pinned or a later key names it. `statements`: with valid signatures.
 */
export async function identitiesOf(
  statements: readonly EntityConfiguration[],
  pinned: (organisation: string) => Ed25519PublicJwk | undefined,
): Promise<Identities> {
  const known = new Map<string, ReadonlyMap<string, number> | undefined>()
  for (const [organisation, list] of Map.groupBy(statements, (statement) => statement.organisation)) {
    const pin = pinned(organisation)
    if (pin !== undefined) known.set(organisation, await keysFrom(pin, list))
  }
  const untilMs = ({ organisation, entityKey }: EntityConfiguration) =>
    known.get(organisation)?.get(kid(entityKey)) ?? -Infinity
  const has = (statement: EntityConfiguration) => statement.issuedMs <= untilMs(statement) + LIMITS.skew
  return {
    has,
    untilMs,
    check(statement) {
      const { organisation } = statement
      if (!known.has(organisation))
        throw new RexError('UNKNOWN_ORGANISATION', `No entity key is pinned for ${organisation}.`)
      if (known.get(organisation) === undefined)
        throw new RexError(
          'STATEMENT_INVALID',
          `An entity key of ${organisation} gave way to two others: use the words of the one that is right.`,
        )
      ensure(has(statement), 'jwks.keys')
    },
  }
}

/**
 * The pinned key, those that it leads to, and those that one of these names as earlier ones: thumbprints, and when each gave way
 * (Unix milliseconds; Infinity: it has not). Undefined: one gave way to two, so that nobody can tell which is right (REX-RCP-032).
 */
async function keysFrom(
  pin: Ed25519PublicJwk,
  statements: readonly EntityConfiguration[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const keys = new Map([[kid(pin), Infinity]])
  const successors = new Map<string, string>()
  for (const statement of statements) {
    const { entityKey, rotations } = statement
    if (rotations.length === 0 || !(await leadsTo(pin, statement))) continue
    keys.set(kid(entityKey), keys.get(kid(entityKey)) ?? Infinity)
    // From the latest on back: a rotation that is not signed ends the line.
    for (const rotation of rotations.toReversed()) {
      if (!(await isSigned(rotation))) break
      const [from, to] = [kid(rotation.from), kid(rotation.to)]
      if ((successors.get(from) ?? to) !== to) return undefined
      successors.set(from, to)
      keys.set(from, Math.min(keys.get(from) ?? Infinity, rotation.rotatedMs))
    }
  }
  return keys
}
