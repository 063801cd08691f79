// Conversions that need more than a row of the table: age and birth, concerns, services, notes, and the triage card. docs/spec/referral.md, "Other
// systems"
import type { Person, Text, Triage } from '../../core/referral/index.ts'
import { type Located, leavesOf, type Members, memberOf, type Why } from '../conversion.ts'
import { CHANGED, type Form, flag, many, NO_ROOM, only, prose, table } from '../form.ts'
import { find, put } from '../place.ts'
import { ALONE, fromReferralBy, type Row, toReferralBy } from '../rows.ts'
import { age, codes, day } from './forms.ts'
import { entriesOf, type Work } from './relations.ts'
import { person } from './tables.ts'
import { PROVIDED } from './unmapped.ts'

const AS_TEXT: Why = { code: 'as-text', message: 'REX has no field for it, so it is in a note.' }

/** Converts Primero's age and date of birth. Primero's field `estimated` applies to both. */
export function birthTo(child: string, work: Work): void {
  const { record, referral, conversion } = work
  toReferralBy(birthRows(child), work)
  const source = { value: record.value.estimated, path: memberOf(record.path, 'estimated') }
  const [known, born] = [find(referral, person(child)('age')), find(referral, person(child)('dateOfBirth'))]
  const { value: isEstimated } = flag.to(source.value)
  conversion.account(source, flag.to(source.value), 'people[0].age.basis')
  if (isEstimated === undefined) return
  if (known === undefined && born === undefined) conversion.lose(source, ALONE)
  if (isEstimated === true && known !== undefined) put(referral, person(child)('age', 'basis'), 'estimated')
  if (isEstimated === true && born !== undefined)
    put(referral, person(child)('dateOfBirth'), `${born.value}~`)
}

/** Converts the age and date of birth of a referral to Primero's fields, including `estimated`. */
export function birthFrom(child: Person, work: Work): void {
  const { record, conversion } = work
  const place = person(child.id)
  const born = find(work.referral, place('dateOfBirth'))
  const basis = find(work.referral, place('age', 'basis'))
  fromReferralBy([{ field: 'age', at: place('age'), as: age }], work)
  if (born !== undefined) {
    const whole = day.from(String(born.value).replace(/~$/, ''))
    conversion.account(born, whole, 'date_of_birth')
    if (whole.value !== undefined) record.value.date_of_birth = whole.value
  }
  const guessed = record.value.age !== undefined && basis?.value === 'estimated'
  const about = record.value.date_of_birth !== undefined && String(born?.value).endsWith('~')
  if (record.value.age === undefined && record.value.date_of_birth === undefined) return
  const isEstimated = guessed || about
  record.value.estimated = isEstimated
  if (record.value.age !== undefined && basis !== undefined) {
    if (basis.value === (isEstimated ? 'estimated' : 'stated')) conversion.carry(basis)
    else conversion.lose(basis, CHANGED, 'estimated')
  }
  if (record.value.date_of_birth !== undefined && born !== undefined && about !== isEstimated)
    conversion.lose(born, CHANGED, 'date_of_birth')
}

const birthRows = (child: string): Row[] => [
  { field: 'age', at: person(child)('age'), as: age },
  { field: 'date_of_birth', at: person(child)('dateOfBirth'), as: day },
]

const CONCERNS = many(codes('abuse'), 15)
const SEPARATED = ['unaccompanied', 'separated']
const STATUS = only(table(SEPARATED.map((code) => [code, code])))

/** Converts `protection_status` and `protection_concerns`, which are one list in REX. */
export function concernsTo({ record, referral, conversion }: Work): void {
  const made = (field: string, { to }: Form): string[] => {
    const source = { value: record.value[field], path: memberOf(record.path, field) }
    if (leavesOf(source.value).next().done === true) return []
    const { value = [], ...rest } = to(source.value)
    conversion.account(source, { ...rest, value }, 'triage.abuse')
    return value as string[]
  }
  const codesOf = [
    ...made('protection_status', STATUS),
    ...made('unaccompanied_separated_status', STATUS),
    ...made('protection_concerns', CONCERNS),
  ]
  for (const field of ['unaccompanied_separated_status', 'protection_concerns'])
    for (const leaf of leavesOf(record.value[field], memberOf(record.path, field)))
      if (SEPARATED.includes(String(leaf.value))) conversion.lose(leaf, CHANGED, 'triage.abuse')
  if (codesOf.length > 0) put(referral, ['triage', 'abuse'], [...new Set(codesOf)])
}

/** Converts the list of concerns to Primero's form. */
export function concernsFrom({ record, referral, conversion }: Work): void {
  const found = find(referral, ['triage', 'abuse'])
  if (found === undefined) return
  const list = found.value as readonly string[]
  const at = list.findIndex((code) => SEPARATED.includes(code))
  const others = list.map((code, i) => (i === at || SEPARATED.includes(code) ? '' : code))
  if (at >= 0) {
    record.value.protection_status = list[at]
    conversion.carry({ value: list[at], path: `${found.path}[${at}]` })
  }
  const made = CONCERNS.from(others)
  if (made.value !== undefined) record.value.protection_concerns = made.value
  conversion.account({ value: others, path: found.path }, made, 'protection_concerns')
}

const SERVICE = codes('service')
const MOST = 16

/**
 * Converts services that are not provided yet. Their notes become texts of the narrative. On the way back, a text
 * becomes a note only if a service has the same position.
 */
export function servicesTo(language: string | undefined, { record, referral, conversion }: Work): void {
  const services: unknown[] = []
  const narrative: unknown[] = []
  const add = (list: unknown[], { value, path }: Located, form: Form, to: string): boolean => {
    if (leavesOf(value).next().done === true) return false
    const made = list.length < MOST ? form.to(value) : { why: NO_ROOM }
    if (made.value !== undefined) list.push(made.value)
    conversion.account({ value, path }, made, to)
    return made.value !== undefined
  }
  let index = 0
  for (const { value, path } of entriesOf(record, 'services_section')) {
    if (value.service_implemented === 'implemented') {
      conversion.lose({ value, path }, PROVIDED)
      continue
    }
    const notes = { value: value.service_referral_notes, path: memberOf(path, 'service_referral_notes') }
    add(
      services,
      { value: value.service_type, path: memberOf(path, 'service_type') },
      SERVICE,
      'triage.services',
    )
    const isInOrder = index === narrative.length
    if (add(narrative, notes, prose(language), 'narrative') && !isInOrder)
      conversion.lose(notes, AS_TEXT, 'narrative')
    index += 1
  }
  if (services.length > 0) put(referral, ['triage', 'services'], services)
  if (narrative.length > 0) put(referral, ['narrative'], narrative)
}

/** Makes a service of each code, and adds each text of the narrative to the service at the same position. */
export function servicesFrom({ record, referral, conversion }: Work): void {
  const section: Members[] = []
  const services = find(referral, ['triage', 'services'])
  for (const [i, code] of ((services?.value ?? []) as readonly string[]).entries()) {
    const made = SERVICE.from(code)
    conversion.account({ value: code, path: `triage.services[${i}]` }, made, 'services_section')
    if (made.value !== undefined) section.push({ service_type: made.value })
  }
  for (const [i, text] of ((referral.narrative ?? []) as readonly Text[]).entries()) {
    const made = prose().from(text)
    conversion.account(
      { value: text, path: `narrative[${i}]` },
      made,
      `services_section[${i}].service_referral_notes`,
    )
    section[i] = { ...section[i], service_referral_notes: made.value }
  }
  if (section.length > 0) record.value.services_section = section
}

/** Primero's fields whose values are written into a note, each with its label in the note. */
const NOTED: Readonly<Record<string, string>> = {
  maritial_status: 'Marital status',
  occupation: 'Occupation',
  displacement_status: 'Displacement status',
  country_of_origin: 'Country of origin',
  sub_ethnicity_1: 'Sub-ethnicity',
  sub_ethnicity_2: 'Second sub-ethnicity',
  unhcr_protection_code: 'UNHCR protection code',
  unhcr_needs_codes: 'UNHCR needs codes',
  disability_type: 'Disability',
  protection_concerns: 'Protection concerns',
  protection_concerns_other: 'Other protection concern',
  consent_source_other: 'Source of consent',
  withholding_info_other_reason: 'Other reason for withholding information',
}

/** Converts entries of `notes_section`, then adds one note with the values for which a referral has no field. */
export function notesTo(
  child: string,
  language: string | undefined,
  { record, referral, conversion }: Work,
): void {
  const notes: unknown[] = []
  for (const { value, path } of entriesOf(record, 'notes_section')) {
    const source = { value: value.note_text, path: memberOf(path, 'note_text') }
    if (leavesOf(source.value).next().done === true) continue
    const made = notes.length < MOST - 1 ? prose(language).to(source.value) : { why: NO_ROOM }
    if (made.value !== undefined) notes.push(made.value)
    conversion.account(source, made, `people[0].notes`)
  }
  const rows = Object.entries(NOTED).flatMap(([field, label]) => {
    const leaves = [...leavesOf(record.value[field], memberOf(record.path, field))].filter(
      ({ path }) => !conversion.reached(path),
    )
    return leaves.length === 0
      ? []
      : [{ leaves, line: `${label}: ${leaves.map(({ value }) => value).join(', ')}` }]
  })
  const made = prose(language).to(rows.map(({ line }) => line).join('\n'))
  for (const { leaves } of rows)
    for (const leaf of leaves) conversion.lose(leaf, made.why ?? AS_TEXT, `people[0].notes`)
  if (rows.length > 0 && made.value !== undefined) notes.push(made.value)
  if (notes.length > 0) put(referral, person(child)('notes'), notes)
}

/** Converts each note about the child to a note of the case. */
export function notesFrom(child: string, { record, referral, conversion }: Work): void {
  const found = find(referral, person(child)('notes'))
  if (found === undefined) return
  record.value.notes_section = (found.value as readonly Text[]).map((note, i) => {
    const made = prose().from(note)
    conversion.account({ value: note, path: `${found.path}[${i}]` }, made, `notes_section[${i}].note_text`)
    return { note_text: made.value }
  })
}

const BANDS: readonly (readonly [upTo: number, band: string])[] = [
  [2, '0-2'],
  [6, '3-6'],
  [10, '7-10'],
  [13, '11-13'],
  [15, '14-15'],
  [17, '16-17'],
  [150, '18-plus'],
]

/** Returns the facts about the child that the triage card repeats. They do not identify the child. */
export function triageOf({ age: known, gender, languages }: Partial<Person>): Triage {
  const years = known?.value
  const band = years === undefined ? undefined : BANDS.find(([upTo]) => years <= upTo)?.[1]
  return {
    ...(band !== undefined && { ageBand: band }),
    ...(gender !== undefined && { gender }),
    ...(languages !== undefined && { languages }),
  }
}
