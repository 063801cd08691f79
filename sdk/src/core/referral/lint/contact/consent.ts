// Lint: consent given by people who must not give it, and information for people who must not be told. docs/spec/referral.md, "Lint"
import { ruledBy, suspectedIn } from '../../safety/danger.ts'
import type { Consent, Person, Referral } from '../../types.ts'
import { type Finding, finding, when } from '../finding.ts'

/** Returns the findings about the people named in consents (REX-REF-097). */
export function consentFindings({ consents = [], people = [] }: Referral): Finding[] {
  const untold = ruledBy('must-not-be-told', people)
  return consents.flatMap((consent, i) => [
    ...giverFindings(consent, `consents[${i}]`, { people, untold }),
    ...(consent.informedPeople ?? []).flatMap((person, j) =>
      when(untold.includes(person), 'informed-not-told', `consents[${i}].informedPeople[${j}]`, { person }),
    ),
  ])
}

/** Relationships of a child to people who may consent on the child's behalf. */
const CONSENTING: ReadonlySet<string> = new Set([
  'mother',
  'father',
  'step-parent',
  'foster-parent',
  'guardian',
  'parental-responsibility',
])

/** Checks who gave a consent: the person named, or the referral's caregivers if the consent only says that a caregiver gave it. */
function giverFindings(
  { givenBy, subject, legalBasis, person: concerned }: Consent,
  path: string,
  { people, untold }: { people: readonly Person[]; untold: readonly string[] },
): Finding[] {
  const suspects = suspectedIn(people)
  if (givenBy !== undefined)
    return [
      ...when(suspects.includes(givenBy), 'consent-by-suspected', `${path}.givenBy`, { person: givenBy }),
      ...when(untold.includes(givenBy), 'contradiction', `${path}.givenBy`, {
        other: 'people.relationships',
      }),
    ]
  if (subject !== 'caregiver' || legalBasis !== 'consent') return []
  const givers = caregiversOf(people, concerned)
  const suspected = givers.filter((id) => suspects.includes(id))
  const [person] = suspected
  if (person === undefined) return []
  const code = suspected.length === givers.length ? 'consent-by-suspected' : 'consent-perhaps-by-suspected'
  return [finding(code, `${path}.subject`, { person })]
}

/** Returns the ids of people who have the role of a caregiver or are related as one to the child concerned (default: the principal child). */
export function caregiversOf(people: readonly Person[], concerned: string | undefined): string[] {
  const related = people
    .filter(
      ({ id, roles }) => id === concerned || (concerned === undefined && roles.includes('principal-child')),
    )
    .flatMap(({ relationships = [] }) => relationships)
    .filter(({ type }) => CONSENTING.has(type))
    .map(({ to }) => to)
  const caring = people.filter(({ roles }) => roles.includes('caregiver')).map(({ id }) => id)
  return [...new Set([...caring, ...related])]
}
