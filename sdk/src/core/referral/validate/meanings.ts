// Words that people use for codes and fields, and the codes and fields of REX that mean the same. docs/spec/referral.md, "Validation"
import type { ListName } from '../codes/codes.ts'

/** For each list, pairs of a word (in lower case, without separators) and the code that it means, separated by spaces. */
export const MEANINGS: { readonly [List in ListName]?: string } = {
  absence: 'na:not-applicable none:unknown notknown:unknown refused:declined withheld:withheld-for-safety',
  abuse: 'rape:sexual-abuse csem:csam childpornography:csam missing:separation slavery:trafficking',
  'contact-channel':
    'mobile:phone cell:phone telephone:phone landline:phone call:phone sms:text-message text:text-message whatsapp:messenger signal:messenger telegram:messenger chat:messenger letter:post visit:in-person home:in-person',
  gender:
    'f:female girl:female woman:female m:male boy:male man:male x:non-binary diverse:non-binary nonbinary:non-binary',
  lane: 'normal:routine standard:routine express:urgent high:urgent emergency:urgent immediate:urgent',
  'person-role':
    'victim:principal-child survivor:principal-child client:principal-child subject:principal-child patient:principal-child sibling:child brother:child sister:child parent:caregiver guardian:caregiver mother:caregiver father:caregiver perpetrator:suspected-person suspect:suspected-person offender:suspected-person abuser:suspected-person caller:reporter informant:reporter socialworker:professional caseworker:professional relative:family-member',
  priority:
    'low:routine normal:routine medium:routine high:urgent critical:stat emergency:stat immediate:stat',
  'referral-kind':
    'referral:victim-support case:victim-support childprotection:victim-support support:victim-support report:law-enforcement-report police:law-enforcement-report takedown:content-removal removal:content-removal verification:content-verification rfi:information-request question:information-request alert:advisory warning:advisory',
  risk: 'severe:high critical:high immediate:high urgent:high veryhigh:high extreme:high imminent:high moderate:medium minor:low',
  service:
    'cash:cash-assistance money:cash-assistance housing:shelter accommodation:shelter counselling:psychosocial counseling:psychosocial mentalhealth:psychosocial mhpss:psychosocial therapy:psychosocial medical:health healthcare:health legal:legal-assistance lawyer:legal-assistance school:education tracing:family-reunification',
  tlp: 'white:clear tlpwhite:clear',
  weekday:
    'mon:monday tue:tuesday wed:wednesday thu:thursday fri:friday sat:saturday sun:sunday mo:monday tu:tuesday we:wednesday th:thursday fr:friday sa:saturday su:sunday',
}

/** Wrong fields that people often write, such as "Person.phone", and the part of the object or referral where the value belongs. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'NetworkEvent.lines': 'places',
  'NetworkEvent.city': 'places',
  'Referral.type': 'kind',
  'Referral.child': 'people',
  'Referral.children': 'people',
  'Referral.victim': 'people',
  'Referral.suspect': 'people',
  'Referral.perpetrator': 'people',
  'Referral.persons': 'people',
  'Referral.description': 'narrative',
  'Referral.summary': 'narrative',
  'Referral.text': 'narrative',
  'Referral.urgent': 'lane',
  'Referral.priority': 'lane',
  'Referral.url': 'items',
  'Referral.urls': 'items',
  'Referral.risk': 'triage.risk',
  'Referral.country': 'triage.country',
  'Person.phone': 'contact.channels',
  'Person.telephone': 'contact.channels',
  'Person.mobile': 'contact.channels',
  'Person.email': 'contact.channels',
  'Person.address': 'contact.addresses',
  'Person.addresses': 'contact.addresses',
  'Contact.phone': 'channels',
  'Contact.email': 'channels',
  'Contact.address': 'addresses',
  'Item.md5': 'hashes',
  'Item.sha1': 'hashes',
  'Item.sha256': 'hashes',
  'Item.hash': 'hashes',
  'Relationship.relationship': 'type',
  'Relationship.person': 'to',
}

/** Field names in forms and standards, and the field of REX that means the same. Sources: FHIR R4, Primero, CyberTipline, HSDS, XARF. */
export const FIELDS: Readonly<Record<string, string>> = {
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

/** Fields for which people often give a list instead of a single value, and the field that accepts the list. */
export const LISTED: Readonly<Record<string, string>> = { 'Consent.services': 'forServices' }
