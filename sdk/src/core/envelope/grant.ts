// Grants contain the content keys for one recipient, sealed with the strongest suite that the recipient offers. docs/spec/envelope.md,
// "Suites"
import { Grant, type Jwe } from '@rex/proto/core/v1/envelope'
import { decode, encoded } from '../encoding/encoding.ts'
import { ensure } from '../error.ts'
import { sealEcdhEs } from '../jose/ecdh-es.ts'
import { sealHpke } from '../jose/hpke.ts'
import type { Decapsulator, RecipientKeys, Suite } from '../jose/suite.ts'
import { LIMITS } from '../limits.ts'
import { FLOOR, pad, unpad } from './padding.ts'

/** Seals a grant under `suite`, bound to `ctx` (32 bytes). */
export function sealGrant(grant: Grant, suite: Suite, keys: RecipientKeys, ctx: Uint8Array): Promise<Jwe> {
  const plaintext = pad(encoded(Grant, grant), FLOOR.grant)
  return suite === 'REX-2' ? sealHpke(plaintext, keys.hpke, ctx) : sealEcdhEs(plaintext, keys.x25519, ctx)
}

/** Opens and checks a grant (REX-ENV-032). @throws RexError KEY_EXPIRED, UNOPENABLE, MALFORMED, NOT_CANONICAL */
export async function openGrant(kidOfKey: string, grant: Jwe, decapsulator: Decapsulator): Promise<Grant> {
  const padded = await decapsulator.open(kidOfKey, grant)
  const opened = decode(Grant, unpad(padded, FLOOR.grant, 'grant'), 'grant', LIMITS.routing * 8)
  ensure(opened.manifestKey.length === 32, 'grant.manifest_key')
  ensure(opened.commitmentSalt.length === 32, 'grant.commitment_salt')
  for (const [i, section] of opened.sections.entries()) {
    const previous = opened.sections[i - 1]
    ensure(section.key.length === 32, `grant.sections[${i}].key`)
    ensure(previous === undefined || previous.index < section.index, `grant.sections[${i}].index`)
  }
  return opened
}
