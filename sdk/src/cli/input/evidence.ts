// Evidence files, and the entity keys in them. People compare their words to see whether they are the right ones. docs/guide/rex-desk.md, "Evidence"
import { hash } from 'node:crypto'
import { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { decode } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { type EntityConfiguration, parseEntityConfiguration } from '../../core/identity/entity.ts'
import type { Ed25519PublicJwk } from '../../core/jose/key.ts'
import { LIMITS } from '../../core/limits.ts'

export { entityWords } from '../../core/identity/invite.ts'
export { examineEvidence } from '../../core/receipt/evidence.ts'

/** A bundle, not verified. */
interface ReadEvidence {
  readonly bundle: EvidenceBundle
  /** SHA-256 of the file, hex. */
  readonly sha256: string
}

/** Reads a bundle without trusting it. @throws RexError EVIDENCE_INVALID if the file is not evidence */
export function readEvidence(bytes: Uint8Array): ReadEvidence {
  try {
    const bundle = decode(EvidenceBundle, bytes, 'bundle', LIMITS.evidence)
    // A statement that is none is reported like any other damage.
    bundle.entityConfigurations.forEach(parseEntityConfiguration)
    return { bundle, sha256: hash('sha256', bytes) }
  } catch (cause) {
    throw new RexError('EVIDENCE_INVALID', 'This file is not an evidence file, or it is damaged.', { cause })
  }
}

/** The entity keys of each organisation in statements (JWTs), those that rotations name included; that of the newest statement first. */
export function entityKeysOf(statements: readonly string[]): Map<string, readonly Ed25519PublicJwk[]> {
  const parsed = statements.map(parseEntityConfiguration).toSorted((a, b) => b.issuedMs - a.issuedMs)
  const byOrganisation = Map.groupBy(parsed, ({ organisation }) => organisation)
  return new Map([...byOrganisation].map(([id, list]) => [id, list.flatMap(keysIn)]))
}

function keysIn({ entityKey, rotations }: EntityConfiguration): Ed25519PublicJwk[] {
  return [entityKey, ...rotations.flatMap(({ from, to }) => [from, to])]
}
