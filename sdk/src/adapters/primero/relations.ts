// Converts the family and the caregiver of a Primero case to people of a referral, and back. docs/spec/referral.md, "Other systems"
import type { Person } from '../../core/referral/index.ts'
import { LISTS } from '../../core/referral/lists.ts'
import { type Conversion, type Located, leavesOf, type Members, memberOf } from '../conversion.ts'
import { CHANGED, flagAs, UNKNOWN, written } from '../form.ts'
import { find, put } from '../place.ts'
import { fromReferralBy, toReferralBy } from '../rows.ts'
import { careRows, currentCaregiver, person, relationRows } from './tables.ts'

/** A conversion in progress: the Primero record, the referral, and what has been carried or lost so far. */
export interface Work {
  readonly conversion: Conversion
  readonly referral: Members
  readonly record: Located<Members>
}

/** Id of the caregiver in an imported referral. */
export const CAREGIVER = 'caregiver'

/** Primero's relationship words that also state the relative's gender. */
const GENDERED: Readonly<Record<string, string>> = {
  aunt: 'female',
  uncle: 'male',
  grandmother: 'female',
  grandfather: 'male',
  brother: 'male',
  sister: 'female',
  husband: 'male',
  wife: 'female',
}
const RELATIONS = LISTS.relationship.entries.flatMap(({ code, crosswalk }) =>
  (crosswalk?.primero ?? []).map((word) => ({ word, type: code, gender: GENDERED[word] })),
)
/** Relationships outside the family for which Primero has no specific word. */
const OUTSIDE = ['teacher', 'caseworker', 'neighbour', 'friend', 'online-contact']
/** Relationships that are rules rather than kinship. */
const RULES = ['must-not-contact', 'must-not-be-told', 'parental-responsibility']

/** Converts the entries of Primero's family form to people of the referral. */
export function relationsTo(child: string, work: Work): void {
  for (const [i, record] of entriesOf(work.record, 'family_details_section').entries()) {
    const id = `relation-${i + 1}`
    const cares = {
      value: record.value.relation_is_caregiver,
      path: memberOf(record.path, 'relation_is_caregiver'),
    }
    const role = flagAs('caregiver', 'family-member').to(cares.value)
    if (leavesOf(record.value).next().done === true) continue
    put(work.referral, person(id)('roles'), [role.value ?? 'family-member'])
    work.conversion.account(cares, role)
    toReferralBy(relationRows(id), { ...work, record })
    kinshipTo({ child, id, field: 'relation' }, { ...work, record })
  }
}

/** Converts the current caregiver: Primero's newest entry of `care_arrangements_section`. */
export function caregiverTo(child: string, work: Work): void {
  const entries = entriesOf(work.record, 'care_arrangements_section')
  const dateOf = ({ value }: Located<Members>) => written(value.care_arrangement_started_date) ?? ''
  const record = entries.toSorted((a, b) => (dateOf(a) < dateOf(b) ? 1 : -1))[0] ?? { value: {}, path: '' }
  const names = [
    'name_caregiver',
    'nickname_caregiver',
    'caregiver_age',
    'caregiver_dob',
    'relationship_caregiver',
  ]
  const isKnown =
    names.some((name) => record.value[name]) || Boolean(work.record.value.current_name_caregiver)
  if (isKnown) put(work.referral, person(CAREGIVER)('roles'), ['caregiver'])
  toReferralBy(careRows(child, CAREGIVER), { ...work, record })
  toReferralBy([currentCaregiver(CAREGIVER)], work)
  kinshipTo({ child, id: CAREGIVER, field: 'relationship_caregiver' }, { ...work, record })
}

/** Converts the relatives in the referral to entries of Primero's family form. */
export function relationsFrom(child: string, work: Work): void {
  const people = (work.referral.people ?? []) as readonly (Person | null)[]
  const family: Members[] = []
  for (const [i, relative] of people.entries()) {
    if (relative === null || relative.id === child) continue
    if (relative.id !== CAREGIVER && isFamily(relative)) {
      const record = { value: {} as Members, path: `family_details_section[${family.length}]` }
      rolesFrom({ relative, path: `people[${i}]` }, { ...work, record })
      fromReferralBy(relationRows(relative.id), { ...work, record })
      kinshipFrom({ child, relative, field: 'relation' }, { ...work, record })
      family.push(record.value)
    }
  }
  if (family.length > 0) work.record.value.family_details_section = family
}

interface Relative {
  readonly relative: Person
  readonly path: string
}

/** Converts back the child's care arrangement, and the person to whom an import gave the id `caregiver`. */
export function caregiverFrom(child: string, work: Work): void {
  const people = (work.referral.people ?? []) as readonly (Person | null)[]
  const index = people.findIndex((one) => one?.id === CAREGIVER)
  const relative = people[index]
  const record = { value: {} as Members, path: 'care_arrangements_section[0]' }
  fromReferralBy(careRows(child, CAREGIVER), { ...work, record })
  if (relative) {
    const role = relative.roles.indexOf('caregiver')
    work.conversion.carry({ value: relative.roles[role], path: `people[${index}].roles[${role}]` })
    fromReferralBy([currentCaregiver(CAREGIVER)], work)
    kinshipFrom({ child, relative, field: 'relationship_caregiver' }, { ...work, record })
  }
  if (Object.keys(record.value).length > 0) work.record.value.care_arrangements_section = [record.value]
}

function isFamily({ roles }: Person): boolean {
  const inFamily = ['child', 'caregiver', 'family-member', 'proposed-caregiver']
  return roles.every((role) => inFamily.includes(role))
}

function rolesFrom({ relative: { roles }, path }: Relative, { conversion, record }: Work): void {
  const cares = roles.includes('caregiver')
  record.value.relation_is_caregiver = cares
  const kept = roles.indexOf(cares ? 'caregiver' : 'family-member')
  if (kept >= 0) conversion.carry({ value: roles[kept], path: `${path}.roles[${kept}]` })
}

interface Kinship {
  readonly child: string
  readonly field: string
}

/** Converts the relationship of the child to a relative. Some of Primero's words also state the gender. */
function kinshipTo({ child, id, field }: Kinship & { readonly id: string }, work: Work): void {
  const source = { value: work.record.value[field], path: memberOf(work.record.path, field) }
  if (leavesOf(source.value).next().done === true) return
  const found = RELATIONS.find(({ word }) => word === source.value)
  if (found === undefined) {
    work.conversion.lose(source, UNKNOWN, 'people[0].relationships')
    return
  }
  const gender = person(id)('gender')
  const stated = find(work.referral, gender)?.value
  if (found.gender !== undefined && stated === undefined) put(work.referral, gender, found.gender)
  const to = put(work.referral, person(child)('relationships', { is: { to: id } }, 'type'), found.type)
  if (found.gender !== undefined && stated !== undefined && stated !== found.gender)
    work.conversion.lose(source, CHANGED, to)
  else work.conversion.carry(source)
}

function kinshipFrom({ child, relative, field }: Kinship & { readonly relative: Person }, work: Work): void {
  const found = find(
    work.referral,
    person(child)('relationships', { is: { to: relative.id }, not: { type: RULES } }, 'type'),
  )
  if (found === undefined) return
  const exact = RELATIONS.find(
    ({ type, gender }) => type === found.value && (gender === undefined || gender === relative.gender),
  )
  work.record.value[field] =
    exact?.word ?? (OUTSIDE.includes(String(found.value)) ? 'other_nonfamily' : 'other_family')
  for (const key of found.by) work.conversion.carry(key)
  if (exact === undefined) work.conversion.lose(found, CHANGED, memberOf(work.record.path, field))
  else work.conversion.carry(found)
}

/** Returns the entries of a subform. */
export function entriesOf({ value, path }: Located<Members>, field: string): Located<Members>[] {
  const list = value[field]
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: unknown, i) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? [{ value: entry as Members, path: `${memberOf(path, field)}[${i}]` }]
      : [],
  )
}
