// Finds the entity keys that organisations have had, later and earlier than the pinned keys. docs/spec/receipts.md, REX-RCP-029
import { ensure, RexError } from '../error.ts'
import type { EntityConfiguration } from '../identity/entity.ts'
import { isSigned, leadsTo } from '../identity/rotation.ts'
import { type Ed25519PublicJwk, kid } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'

/** Decides which statements were made by the organisations whose keys are pinned. */
export interface Identities {
  /** Whether the statement is signed with an entity key of its organisation and dated no later than that key's replacement. */
  has(statement: EntityConfiguration): boolean
  /**
   * Returns when the entity key of the statement was replaced. The signing keys that the statement lists are proven only until then. Unix
   * milliseconds; Infinity if the key is still in use, -Infinity if it is not an entity key of the organisation.
   */
  untilMs(statement: EntityConfiguration): number
  /** Checks that `has` is true. @throws RexError UNKNOWN_ORGANISATION, MALFORMED, STATEMENT_INVALID */
  check(statement: EntityConfiguration): void
}

/**
 * Collects the entity keys of each organisation from its pinned key. A later key counts if rotations lead to it from the pinned key. An earlier
 * key counts if a statement under the pinned key or a later key names it. The signatures of `statements` must have been verified.
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
          `An entity key of ${organisation} was replaced by two different keys: use the six words of the right one.`,
        )
      ensure(has(statement), 'jwks.keys')
    },
  }
}

/**
 * Returns the thumbprints of the pinned key, of its successors, and of earlier keys that statements under these keys name. Each has the time
 * of its replacement (Unix milliseconds; Infinity if still in use). Undefined if a key has two successors, because nobody can tell which is right
 * (REX-RCP-032).
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
    // Goes back from the latest rotation. A rotation with an invalid signature proves nothing about the keys before it, so it ends the
    // search.
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
