// Reads evidence files and their entity keys. People check each key by comparing its six words. docs/guide/rex-desk.md, "Evidence"
import { hash } from 'node:crypto'
import type { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { RexError } from '../../core/error.ts'
import { type EntityConfiguration, parseEntityConfiguration } from '../../core/identity/entity.ts'
import type { Ed25519PublicJwk } from '../../core/jose/key.ts'
import { decodeEvidence } from '../../core/receipt/evidence.ts'

export { parseEntityConfiguration } from '../../core/identity/entity.ts'
export { entityWords } from '../../core/identity/invite.ts'
export { examineEvidence } from '../../core/receipt/evidence.ts'

/** An evidence bundle before verification. */
interface ReadEvidence {
  readonly bundle: EvidenceBundle
  /** The statements in the bundle. */
  readonly carried: readonly EntityConfiguration[]
  /** SHA-256 of the file, hex. */
  readonly sha256: string
}

/** Reads a bundle without trusting it. @throws RexError EVIDENCE_INVALID if the file is not evidence */
export function readEvidence(bytes: Uint8Array): ReadEvidence {
  try {
    const bundle = decodeEvidence(bytes)
    // A malformed statement is reported like any other damage.
    const carried = bundle.entityConfigurations.map(parseEntityConfiguration)
    return { bundle, carried, sha256: hash('sha256', bytes) }
  } catch (cause) {
    throw new RexError('EVIDENCE_INVALID', 'This file is not an evidence file, or it is damaged.', { cause })
  }
}

/**
 * Returns the entity keys of each organisation in statements, including keys that appear only in rotations. The key of the newest statement comes
 * first.
 */
export function entityKeysOf(
  statements: readonly EntityConfiguration[],
): Map<string, readonly Ed25519PublicJwk[]> {
  const newestFirst = statements.toSorted((a, b) => b.issuedMs - a.issuedMs)
  const byOrganisation = Map.groupBy(newestFirst, ({ organisation }) => organisation)
  return new Map([...byOrganisation].map(([id, list]) => [id, list.flatMap(keysIn)]))
}

function keysIn({ entityKey, rotations }: EntityConfiguration): Ed25519PublicJwk[] {
  return [entityKey, ...rotations.flatMap(({ from, to }) => [from, to])]
}
