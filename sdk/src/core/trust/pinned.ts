// Trust by pairing: the entity key is pinned with the organisation's id. docs/spec/identity.md, "Pairing"
import { RexError } from '../error.ts'
import { type EntityConfiguration, keyAt } from '../identity/entity.ts'
import type { KeyResolver } from './resolver.ts'

/** Resolves message keys from verified entity configurations; `lookup` gives the newest known of a paired organisation. */
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
