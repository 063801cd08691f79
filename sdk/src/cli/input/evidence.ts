// Entity keys in an evidence file. People compare their words to see whether they are the right ones. docs/guide/rex-desk.md, "Evidence"
import { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { decode } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import type { Ed25519PublicJwk } from '../../core/jose/key.ts'
import { LIMITS } from '../../core/limits.ts'

export { entityWords } from '../../core/identity/invite.ts'
export { verifyEvidence } from '../../core/receipt/evidence.ts'

/** Keys by organisation. @throws RexError EVIDENCE_INVALID if the file is not evidence */
export function carriedKeys(bytes: Uint8Array): Map<string, Ed25519PublicJwk> {
  try {
    const { entityConfigurations } = decode(EvidenceBundle, bytes, 'bundle', LIMITS.evidence)
    const configurations = entityConfigurations.map(parseEntityConfiguration)
    return new Map(configurations.map(({ organisation, entityKey }) => [organisation, entityKey]))
  } catch (cause) {
    throw new RexError('EVIDENCE_INVALID', 'This file is not an evidence file, or it is damaged.', { cause })
  }
}
