// Who must not be reached, told or asked, and why. docs/spec/referral.md, "Lint" and "Showing"
import type { Address, Referral } from '../types.ts'

/** Why a person must not be reached: by a rule of the referral, because of not being told, or under suspicion. */
export type Danger = 'must-not-contact' | 'must-not-be-told' | 'suspected'

/** Reasons by the id of a person. */
export type Dangers = ReadonlyMap<string, Danger>

/** The people of whom somebody may be in danger, by id; of several reasons, the first. */
export function dangers({ people = [], contact }: Partial<Referral>): Dangers {
  const rules = people.flatMap(({ relationships = [] }) => relationships)
  const by = (rule: string) => rules.filter(({ type }) => type === rule).map(({ to }) => to)
  const never = (contact?.never ?? []).filter(({ type, value }) => type === undefined && value === undefined)
  const suspected = people.filter(({ roles }) => roles.includes('suspected-person')).map(({ id }) => id)
  return new Map([
    ...suspected.map((id) => [id, 'suspected'] as const),
    ...by('must-not-be-told').map((id) => [id, 'must-not-be-told'] as const),
    ...[...by('must-not-contact'), ...never.flatMap(({ person }) => person ?? [])].map(
      (id) => [id, 'must-not-contact'] as const,
    ),
  ])
}

/** An address where others live together with somebody who must not be reached: a visit or letter reaches both. */
export interface SharedAddress {
  readonly address: Address
  readonly index: number
  readonly others: readonly string[]
  readonly endangering: readonly string[]
}

/** The shared addresses that a visitor or a letter can find. */
export function sharedAddresses(referral: Partial<Referral>): SharedAddress[] {
  const danger = dangers(referral)
  return (referral.contact?.addresses ?? []).flatMap((address, index) => {
    const people = address.people ?? []
    const endangering = people.filter((id) => danger.has(id))
    const others = people.filter((id) => !danger.has(id))
    const found = endangering.length > 0 && others.length > 0 && canBeFound(address)
    return found ? [{ address, index, others, endangering }] : []
  })
}

function canBeFound({ use, precision, lines, landmark, postalCode }: Address): boolean {
  if (use === 'old' || precision === 'area' || precision === 'settlement') return false
  return precision !== undefined || lines !== undefined || landmark !== undefined || postalCode !== undefined
}
