// Lint: people and their ages. docs/spec/referral.md, "Lint"
import { kindRule } from '../kinds.ts'
import type { Age, Person, Referral } from '../types.ts'
import { type Finding, missing, when } from './finding.ts'

/** Returns the findings about people. */
export function peopleFindings(referral: Referral): Finding[] {
  const { kind, people = [] } = referral
  const principals = people.filter(({ roles }) => roles.includes('principal-child')).length
  return [
    ...when(kind === 'victim-support' && people.length > 0 && principals !== 1, 'principal-child', 'people'),
    ...people.flatMap((person, i) => personFindings(person, `people[${i}]`)),
    ...(kindRule(kind).professionalsOnly === true ? strangerFindings(referral) : []),
  ]
}

/** Fields that may describe a professional in kinds of referral about content (REX-REF-013). */
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
  return [
    ...people.flatMap((person, i) =>
      when(
        person.roles.some((role) => role !== 'professional') ||
          Object.keys(person).some((field) => !OF_PROFESSIONALS.has(field)),
        'professionals-only',
        `people[${i}]`,
        { kind },
      ),
    ),
    ...when(
      contact?.addresses !== undefined || contact?.never !== undefined,
      'professionals-only',
      'contact',
      { kind },
    ),
  ]
}

function personFindings(person: Person, path: string): Finding[] {
  const child = person.roles.some((role) => role === 'principal-child' || role === 'child')
  const unborn = isUnborn(person)
  return [
    ...(child && !unborn ? missing(person, 'names', { path, why: 'recognise' }) : []),
    ...(child && person.age === undefined && !unborn
      ? missing(person, 'dateOfBirth', { path, why: 'age' })
      : []),
    ...(person.age ? ageFindings(person.age, `${path}.age`) : []),
  ]
}

/** Whether a person is an unborn child. If the person is pregnant or has a date of birth or age, the delivery is that of her own child. */
function isUnborn({ expectedDeliveryDate, dateOfBirth, age, needs = [] }: Person): boolean {
  const isPregnant = needs.includes('pregnancy') || dateOfBirth !== undefined || age !== undefined
  return expectedDeliveryDate !== undefined && !isPregnant
}

function ageFindings({ value, min, max, asOf }: Age, path: string): Finding[] {
  return [
    ...when(min !== undefined && max !== undefined && min > max, 'age-range-reversed', path),
    ...when(value !== undefined && (min !== undefined || max !== undefined), 'age-value-and-range', path),
    ...when(asOf === undefined, 'age-without-date', path),
  ]
}
