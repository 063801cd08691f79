// The adapter for Primero and CPIMS+: a case as in their API and JSON export. docs/spec/referral.md, "Other systems"

import { RexError } from '../../core/error.ts'
import { matches } from '../../core/referral/formats.ts'
import { refuseMedia } from '../../core/referral/guard/guard.ts'
import {
  type Draft,
  expandPresets,
  guard,
  type Person,
  parseReferral,
  type Referral,
} from '../../core/referral/index.ts'
import type { Adapter, Exported, Imported, ImportOptions } from '../adapter.ts'
import { Conversion, type Members } from '../conversion.ts'
import { put } from '../place.ts'
import { fromReferralBy, toReferralBy } from '../rows.ts'
import {
  birthFrom,
  birthTo,
  concernsFrom,
  concernsTo,
  notesFrom,
  notesTo,
  servicesFrom,
  servicesTo,
  triageOf,
} from './details.ts'
import { caseOf } from './record.ts'
import { caregiverFrom, caregiverTo, relationsFrom, relationsTo, type Work } from './relations.ts'
import { withoutUnsafe } from './safety.ts'
import { childRows, consentRows, person } from './tables.ts'
import { unmapped, unmappedThere } from './unmapped.ts'

/** A case in the form that Primero's API accepts. */
export interface PrimeroCase {
  readonly data: Readonly<Record<string, unknown>>
}

const CHILD = 'child'
/** Fields by which a Primero case is recognised. */
const KNOWN = new Set([
  ...[...childRows(CHILD), ...consentRows(CHILD)].map(({ field }) => field),
  ...[
    'age',
    'date_of_birth',
    'protection_status',
    'protection_concerns',
    'family_details_section',
    'services_section',
    'notes_section',
    'care_arrangements_section',
    'current_name_caregiver',
  ],
])

/** The adapter for cases of Primero and CPIMS+, with the field names of its default forms. */
export const primero: Adapter<PrimeroCase> = { name: 'primero', toReferral, fromReferral }

function toReferral(input: unknown, options: ImportOptions = {}): Imported {
  const { test = false, language } = options
  if (language !== undefined && !matches('language', language))
    throw new RexError('MALFORMED', 'language must be a BCP 47 tag such as "ar".', {
      path: 'language',
      hint: 'Correct it, or leave it out.',
    })
  const { whole, fields } = caseOf(input, KNOWN, options.case)
  const referral: Members = { kind: 'victim-support', test, triage: {}, handling: 'standard' }
  const work: Work = { conversion: new Conversion(unmapped), referral, record: fields }
  put(referral, person(CHILD)('roles'), ['principal-child'])
  toReferralBy(childRows(CHILD, language), work)
  birthTo(CHILD, work)
  caregiverTo(CHILD, work)
  relationsTo(CHILD, work)
  consentTo(language, work)
  concernsTo(work)
  servicesTo(language, work)
  notesTo(CHILD, language, work)
  complete(referral)
  refuseMedia(guard(referral))
  return { referral: referral as unknown as Draft, losses: work.conversion.losses(whole) }
}

/** Makes consent the legal basis if questions about it were answered and no other basis was stated. */
function consentTo(language: string | undefined, work: Work): void {
  toReferralBy(consentRows(CHILD, language), work)
  const [consent] = (work.referral.consents ?? []) as Members[]
  if (consent !== undefined) consent.legalBasis ??= 'consent'
}

/** Adds the triage card, and the full names of people whose name parts are known. */
function complete(referral: Members): void {
  const people = referral.people as Members[]
  for (const name of people.flatMap(({ names = [] }) => names as Members[]))
    name.full ??= (name.parts as Members[]).map(({ text }) => text).join(' ')
  referral.triage = { ...triageOf(people[0] as Partial<Person>), ...(referral.triage as Members) }
}

function fromReferral(draft: Referral | Draft): Exported<PrimeroCase> {
  const referral = parseReferral(expandPresets(draft).referral, { unknownCodes: 'keep' })
  const conversion = new Conversion(unmappedThere)
  const data: Members = {}
  const safe = withoutUnsafe(referral, conversion)
  const work: Work = { conversion, referral: safe, record: { value: data, path: '' } }
  const children = (safe.people as (Person | null)[]).flatMap((one) => one ?? [])
  const child =
    children.find(({ roles }) => roles.includes('principal-child')) ??
    children.find(({ roles }) => roles.includes('child'))
  if (child !== undefined) childFrom(child, work)
  concernsFrom(work)
  servicesFrom(work)
  if (Object.keys(data).length > 0) headFrom(draft, work)
  return { output: { data }, losses: conversion.losses({ value: draft, path: '' }) }
}

/** Marks kind, test flag and handling as carried if they have the values that every import sets anyway. */
function headFrom({ kind, test, handling }: Referral | Draft, { conversion }: Work): void {
  if (kind === 'victim-support') conversion.carry({ value: kind, path: 'kind' })
  if (!test) conversion.carry({ value: test, path: 'test' })
  if (handling === 'standard') conversion.carry({ value: handling, path: 'handling' })
}

function childFrom(child: Person, work: Work): void {
  const { conversion, referral } = work
  const path = `people[${(referral.people as (Person | null)[]).indexOf(child)}]`
  conversion.carry({ value: child.id, path: `${path}.id` })
  const role = child.roles.indexOf('principal-child')
  if (role >= 0) conversion.carry({ value: child.roles[role], path: `${path}.roles[${role}]` })
  fromReferralBy([...childRows(child.id), ...consentRows(child.id)], work)
  birthFrom(child, work)
  caregiverFrom(child.id, work)
  relationsFrom(child.id, work)
  notesFrom(child.id, work)
  const card = referral.triage as Members
  for (const [field, value] of Object.entries(triageOf(child)))
    if (JSON.stringify(card[field]) === JSON.stringify(value) && repeats(field, path, work))
      conversion.carry({ value, path: `triage.${field}` })
}

/** Whether a field of the triage card repeats a value that was carried in the fields of the child. */
function repeats(field: string, path: string, { conversion, record }: Work): boolean {
  if (field === 'ageBand') return record.value.age !== undefined
  if (field === 'gender') return conversion.carried(`${path}.gender`)
  return record.value.language !== undefined
}
