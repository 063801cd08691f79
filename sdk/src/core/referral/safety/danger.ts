// Finds the people who must not be reached, told or asked, with the reasons. docs/spec/referral.md, "Lint" and "Showing"
import type { Address, Person, Referral } from '../types.ts'
import { doorsOf, sameDoor } from './doors.ts'

/** Why a person must not be reached: a rule of the referral forbids contact or telling the person, or the person is suspected. */
export type Danger = 'must-not-contact' | 'must-not-be-told' | 'suspected'

/** The reasons why nobody may reach certain people, by the id of the person. */
export type Dangers = ReadonlyMap<string, Danger>

/**
 * Returns the people who may endanger somebody. If several reasons apply to a person, a rule against contact counts first, then a rule
 * against informing the person.
 */
export function dangers({ people = [], contact }: Partial<Referral>): Dangers {
  const never = (contact?.never ?? []).filter(({ type, value }) => type === undefined && value === undefined)
  return new Map([
    ...suspectedIn(people).map((id) => [id, 'suspected'] as const),
    ...ruledBy('must-not-be-told', people).map((id) => [id, 'must-not-be-told'] as const),
    ...[...ruledBy('must-not-contact', people), ...never.flatMap(({ person }) => person ?? [])].map(
      (id) => [id, 'must-not-contact'] as const,
    ),
  ])
}

/** Returns the ids of suspected people, including those who also must not be contacted or told. */
export function suspectedIn(people: readonly Person[]): string[] {
  return people.filter(({ roles }) => roles.includes('suspected-person')).map(({ id }) => id)
}

/** Returns the ids of the people to whom a rule, such as `must-not-be-told`, applies in a relationship of any person. */
export function ruledBy(rule: Danger, people: readonly Person[]): string[] {
  return people.flatMap(({ relationships = [] }) =>
    relationships.filter(({ type }) => type === rule).map(({ to }) => to),
  )
}

/** An address that others share with a person who must not be reached, so that a visit or letter would reach both. */
export interface SharedAddress {
  readonly address: Address
  readonly index: number
  readonly others: readonly string[]
  readonly endangering: readonly string[]
}

/** Finds shared addresses that a visitor or letter can reach. Several entries for the same house or flat count as one address. */
export function sharedAddresses(referral: Partial<Referral>): SharedAddress[] {
  const danger = dangers(referral)
  const addresses = (referral.contact?.addresses ?? []).map((address) => ({
    address,
    doors: doorsOf(address),
  }))
  return addresses.flatMap(({ address, doors }, index) => {
    const there = addresses
      .filter((one) => one.address === address || (one.address.use !== 'old' && sameDoor(one.doors, doors)))
      .flatMap(({ address: { people = [] } }) => people)
    const endangering = [...new Set(there.filter((id) => danger.has(id)))]
    const others = (address.people ?? []).filter((id) => !danger.has(id))
    const found = endangering.length > 0 && others.length > 0 && canBeFound(address)
    return found ? [{ address, index, others, endangering }] : []
  })
}

function canBeFound({ use, precision, lines, landmark, postalCode }: Address): boolean {
  if (use === 'old' || precision === 'area' || precision === 'settlement') return false
  return precision !== undefined || lines !== undefined || landmark !== undefined || postalCode !== undefined
}
