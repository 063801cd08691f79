// The entity keys that an organisation has had, from the pinned one on and back. docs/spec/receipts.md, REX-RCP-029
import { ensure, RexError } from '../error.ts'
import type { EntityConfiguration } from '../identity/entity.ts'
import { isSigned, leadsTo } from '../identity/rotation.ts'
import { verifyJwt } from '../jose/jose.ts'
import { type Ed25519PublicJwk, kid } from '../jose/key.ts'

/** Which statements are those of the organisations whose keys are pinned. */
export interface Identities {
  /** Whether the statement is under an entity key of its organisation. Its signature is not checked. */
  has(statement: EntityConfiguration): boolean
  /** @throws RexError UNKNOWN_ORGANISATION, MALFORMED, STATEMENT_INVALID */
  verify(statement: EntityConfiguration): Promise<void>
}

/**
 * The entity keys to which pinned ones lead, by statements under these keys: a later key follows by rotations from the pinned one, and
 * an earlier one if a statement under the pinned or a later key names it.
 */
export async function identitiesOf(
  statements: readonly EntityConfiguration[],
  pinned: (organisation: string) => Ed25519PublicJwk | undefined,
): Promise<Identities> {
  const known = new Map<string, ReadonlySet<string>>()
  for (const [organisation, list] of Map.groupBy(statements, (statement) => statement.organisation)) {
    const pin = pinned(organisation)
    if (pin !== undefined) known.set(organisation, await keysFrom(pin, list))
  }
  return {
    has: ({ organisation, entityKey }) => known.get(organisation)?.has(kid(entityKey)) ?? false,
    async verify({ organisation, entityKey, jwt }) {
      const found = known.get(organisation)
      if (found === undefined)
        throw new RexError('UNKNOWN_ORGANISATION', `No entity key is pinned for ${organisation}.`)
      ensure(found.has(kid(entityKey)), 'jwks.keys')
      await verifyJwt('entity-statement', jwt, entityKey)
    },
  }
}

/** Thumbprints of the pinned key, of those that it leads to, and of those that one of these names as earlier ones. */
async function keysFrom(
  pin: Ed25519PublicJwk,
  statements: readonly EntityConfiguration[],
): Promise<ReadonlySet<string>> {
  const keys = new Set([kid(pin)])
  for (const statement of statements) {
    const { entityKey, rotations, jwt } = statement
    if (rotations.length === 0 || !(await leadsTo(pin, statement))) continue
    // Its list of earlier keys counts only if that key has signed it.
    const isOwn = await verifyJwt('entity-statement', jwt, entityKey).then(
      () => true,
      () => false,
    )
    if (!isOwn) continue
    keys.add(kid(entityKey))
    // From the latest on back: a rotation that is not signed ends the line.
    for (const rotation of rotations.toReversed()) {
      if (!(await isSigned(rotation))) break
      keys.add(kid(rotation.from))
    }
  }
  return keys
}
