// Trust by pairing: each organisation's entity key is pinned together with its identifier. docs/spec/identity.md, "Pairing"

import { RexError } from '../error.ts'
import { SUITES, type Suite } from '../jose/suite.ts'
import { type EntityConfiguration, keyAt } from './entity.ts'
import type { KeyResolver } from './resolver.ts'

/**
 * Rejects a statement whose strongest suite is weaker than that of the pinned statement (REX-ID-045, T-019).
 * @throws RexError SUITE_UNAVAILABLE
 */
export function refuseDowngrade(pinned: EntityConfiguration, newer: EntityConfiguration): void {
  const before = strengthOf(pinned)
  if (strengthOf(newer) >= before) return
  const suite = SUITES[before] as Suite
  throw new RexError('SUITE_UNAVAILABLE', `${newer.organisation} no longer offers ${suite}.`, {
    metadata: { suite },
    hint: 'Call the organisation. If it intends to offer less, unpair and pair again.',
  })
}

function strengthOf({ party }: EntityConfiguration): number {
  return SUITES.findLastIndex((suite) => party.suites.includes(suite))
}

/** Returns a resolver of message keys. `lookup` returns the newest verified entity configuration of a paired organisation. */
export function pinnedResolver(
  lookup: (organisation: string) => EntityConfiguration | undefined,
): KeyResolver {
  return {
    resolve: async (organisation, thumbprint, atMs) => {
      const configuration = lookup(organisation)
      if (configuration === undefined) {
        throw new RexError('UNKNOWN_ORGANISATION', 'The organisation is not paired.', {
          metadata: { organisation },
        })
      }
      return keyAt(configuration.party.messageKeys, thumbprint, atMs)
    },
  }
}
