// Suggestions for names and codes that a referral does not have: by meaning, then by spelling. docs/spec/referral.md, "Validation"

import { LISTS, type ListName } from '../lists.ts'
import { closest } from '../problem.ts'

/** Names that forms and standards use, and the field that means the same. Sources: FHIR R4, Primero, CyberTipline, HSDS, XARF. */
const FIELDS: Readonly<Record<string, string>> = {
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

/** The part of an object that takes members of another one. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'NetworkEvent.lines': 'places',
  'NetworkEvent.city': 'places',
}

/** The field that an unknown name of an object of this type means. Undefined: none is close. */
export function fieldMeant(type: string, name: string, fields: readonly string[]): string | undefined {
  const plain = folded(name)
  const same = fields.find((field) => folded(field) === plain)
  const known = Object.hasOwn(FIELDS, plain) ? FIELDS[plain] : undefined
  return (
    same ??
    ELSEWHERE[`${type}.${name}`] ??
    (known !== undefined && fields.includes(known) ? known : closest(name, fields))
  )
}

/** The field that takes a list given for a field of one value. */
export function listMeant(type: string, name: string): string | undefined {
  return LISTED[`${type}.${name}`]
}

/** The code that an unknown one means: that of a system with the same spelling, then the closest in spelling, word by word. */
export function codeMeant(list: ListName, code: string): string | undefined {
  const plain = folded(code)
  const { entries } = LISTS[list]
  const foreign = entries.find((entry) =>
    [entry.code, entry.label, ...Object.values(entry.crosswalk ?? {}).flat()].some(
      (spelling) => folded(spelling) === plain,
    ),
  )
  if (foreign !== undefined) return foreign.code
  const words = code.split('-')
  const alike = entries.map((entry) => entry.code).filter((known) => eachAlike(words, known.split('-')))
  return closest(code, alike)
}

/** Whether the words are the same but for slips; "cash-assistance" is not like "legal-assistance". */
function eachAlike(words: readonly string[], known: readonly string[]): boolean {
  return (
    words.length === known.length && words.every((word, i) => closest(word, [known[i] ?? '']) !== undefined)
  )
}

/** A name without case and separators: `date_of_birth` and `dateOfBirth` are the same. */
function folded(name: string): string {
  return name
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
