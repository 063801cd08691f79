// Tests of mistakes that newcomers make, and of the messages that they get. docs/spec/referral.md, "Validation"
import { expect, test } from 'vitest'
import { validate } from '../sendable.ts'
import './suggestions.ts'

const VALID = {
  kind: 'victim-support',
  test: true,
  triage: { risk: 'high' },
  handling: { tlp: 'amber-strict' },
  consents: [{ legalBasis: 'vital-interests' }],
  people: [{ id: 'child', roles: ['principal-child'] }],
}
const said = (draft: unknown) => {
  const validation = validate(draft)
  return validation.ok
    ? []
    : validation.problems.map(
        ({ path, message, suggestion }) =>
          `${path} ${message}${suggestion === undefined ? '' : ` → ${suggestion}`}`,
      )
}
const withPerson = (more: object) => ({ ...VALID, people: [{ ...VALID.people[0], ...more }] })
const withTriage = (more: object) => ({ ...VALID, triage: { ...VALID.triage, ...more } })
const withChannel = (more: object) => ({
  ...VALID,
  contact: { channels: [{ person: 'child', type: 'phone', value: '+380', ...more }] },
})
const withItem = (item: unknown) => ({
  kind: 'content-removal',
  test: true,
  triage: {},
  handling: VALID.handling,
  items: [item],
})

test('several problems are reported at once, even with an unknown kind and an unknown preset', () => {
  expect(
    said({ ...withTriage({ risk: 'critical' }), kind: 'child-protection', handling: 'standard' }),
  ).toEqual([
    expect.stringMatching(
      /^kind must be a code of the list referral-kind: victim-support, .* → victim-support$/,
    ),
    'triage.risk must be a code of the list risk: high, medium, low → high',
    'handling must not be text, which would name a preset: this kind has none',
  ])
  expect(said({ ...withPerson({ dob: '2014' }), handling: 'default', type: 'x' })).toEqual([
    'handling names a preset that does not exist for this kind → standard',
    'type is not a known field → kind',
    'people[0].dob is not a known field → dateOfBirth',
  ])
})

test.each<[unknown, string]>([
  // Lists in place of single values, and the reverse.
  [withTriage({ risk: ['high'] }), 'triage.risk expected one value, found a list'],
  [withTriage({ services: 'health' }), 'triage.services must be a list, even of one entry: [ … ]'],
  [withPerson({ names: ['A B'] }), 'people[0].names[0] must be an object with kind, full, parts, language'],
  [withPerson({ age: 9 }), 'people[0].age must be an object with basis, value, min, max, unit, asOf'],
  [{ ...VALID, narrative: 'A story' }, 'narrative must be a list, even of one entry: [ … ]'],
  [withTriage({ note: 'x' }), 'triage.note must be an object with text, language'],
  [withTriage({ country: null }), 'triage.country must not be null; omit the field if it is unknown'],
  [{ ...VALID, test: 'true' }, 'test must be true or false, without quotation marks'],
  [
    withTriage({ children: '2' }),
    'triage.children must be a whole number from 0 to 1000000, without quotation marks',
  ],
  // Forms.
  [
    withTriage({ country: 'Ukraine' }),
    'triage.country must be an ISO 3166-1 code of two capitals such as "UA"',
  ],
  [
    withTriage({ urgency: { reason: 'medical', due: '2026-11-24 09:00' } }),
    'triage.urgency.due must state its zone, as in "2026-05-09T14:30:00+02:00", or in "2026-05-09T12:30:00Z" for UTC',
  ],
  [
    withTriage({ urgency: { reason: 'medical', due: 1_795_000_000_000 } }),
    'triage.urgency.due must be text: a time with its zone such as "2026-05-09T14:30:00+02:00"',
  ],
  [
    withPerson({ dateOfBirth: '09.05.2014' }),
    'people[0].dateOfBirth must be a date such as "2014", "2014-05~", "2014-05-09" or "2014/2016-03"',
  ],
  // Names of fields, from standards, from forms, and from elsewhere in the referral.
  [withPerson({ date_of_birth: '2014' }), 'people[0]."date_of_birth" is not a known field → dateOfBirth'],
  [withPerson({ birthDate: '2014' }), 'people[0].birthDate is not a known field → dateOfBirth'],
  [withPerson({ first_name: 'A' }), 'people[0]."first_name" is not a known field → names'],
  [withPerson({ phone: '+380' }), 'people[0].phone is not a known field → contact.channels'],
  [withPerson({ nationality: 'UA' }), 'people[0].nationality is not a known field → nationalities'],
  [{ ...VALID, child: {} }, 'child is not a known field → people'],
  [withItem({ id: 'a', domain: 'site.example', md5: 'x' }), 'items[0].md5 is not a known field → hashes'],
  [
    withItem('https://site.example'),
    'items[0] must be an object with id, url, hashes, domain, account, siteType, …',
  ],
  // URLs that are written so that no program opens them.
  [
    withItem({ id: 'a', url: 'hxxps[:]//site[.]example/1' }),
    'items[0].url must be a URL such as "https://site.example/page", as it is, not defanged',
  ],
  // Codes: the suggestion has the same meaning, not just a similar spelling.
  [
    withTriage({ risk: 'immediate' }),
    'triage.risk must be a code of the list risk: high, medium, low → high',
  ],
  [
    withTriage({ services: ['cash'] }),
    'triage.services[0] must be a code of the list service → cash-assistance',
  ],
  [
    withTriage({ priority: 'high' }),
    'triage.priority must be a code of the list priority: routine, urgent, asap, stat → urgent',
  ],
  [
    withPerson({ gender: 'M' }),
    'people[0].gender must be a code of the list gender: female, male, non-binary, other → male',
  ],
  [
    withPerson({ gender: 'unknown' }),
    'people[0].gender must be a code of the list gender; a reason for having no value belongs in "absent"',
  ],
  [
    withPerson({ roles: ['victim'] }),
    'people[0].roles[0] must be a code of the list person-role → principal-child',
  ],
  [
    withPerson({ roles: ['perpetrator'] }),
    'people[0].roles[0] must be a code of the list person-role → suspected-person',
  ],
  [
    { ...VALID, handling: { tlp: 'TLP:WHITE' } },
    'handling.tlp must be a code of the list tlp: red, amber-strict, amber, green, clear → clear',
  ],
  [{ ...VALID, lane: 'express' }, 'lane must be one of routine, urgent → urgent'],
  [
    withChannel({ safeTimes: [{ days: ['Mon'], from: '15:00', until: '16:00', zone: 'UTC' }] }),
    'contact.channels[0].safeTimes[0].days[0] must be a code of the list weekday: monday, tuesday, wednesday, thursday, friday, saturday, sunday → monday',
  ],
  [
    withItem({ id: 'a', hashes: [{ type: 'SHA-256', value: 'ab' }] }),
    'items[0].hashes[0].type must be a code of the list hash-type → sha256',
  ],
])('%j is refused helpfully', (draft, message) => {
  expect(said(draft)).toEqual([message])
})

test('capitals without meaning are no problem', () => {
  expect(said(withItem({ id: 'a', url: 'HTTPS://site.example/A' }))).toEqual([])
  expect(
    said(
      withItem({
        id: 'a',
        domain: 'site.example',
        hashes: [{ type: 'md5', value: 'D41D8CD98F00B204E9800998ECF8427E' }],
      }),
    ),
  ).toEqual([])
})

test('an unknown word has no suggestion, rather than a wrong one', () => {
  expect(said(withTriage({ risk: 'purple' }))).toEqual([
    'triage.risk must be a code of the list risk: high, medium, low',
  ])
  expect(said(withPerson({ toString: 'x', shoeSize: 'x' }))).toEqual([
    'people[0].toString is not a known field',
    'people[0].shoeSize is not a known field',
  ])
})
