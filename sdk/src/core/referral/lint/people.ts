// Lint: people and their ages. docs/spec/referral.md, "Lint"
import { kindRule } from '../kinds.ts'
import type { Age, Person, Referral } from '../types.ts'
import { error, type Finding, missing, warning, when } from './finding.ts'

/** Findings about people. */
export function peopleFindings(referral: Referral): Finding[] {
  const { kind, people = [] } = referral
  const principals = people.filter(({ roles }) => roles.includes('principal-child')).length
  return [
    ...when(
      kind === 'victim-support' && people.length > 0 && principals !== 1,
      error(
        'people',
        'a victim-support referral has exactly one principal child',
        'Give one person the role principal-child; refer siblings as a group.',
      ),
    ),
    ...people.flatMap((person, i) => personFindings(person, `people[${i}]`)),
    ...(kindRule(kind).professionalsOnly === true ? strangerFindings(referral) : []),
  ]
}

/** What a kind for content may say about a professional (REX-REF-013). */
const OF_PROFESSIONALS: ReadonlySet<string> = new Set([
  'id',
  'roles',
  'names',
  'languages',
  'interpreter',
  'organisation',
  'position',
])

function strangerFindings({ kind, people = [], contact }: Referral): Finding[] {
  const fix = 'Remove it, or send it as another kind to those who may know.'
  return [
    ...people.flatMap((person, i) =>
      when(
        person.roles.some((role) => role !== 'professional') ||
          Object.keys(person).some((field) => !OF_PROFESSIONALS.has(field)),
        error(`people[${i}]`, `a ${kind} says no more than how to reach professionals`, fix),
      ),
    ),
    ...when(
      contact?.addresses !== undefined || contact?.never !== undefined,
      error('contact', `a ${kind} says no more than how to reach professionals`, fix),
    ),
  ]
}

function personFindings(person: Person, path: string): Finding[] {
  const child = person.roles.some((role) => role === 'principal-child' || role === 'child')
  const why = 'the recipient must be able to recognise the child'
  return [
    ...(child ? missing(person, 'names', { path, why }) : []),
    ...(child && person.age === undefined && person.expectedDeliveryDate === undefined
      ? missing(person, 'dateOfBirth', { path, why: 'services and law depend on the age' })
      : []),
    ...(person.age ? ageFindings(person.age, `${path}.age`) : []),
  ]
}

function ageFindings({ value, min, max, asOf }: Age, path: string): Finding[] {
  return [
    ...when(
      min !== undefined && max !== undefined && min > max,
      error(path, 'has a minimum above its maximum', 'Correct the range.'),
    ),
    ...when(
      value !== undefined && (min !== undefined || max !== undefined),
      error(path, 'is a value and a range', 'Keep one of the two.'),
    ),
    ...when(
      asOf === undefined,
      warning(path, 'does not say for which day', 'Fill in "asOf", because ages change.'),
    ),
  ]
}
