// Lint: parts of a referral that contradict each other, reported with both paths. docs/spec/referral.md, "Lint"
import { compareDates } from '../../dates.ts'
import type { Person, Referral } from '../../types.ts'
import type { Finding } from '../finding.ts'
import { warnWhen } from '../warning.ts'
import { agesAt, bandOf, disjoint, isOldEnough } from './ages.ts'
import { contradiction } from './contradiction.ts'
import { relationFindings } from './relations.ts'

/** Returns the findings about contradictions. */
export function contradictionFindings(referral: Referral, now?: number): Finding[] {
  const { people = [], triage, handling } = referral
  const due = triage.urgency?.due
  return [
    ...childFindings(referral, now),
    ...people.flatMap((person, i) => personFindings(person, `people[${i}]`, now)),
    ...consentFindings(referral),
    ...relationFindings(referral),
    ...contradiction(
      'handling.expires',
      'triage.urgency.due',
      due !== undefined && handling.expires !== undefined && compareDates(handling.expires, due) < 0,
    ),
  ]
}

/** Difference between two numbers of children that counts as a contradiction. A smaller difference may be due to a relative or an unborn child. */
const MISCOUNT = 2

const isChild = ({ roles }: Person) => roles.some((role) => role === 'principal-child' || role === 'child')

function childFindings({ triage, people = [], group }: Referral, now?: number): Finding[] {
  const index = people.findIndex(({ roles }) => roles.includes('principal-child'))
  const child = people[index]
  const children = people.filter(isChild).length
  const count = contradiction(
    'triage.children',
    'people',
    children > 0 &&
      group === undefined &&
      (triage.children === 0 || Math.abs((triage.children ?? children) - children) >= MISCOUNT),
  )
  if (child === undefined) return count
  const path = `people[${index}]`
  const languages = [child, ...people.filter(({ roles }) => roles.includes('caregiver'))].flatMap(
    ({ languages = [] }) => languages.map(primary),
  )
  const known = [triage.gender, child.gender].every((gender) => gender !== undefined)
  const apart = (triage.languages ?? []).every((tag) => !languages.includes(primary(tag)))
  return [
    ...count,
    ...(now === undefined ? [] : bandFindings(triage.ageBand, child, { path, now })),
    ...contradiction('triage.gender', `${path}.gender`, known && triage.gender !== child.gender),
    ...contradiction(
      'triage.languages',
      `${path}.languages`,
      triage.languages !== undefined && child.languages !== undefined && apart,
    ),
    ...contradiction(
      'triage.abuse',
      `${path}.careArrangement`,
      triage.abuse?.includes('unaccompanied') === true && child.careArrangement === 'with-parents',
    ),
    ...contradiction(
      'triage.interpreter',
      `${path}.interpreter`,
      triage.interpreter === false && child.interpreter === true,
    ),
  ]
}

function primary(tag: string): string {
  return tag.toLowerCase().split('-', 1)[0] ?? ''
}

function bandFindings(
  ageBand: string | undefined,
  child: Person,
  { path, now }: { path: string; now: number },
): Finding[] {
  const band = ageBand === undefined ? undefined : bandOf(ageBand)
  if (band === undefined) return []
  return agesAt(child, now).flatMap(({ field, ages }) =>
    contradiction('triage.ageBand', `${path}.${field}`, disjoint(band, ages)),
  )
}

function personFindings(person: Person, path: string, now?: number): Finding[] {
  const { stateless, nationalities, relationships = [], dateOfBirth, expectedDeliveryDate, deceased } = person
  const [first, second] = now === undefined ? [] : agesAt(person, now)
  return [
    ...contradiction(
      `${path}.stateless`,
      `${path}.nationalities`,
      stateless === true && nationalities !== undefined,
    ),
    ...relationships.flatMap(({ to }, i) =>
      contradiction(`${path}.relationships[${i}].to`, `${path}.id`, to === person.id),
    ),
    ...contradiction(
      `${path}.expectedDeliveryDate`,
      `${path}.dateOfBirth`,
      dateOfBirth !== undefined && expectedDeliveryDate !== undefined && !isOldEnough(person, now),
    ),
    ...contradiction(
      `${path}.age`,
      `${path}.dateOfBirth`,
      first !== undefined && second !== undefined && disjoint(first.ages, second.ages),
    ),
    ...contradiction(
      `${path}.deceased`,
      `${path}.deceasedDate`,
      deceased === false && person.deceasedDate !== undefined,
    ),
    ...contradiction(
      `${path}.deceasedDate`,
      `${path}.dateOfBirth`,
      dateOfBirth !== undefined &&
        person.deceasedDate !== undefined &&
        compareDates(person.deceasedDate, dateOfBirth) < 0,
    ),
  ]
}

/** Roles that the giver of a consent may have, for each interview subject. */
const CONSENTING: Readonly<Record<string, readonly string[]>> = {
  individual: ['principal-child', 'child'],
  caregiver: ['caregiver', 'family-member', 'proposed-caregiver'],
}

function consentFindings({ consents = [], people = [], kind }: Referral): Finding[] {
  const principal = people.find(({ roles }) => roles.includes('principal-child'))
  const covers = ({ person }: { readonly person?: string }) =>
    person === undefined || person === principal?.id
  return [
    ...consents.flatMap(({ givenBy, subject = '', legalBasis, assent }, i) => {
      const giver = people.find(({ id }) => id === givenBy)
      const roles = CONSENTING[subject]
      const other =
        giver !== undefined && roles !== undefined && !giver.roles.some((role) => roles.includes(role))
      return [
        ...contradiction(`consents[${i}].subject`, `consents[${i}].givenBy`, other),
        ...contradiction(
          `consents[${i}].assent`,
          `consents[${i}].legalBasis`,
          legalBasis === 'consent' && assent === false,
        ),
      ]
    }),
    ...warnWhen(
      kind === 'victim-support' && principal !== undefined && consents.length > 0 && !consents.some(covers),
      'consent-for-others',
      'consents',
    ),
  ]
}
