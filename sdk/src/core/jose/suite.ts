// Suites of algorithms and the recipient keys that they use. docs/spec/envelope.md, "Suites"
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { fromBase64url } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { type HpkePublicJwk, kid, type X25519PublicJwk } from './key.ts'

/** The suites, weakest first. REX-2, the default, is post-quantum secure. */
export const SUITES = ['REX-1', 'REX-2'] as const
/** A suite of algorithms (REX-ENV-030). */
export type Suite = (typeof SUITES)[number]

/**
 * A recipient's public encryption keys for one epoch, and the suites that the recipient offers. Both are from its signed
 * statement.
 */
export interface RecipientKeys {
  readonly suites: readonly Suite[]
  readonly x25519: X25519PublicJwk
  readonly hpke: HpkePublicJwk
}

/** An object that opens grants with private keys. The keys may be in an HSM. */
export interface Decapsulator {
  /** Returns the plaintext of a strictly parsed grant. @throws RexError KEY_EXPIRED if no key has this `kid`, UNOPENABLE if decryption fails */
  open(kid: string, grant: Jwe): Promise<Uint8Array>
}

/** Selects the strongest suite that the recipient offers, at least `minimum`. @throws RexError SUITE_UNAVAILABLE (REX-ENV-031, T-019) */
export function chooseSuite(offered: readonly Suite[], minimum: Suite): Suite {
  const suite = SUITES.findLast((candidate) => offered.includes(candidate))
  if (suite === undefined || SUITES.indexOf(suite) < SUITES.indexOf(minimum)) {
    throw new RexError('SUITE_UNAVAILABLE', `The recipient does not offer ${minimum} or better.`, {
      metadata: { suite: minimum },
    })
  }
  return suite
}

/** Returns the recipient's encryption key for a suite. */
export function suiteKey(suite: Suite, keys: RecipientKeys): X25519PublicJwk | HpkePublicJwk {
  return suite === 'REX-2' ? keys.hpke : keys.x25519
}

/** Returns the thumbprint of a recipient's key (32 bytes), by which EnvelopeContext names the key. */
export function recipientKey(key: X25519PublicJwk | HpkePublicJwk): Uint8Array {
  return fromBase64url(kid(key), 'kid')
}
