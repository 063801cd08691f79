// Suggestions for names and codes that a referral does not have: by meaning, then by spelling. docs/spec/referral.md, "Validation"

import { codesOf, type ListName } from '../codes/codes.ts'
import { SPELLINGS } from '../codes/spellings.ts'
import { closest } from '../problem.ts'
import { ELSEWHERE, MEANINGS } from './meanings.ts'

/** Names that forms and standards use, and the field that means the same. Sources: FHIR R4, Primero, CyberTipline, HSDS, XARF. */
const FIELDS: Readonly<Record<string, string>> = {
  firstname: 'names',
  lastname: 'names',
  givenname: 'names',
  familyname: 'names',
  surname: 'names',
  fullname: 'names',
  birthdate: 'dateOfBirth',
  dob: 'dateOfBirth',
  placeofbirth: 'birthPlace',
  countryofbirth: 'birthPlace',
  sex: 'gender',
  nationality: 'nationalities',
  livingsituation: 'careArrangement',
  carearrangementstype: 'careArrangement',
  deceasedboolean: 'deceased',
  deceaseddatetime: 'deceasedDate',
  schoolname: 'school',
  title: 'position',
  jobtitle: 'position',
  expecteddelivery: 'expectedDeliveryDate',
  duedate: 'neededBy',
  due: 'neededBy',
  occurrence: 'neededBy',
  zip: 'postalCode',
  zipcode: 'postalCode',
  postcode: 'postalCode',
  address: 'addresses',
  ipaddress: 'addresses',
  line: 'lines',
  screenname: 'handle',
  username: 'handle',
  profileurl: 'urls',
  espservice: 'service',
  fileviewedbyesp: 'viewed',
  publiclyavailable: 'public',
  originalfilename: 'fileName',
  contenttype: 'mediaType',
  mimetype: 'mediaType',
  detectionmethod: 'detection',
  legitimatebasis: 'legalBasis',
  protectionconcerns: 'abuse',
  servicetype: 'services',
  risklevel: 'risk',
  incidenttype: 'types',
  incidentdatetime: 'period',
}

/** Fields whose value is of another type than expected, and the field that takes it. */
const LISTED: Readonly<Record<string, string>> = { 'Consent.services': 'forServices' }

/** The field that an unknown name of an object of this type means. Undefined: none is close. */
export function fieldMeant(type: string, name: string, fields: readonly string[]): string | undefined {
  const plain = folded(name)
  const same = fields.find((field) => folded(field) === plain)
  const known = Object.hasOwn(FIELDS, plain) ? FIELDS[plain] : undefined
  return (
    same ??
    elsewhere(`${type}.${name}`) ??
    (known !== undefined && fields.includes(known) ? known : closest(name, fields))
  )
}

function elsewhere(place: string): string | undefined {
  return Object.hasOwn(ELSEWHERE, place) ? ELSEWHERE[place] : undefined
}

/** The field that takes a list given for a field of one value. */
export function listMeant(type: string, name: string): string | undefined {
  return LISTED[`${type}.${name}`]
}

/** The code that an unknown one means: that of a system with the same spelling, one of the same meaning, then the closest in spelling, word by word. */
export function codeMeant(list: ListName, code: string): string | undefined {
  const plain = folded(code)
  const codes = codesOf(list)
  const same =
    codes.find((known) => folded(known) === plain) ??
    codes[Number(spelled(SPELLINGS[list], plain) ?? -1)] ??
    spelled(MEANINGS[list], plain)
  if (same !== undefined) return same
  const words = code.split('-')
  const alike = codes.filter((known) => eachAlike(words, known.split('-')))
  return closest(code, alike)
}

/** The value that is meant by another one, of a choice: those of the lane have a list. */
export function choiceMeant(values: readonly string[], value: string): string | undefined {
  const meant = spelled(MEANINGS.lane, folded(value))
  return meant !== undefined && values.includes(meant) ? meant : closest(value, values)
}

/** What a pair with this spelling names: `spelling:code`, separated by spaces. */
function spelled(pairs: string | undefined, plain: string): string | undefined {
  const found = pairs?.split(' ').find((entry) => entry.startsWith(`${plain}:`))
  return found?.slice(plain.length + 1)
}

/** Whether the words are the same but for slips; "cash-assistance" is not like "legal-assistance". */
function eachAlike(words: readonly string[], known: readonly string[]): boolean {
  return (
    words.length === known.length && words.every((word, i) => closest(word, [known[i] ?? '']) !== undefined)
  )
}

/** A name without case and separators: `date_of_birth` and `dateOfBirth` are the same. */
export function folded(name: string): string {
  return name
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
