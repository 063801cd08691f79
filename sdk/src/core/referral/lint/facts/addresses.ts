// Lint: texts in place of network addresses. docs/spec/referral.md, "Lint"
import type { NetworkEvent, Referral } from '../../types.ts'
import { type Finding, when } from '../finding.ts'
import { isNetworkAddress } from './network-address.ts'

/** Collects the network events of a referral, each with its path. */
export function networkEvents({
  incident,
  accounts = [],
  items = [],
}: Referral): (readonly [path: string, event: NetworkEvent])[] {
  const observed = [
    ['incident', incident] as const,
    ...accounts.map((account, i) => [`accounts[${i}]`, account] as const),
    ...items.map((item, i) => [`items[${i}]`, item] as const),
  ]
  return observed.flatMap(([owner, at]) =>
    (at?.addresses ?? []).map((event, i) => [`${owner}.addresses[${i}]`, event] as const),
  )
}

/** Returns the findings about network events whose address is not a network address. */
export function addressFindings(referral: Referral): Finding[] {
  return networkEvents(referral).flatMap(([path, { address }]) =>
    when(!isNetworkAddress(address), 'network-address-invalid', `${path}.address`),
  )
}
