// Grants: the content keys for one recipient, sealed by the strongest suite that it offers. docs/spec/envelope.md, "Suites"
import { Grant, type Jwe } from '@rex/proto/core/v1/envelope'
import { sealEcdhEs } from '../ecdh-es.ts'
import { decode, encode, fromBase64url } from '../encoding.ts'
import { ensure, RexError } from '../error.ts'
import { sealHpke } from '../hpke.ts'
import { type HpkePublicJwk, kid, type X25519PublicJwk } from '../key.ts'
import { LIMITS } from '../limits.ts'
import { FLOOR, pad, unpad } from './padding.ts'

/** Suites, weakest first. REX-2 withstands quantum computers and is the default. */
export const SUITES = ['REX-1', 'REX-2'] as const
/** A suite of algorithms (REX-ENV-030). */
export type Suite = (typeof SUITES)[number]

/** One epoch's public encryption keys of a recipient, and the suites it offers, from its desk-signed statement. */
export interface RecipientKeys {
  readonly suites: readonly Suite[]
  readonly x25519: X25519PublicJwk
  readonly hpke: HpkePublicJwk
}

/** Opens grants: holds or reaches the private keys. May live in an HSM. */
export interface Decapsulator {
  /**
   * The plaintext of a grant that was strictly parsed.
   * @throws RexError KEY_EXPIRED if no key has this `kid`, UNOPENABLE if decryption fails
   */
  open(kid: string, grant: Jwe): Promise<Uint8Array>
}

/** The strongest suite that the recipient offers, at least `minimum`. @throws RexError SUITE_UNAVAILABLE (REX-ENV-031, T-019) */
export function chooseSuite(offered: readonly Suite[], minimum: Suite): Suite {
  const suite = SUITES.findLast((candidate) => offered.includes(candidate))
  if (suite === undefined || SUITES.indexOf(suite) < SUITES.indexOf(minimum)) {
    throw new RexError('SUITE_UNAVAILABLE', `The recipient does not offer ${minimum} or better.`, {
      metadata: { suite: minimum },
    })
  }
  return suite
}

/** The recipient's encryption key for a suite. */
export function suiteKey(suite: Suite, keys: RecipientKeys): X25519PublicJwk | HpkePublicJwk {
  return suite === 'REX-2' ? keys.hpke : keys.x25519
}

/** Seals a grant under `suite`, bound to `ctx` (32 bytes). */
export function sealGrant(grant: Grant, suite: Suite, keys: RecipientKeys, ctx: Uint8Array): Promise<Jwe> {
  const plaintext = pad(encode(Grant, grant), FLOOR.grant)
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

/** Thumbprint of a recipient's key as it stands in EnvelopeContext: 32 bytes. */
export function recipientKey(key: X25519PublicJwk | HpkePublicJwk): Uint8Array {
  return fromBase64url(kid(key), 'kid')
}
