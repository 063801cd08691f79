// Evidence files, and the entity keys in them. People compare their words to see whether they are the right ones. docs/guide/rex-desk.md, "Evidence"
import { hash } from 'node:crypto'
import type { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { RexError } from '../../core/error.ts'
import { type EntityConfiguration, parseEntityConfiguration } from '../../core/identity/entity.ts'
import type { Ed25519PublicJwk } from '../../core/jose/key.ts'
import { decodeEvidence } from '../../core/receipt/evidence.ts'

export { parseEntityConfiguration } from '../../core/identity/entity.ts'
export { entityWords } from '../../core/identity/invite.ts'
export { examineEvidence } from '../../core/receipt/evidence.ts'

/** A bundle, not verified. */
interface ReadEvidence {
  readonly bundle: EvidenceBundle
  /** Its statements. */
  readonly carried: readonly EntityConfiguration[]
  /** SHA-256 of the file, hex. */
  readonly sha256: string
}

/** Reads a bundle without trusting it. @throws RexError EVIDENCE_INVALID if the file is not evidence */
export function readEvidence(bytes: Uint8Array): ReadEvidence {
  try {
    const bundle = decodeEvidence(bytes)
    // A statement that is none is reported like any other damage.
    const carried = bundle.entityConfigurations.map(parseEntityConfiguration)
    return { bundle, carried, sha256: hash('sha256', bytes) }
  } catch (cause) {
    throw new RexError('EVIDENCE_INVALID', 'This file is not an evidence file, or it is damaged.', { cause })
  }
}

/** The entity keys of each organisation in statements, those that rotations name included; that of the newest statement first. */
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
