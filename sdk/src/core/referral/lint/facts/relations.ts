// Lint: contradictions between people, their channels and their consents. docs/spec/referral.md, "Lint"
import { compareDates, parseDate } from '../../dates.ts'
import { ruledBy } from '../../safety/danger.ts'
import type { Consent, Person, Referral } from '../../types.ts'
import type { Finding } from '../finding.ts'
import { contradiction } from './contradiction.ts'

/** Returns the findings about people whose data contradict their part in relationships, channels or consents. */
export function relationFindings(referral: Referral): Finding[] {
  const { people = [], consents = [] } = referral
  return [
    ...people.flatMap((person, i) => [
      ...parentFindings(person, `people[${i}]`, people),
      ...proposedFindings(person, `people[${i}]`, people),
    ]),
    ...deadFindings(referral),
    ...consents.flatMap((consent, i) => [
      ...giverFindings(consent, `consents[${i}]`, people),
      ...informedFindings(consent, `consents[${i}]`, people),
    ]),
  ]
}

/** Finds parents who were born after their child. */
function parentFindings(
  { dateOfBirth: childBorn, relationships = [] }: Person,
  path: string,
  people: readonly Person[],
): Finding[] {
  return relationships.flatMap(({ type, to }, i) => {
    const index = people.findIndex(({ id }) => id === to)
    const born = people[index]?.dateOfBirth
    const isParent = type === 'mother' || type === 'father'
    return contradiction(
      `${path}.relationships[${i}]`,
      `people[${index}].dateOfBirth`,
      isParent && childBorn !== undefined && born !== undefined && compareDates(born, childBorn) >= 0,
    )
  })
}

/** Finds people who are proposed to care for the child although they are suspected or must not contact the child. */
function proposedFindings({ id, roles }: Person, path: string, people: readonly Person[]): Finding[] {
  const proposed = roles.indexOf('proposed-caregiver')
  if (proposed < 0) return []
  const suspected = roles.indexOf('suspected-person')
  const ruled = ruledBy('must-not-contact', people).includes(id)
  return [
    ...contradiction(`${path}.roles[${proposed}]`, `${path}.roles[${suspected}]`, suspected >= 0),
    ...contradiction(`${path}.roles[${proposed}]`, 'people.relationships', ruled),
  ]
}

const isDead = ({ deceased, deceasedDate }: Person): boolean =>
  deceased === true || deceasedDate !== undefined

/** Finds channels that are to reach, or are answered by, somebody who has died: whoever answers instead would be hurt. */
function deadFindings({ people = [], contact }: Referral): Finding[] {
  const dead = new Map(people.flatMap((person, i) => (isDead(person) ? [[person.id, i] as const] : [])))
  return (contact?.channels ?? []).flatMap(({ person, answeredBy = [] }, i) =>
    [['person', person] as const, ...answeredBy.map((id, j) => [`answeredBy[${j}]`, id] as const)].flatMap(
      ([field, id]) =>
        contradiction(`contact.channels[${i}].${field}`, `people[${dead.get(id)}].deceased`, dead.has(id)),
    ),
  )
}

/** Finds consents from before the birth of the person concerned, and from after the death of the giver. */
function giverFindings(
  { person, givenBy, givenOn }: Consent,
  path: string,
  people: readonly Person[],
): Finding[] {
  const concerned = people.findIndex(({ id, roles }) =>
    person === undefined ? roles.includes('principal-child') : id === person,
  )
  const born = people[concerned]?.dateOfBirth
  const giver = people.findIndex(({ id }) => id === givenBy)
  const { deceasedDate: died, ...of } = people[giver] ?? { id: '', roles: [] }
  const late = died === undefined || givenOn === undefined ? of.deceased === true : isAfter(givenOn, died)
  return [
    ...contradiction(
      `${path}.givenOn`,
      `people[${concerned}].dateOfBirth`,
      givenOn !== undefined && born !== undefined && isAfter(born, givenOn),
    ),
    ...contradiction(`${path}.givenBy`, `people[${giver}].deceased`, late),
  ]
}

/** Whether a date lies entirely after another. */
function isAfter(date: string, other: string): boolean {
  const [start, end] = [parseDate(date)?.startMs, parseDate(other)?.endMs]
  return start !== undefined && end !== undefined && start >= end
}

/** Relationships of a child to its family. */
const FAMILY: ReadonlySet<string> = new Set([
  'mother',
  'father',
  'step-parent',
  'grandparent',
  'sibling',
  'aunt-or-uncle',
  'cousin',
  'spouse',
  'parental-responsibility',
])

/** Finds consents by which people who must not be told know of the referral or may get its information. */
function informedFindings(
  { informed, informedPeople, shareWith = [] }: Consent,
  path: string,
  people: readonly Person[],
): Finding[] {
  const untold = new Set(ruledBy('must-not-be-told', people))
  const related = people.flatMap(({ relationships = [] }) => relationships).filter(({ to }) => untold.has(to))
  const responsible = related.some(({ type }) => type === 'parental-responsibility')
  const family =
    related.some(({ type }) => FAMILY.has(type)) ||
    people.some(({ id, roles }) => untold.has(id) && roles.includes('family-member'))
  return [
    ...contradiction(
      `${path}.informed`,
      'people.relationships',
      informed === true && informedPeople === undefined && responsible,
    ),
    ...contradiction(`${path}.shareWith`, 'people.relationships', shareWith.includes('family') && family),
  ]
}
