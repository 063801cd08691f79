// The mapping of the fields in Primero's default forms to places in a referral. docs/spec/referral.md, "Other systems"
import type { FormatName } from '../../core/referral/formats.ts'
import { first, flag, flagAs, lines, many, only, prose, table, text } from '../form.ts'
import type { Entry, Place } from '../place.ts'
import type { Row } from '../rows.ts'
import { age, codes, country, day, language } from './forms.ts'

const name = text('name', 200)
const line = (max = 200, format: FormatName = 'line') => text(format, max)
const LEGAL: Entry = { is: { kind: 'legal' } }

type At = (...steps: (string | Entry)[]) => Place

/** Makes a function that returns the path to a field of a person's entry. */
export const person =
  (id: string): At =>
  (...steps) => ['people', { is: { id } }, ...steps]

/** Identifiers for which Primero has fields. */
const IDENTIFIERS: readonly (readonly [field: string, is: Readonly<Record<string, string>>])[] = [
  ['ration_card_no', { type: 'ration-card' }],
  ['unhcr_individual_no', { type: 'unhcr-id' }],
  ['national_id_no', { type: 'national-id' }],
  ['icrc_ref_no', { type: 'other', issuer: 'ICRC', label: 'ICRC reference number' }],
  ['rc_id_no', { type: 'other', issuer: 'Red Cross', label: 'Red Cross ID number' }],
  ['unhcr_id_no', { type: 'other', issuer: 'UNHCR', label: 'UNHCR ID number' }],
  ['un_no', { type: 'other', issuer: 'UN', label: 'UN number' }],
  ['family_number', { type: 'other', label: 'Family number' }],
]
const LABELLED = IDENTIFIERS.flatMap(([, { label }]) => label ?? [])
const OTHER_ID: Entry = { is: { type: 'other' }, not: { label: LABELLED } }
const OTHER_AGENCY: Entry = { is: { type: 'case-number' } }

/** Returns the rows for the fields of the child. */
export function childRows(id: string, tongue?: string): Row[] {
  const at = person(id)
  return [
    { field: 'name', at: at('names', LEGAL, 'full'), as: name },
    { field: 'name_first', at: at('names', LEGAL, 'parts', { is: { kind: 'given' } }, 'text'), as: name },
    { field: 'name_middle', at: at('names', LEGAL, 'parts', { is: { kind: 'middle' } }, 'text'), as: name },
    { field: 'name_last', at: at('names', LEGAL, 'parts', { is: { kind: 'family' } }, 'text'), as: name },
    { field: 'name_nickname', at: at('names', { is: { kind: 'nickname' } }, 'full'), as: name },
    { field: 'name_other', at: at('names', { is: { kind: 'known-as' } }, 'full'), as: name },
    ...IDENTIFIERS.map(([field, is]) => ({ field, at: at('identifiers', { is }, 'value'), as: line() })),
    { field: 'other_id_no', at: at('identifiers', OTHER_ID, 'value'), as: line() },
    { field: 'other_id_type', at: at('identifiers', OTHER_ID, 'label'), as: name, with: 'other_id_no' },
    { field: 'other_agency_id', at: at('identifiers', OTHER_AGENCY, 'value'), as: line() },
    {
      field: 'other_agency_name',
      at: at('identifiers', OTHER_AGENCY, 'issuer'),
      as: name,
      with: 'other_agency_id',
    },
    ...aboutRows(id, ''),
    { field: 'ethnicity', at: at('ethnicity'), as: first(name) },
    { field: 'displacement_status', at: at('stateless'), as: table([['stateless_person', true]]) },
    {
      field: 'disability_type',
      at: at('needs'),
      as: only(table([['physical_disability', 'physical-disability']])),
    },
    { field: 'current_care_arrangements_type', at: at('careArrangement'), as: codes('care-arrangement') },
    {
      field: 'address_is_permanent',
      at: address(id, 'use'),
      as: flagAs('home', 'temp'),
      with: 'address_current',
    },
    { field: 'landmark_current', at: address(id, 'landmark'), as: prose(tongue) },
    { field: 'telephone_current', at: telephone(id), as: line() },
    { field: 'address_last', at: lastAddress(id, 'lines'), as: lines },
    { field: 'location_last', at: lastAddress(id, ...LOCATION), as: line(64) },
    { field: 'risk_level', at: ['triage', 'risk'], as: codes('risk') },
    { field: 'urgent_protection_concern', at: ['triage', 'priority'], as: flagAs('urgent', 'routine') },
  ]
}

/** Returns the rows for the fields of consent. */
export function consentRows(id: string, tongue?: string): Row[] {
  const at: At = (...steps) => ['consents', { is: { person: id }, perhaps: ['person'] }, ...steps]
  return [
    { field: 'legitimate_basis', at: at('legalBasis'), as: first(codes('legal-basis')) },
    { field: 'interview_subject', at: at('subject'), as: codes('interview-subject') },
    { field: 'consent_for_services', at: at('services'), as: flag },
    { field: 'disclosure_other_orgs', at: at('disclosure'), as: flag },
    { field: 'consent_reporting', at: at('reporting'), as: flag },
    { field: 'consent_for_tracing', at: at('tracing'), as: flag },
    { field: 'unhcr_export_opt_in', at: at('unhcrExport'), as: flag },
    { field: 'consent_info_sharing', at: at('shareWith'), as: many(codes('consent-sharing')) },
    { field: 'consent_info_sharing_others', at: at('shareWithOrganisations'), as: only(name) },
    { field: 'disclosure_deny_details', at: at('withheld'), as: prose(tongue) },
    { field: 'withholding_info_reason', at: at('withholdingReasons'), as: many(codes('withholding-reason')) },
  ]
}

/** Returns the rows for the fields of a family member, which is an entry of `family_details_section`. */
export function relationRows(id: string): Row[] {
  const at = person(id)
  return [
    { field: 'relation_name', at: at('names', LEGAL, 'full'), as: name },
    { field: 'relation_nickname', at: at('names', { is: { kind: 'nickname' } }, 'full'), as: name },
    { field: 'relation_age', at: at('age'), as: age },
    { field: 'relation_date_of_birth', at: at('dateOfBirth'), as: day },
    ...aboutRows(id, 'relation_'),
    { field: 'relation_ethnicity', at: at('ethnicity'), as: name },
    {
      field: 'relation_is_alive',
      at: at('deceased'),
      as: table([
        ['alive', false],
        ['dead', true],
      ]),
    },
    { field: 'relation_is_alive', at: at('absent', 'deceased'), as: table([['unknown', 'unknown']]) },
    { field: 'relation_telephone', at: telephone(id), as: line() },
  ]
}

/** Returns the rows for the fields of the current caregiver, which is an entry of `care_arrangements_section`. */
export function careRows(child: string, caregiver: string): Row[] {
  const at = person(caregiver)
  return [
    { field: 'care_arrangements_type', at: person(child)('careArrangement'), as: codes('care-arrangement') },
    { field: 'name_caregiver', at: at('names', LEGAL, 'full'), as: name },
    { field: 'nickname_caregiver', at: at('names', { is: { kind: 'nickname' } }, 'full'), as: name },
    { field: 'caregiver_age', at: at('age'), as: age },
    { field: 'caregiver_dob', at: at('dateOfBirth'), as: day },
  ]
}

/** Returns the row for the field in which Primero repeats the caregiver's name outside `care_arrangements_section`. */
export const currentCaregiver = (id: string): Row => ({
  field: 'current_name_caregiver',
  at: person(id)('names', LEGAL, 'full'),
  as: name,
})

/** Returns the rows for fields that both the child and relatives have. Their field names differ only in the prefix. */
function aboutRows(id: string, prefix: string): Row[] {
  const at = person(id)
  return [
    { field: `${prefix}sex`, at: at('gender'), as: codes('gender') },
    { field: `${prefix}nationality`, at: at('nationalities'), as: many(country) },
    { field: `${prefix}language`, at: at('languages'), as: many(language) },
    { field: `${prefix}religion`, at: at('religion'), as: first(name) },
    { field: `${prefix}address_current`, at: address(id, 'lines'), as: lines },
    { field: `${prefix}location_current`, at: address(id, ...LOCATION), as: line(64) },
  ]
}

/** Path from an address to Primero's code of the location. */
const LOCATION = ['areas', { is: { scheme: 'primero' } }, 'code'] as const

/** Returns the place of a person's current address, or of a part of that address. */
function address(id: string, ...steps: (string | Entry)[]): Place {
  const others = ['last-known', 'old', 'placement', 'future', 'work']
  return ['contact', 'addresses', { is: { people: [id] }, not: { use: others } }, ...steps]
}

function lastAddress(id: string, ...steps: (string | Entry)[]): Place {
  return ['contact', 'addresses', { is: { people: [id], use: 'last-known' } }, ...steps]
}

function telephone(id: string): Place {
  return ['contact', 'channels', { is: { person: id, type: 'phone' } }, 'value']
}
