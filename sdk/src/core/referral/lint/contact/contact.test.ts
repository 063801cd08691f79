// Tests of contact safety. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import type { Channel, Person, Referral } from '../../index.ts'
import { safeContact } from '../../labels/index.ts'
import { CARE, CHILD, found, MOTHER, PHONE } from '../fixture.ts'
import { sameValue } from './same.ts'

const UNCLE: Person = { id: 'uncle', roles: ['family-member'] }
const SUSPECT: Person = { id: 'uncle', roles: ['suspected-person'] }
const withRule = (type: string): Person => ({ ...CHILD, relationships: [{ type, to: 'uncle' }] })
const errors = (changes: Partial<Referral>) => found(changes).filter((finding) => finding.startsWith('error'))
const using = (people: readonly Person[], change: Partial<Channel>, contact: object = {}) =>
  errors({ people, contact: { channels: [{ ...PHONE, ...change }], ...contact } })

const ENDANGERING: readonly (readonly [string, readonly Person[], object])[] = [
  ['is suspected', [CHILD, MOTHER, SUSPECT], {}],
  ['must not be contacted', [withRule('must-not-contact'), MOTHER, UNCLE], {}],
  ['must not be told', [withRule('must-not-be-told'), MOTHER, UNCLE], {}],
  ['is in the never-contact list', [CHILD, MOTHER, UNCLE], { never: [{ person: 'uncle' }] }],
]

test.each(ENDANGERING)('REX-REF-097 no channel leads to a person who %s', (_, people, contact) => {
  expect(using(people, { person: 'uncle' }, contact)).toEqual(['error contact.channels[0].person'])
  expect(using(people, { answeredBy: ['mother', 'uncle'] }, contact)).toEqual([
    'error contact.channels[0].answeredBy[1]',
  ])
  expect(using(people, { owner: 'uncle' }, contact)).toEqual(['error contact.channels[0].owner'])
  expect(using(people, { answeredBy: ['mother'], owner: 'mother' }, contact)).toEqual([])
})

test('REX-REF-097 a number of somebody who must not be reached is found in channels of others, in any spelling', () => {
  const people = (value: string) => [
    CHILD,
    MOTHER,
    {
      ...SUSPECT,
      identifiers: [
        { type: 'phone-number', value },
        { type: 'passport', value: PHONE.value },
      ],
    },
  ]
  for (const value of ['0044 380 44 555 01 99', '+380445550199', '044 555-01-99'])
    expect(using(people(value.replace('0044 ', '00')), {})).toEqual(['error contact.channels[0].value'])
  expect(using(people('+380 44 555 01 98'), {})).toEqual([])
  const accounts = [{ id: 'a', service: 'S', handle: '@Dad', person: 'uncle' }]
  const contact = { channels: [{ ...PHONE, type: 'messenger', value: 'dad' }] }
  expect(errors({ people: [CHILD, MOTHER, SUSPECT], accounts, contact })).toEqual([
    'error contact.channels[0].value',
  ])
})

test.each<[object, Partial<Channel>, boolean]>([
  [{ value: '+380 (44) 555-01-99' }, {}, true],
  [{ type: 'phone' }, {}, true],
  [{ type: 'phone', person: 'mother' }, {}, true],
  [{ type: 'phone', person: 'child' }, {}, false],
  [{ type: 'text-message', value: '+380445550199' }, {}, false],
  [{ type: 'school' }, { type: 'school', value: 'room 4' }, true],
  [{ value: 'A@B.example' }, { type: 'e-mail', value: 'mailto:a@b.example' }, true],
])('REX-REF-097 never %j, channel %j: %s', (never, change, forbidden) => {
  expect(using([CHILD, MOTHER], change, { never: [never] }).length > 0).toBe(forbidden)
})

test('an address shared with somebody who must not be reached is an error if it is the only way, else a warning', () => {
  const people = [CHILD, MOTHER, SUSPECT]
  const addresses = (change: object) => [{ people: ['mother', 'uncle'], lines: ['12 Quay Road'], ...change }]
  const shared = (change: object, contact: object = {}) =>
    found({ people, contact: { addresses: addresses(change), ...contact } })
  expect(shared({})).toContain('error contact.addresses[0].people')
  expect(shared({}, { channels: [PHONE] })).toEqual(['warning contact.addresses[0].people'])
  expect(shared({ precision: 'area' })).toEqual([])
  expect(shared({ people: ['mother'] })).toEqual([])
  expect(shared({}, { channels: [PHONE], never: [{ type: 'in-person' }, { type: 'post' }] })).toEqual([])
  expect(shared({ people: ['uncle'] })).toContain('error contact')
  expect(safeContact({ people, contact: { addresses: addresses({}) } })).toEqual([
    'mother: no visit and no letter without asking the sender, to the address shared with uncle',
  ])
})

test('a suspected person may not consent, and nobody who must not be told may be informed', () => {
  const consents = [{ legalBasis: 'consent', services: true, disclosure: true, givenBy: 'uncle' }]
  expect(errors({ people: [CHILD, MOTHER, SUSPECT], consents })).toEqual(['error consents[0].givenBy'])
  expect(errors({ people: [CHILD, MOTHER, UNCLE], consents })).toEqual([])
  const both = { people: [withRule('must-not-be-told'), MOTHER, SUSPECT], consents }
  expect(errors({ ...both, contact: { ...CARE.contact, never: [{ person: 'uncle' }] } })).toContain(
    'error consents[0].givenBy',
  )
  const informed = [{ legalBasis: 'vital-interests', informedPeople: ['mother', 'uncle'] }]
  expect(errors({ people: [withRule('must-not-be-told'), MOTHER, UNCLE], consents: informed })).toEqual([
    'error consents[0].informedPeople[1]',
  ])
})

test('questions are asked only where they make sense', () => {
  const worker: Person = { id: 'worker', roles: ['professional'] }
  const asked = (channel: Channel) =>
    found({ people: [CHILD, MOTHER, worker], contact: { channels: [channel] } }, CARE)
  for (const [type, value] of [
    ['phone', '+31 20 555 01 00'],
    ['e-mail', 'a@b.example'],
  ] as const)
    expect(asked({ person: 'worker', type, value })).toEqual([])
  for (const type of ['post', 'school']) expect(asked({ person: 'mother', type, value: 'Box 1' })).toEqual([])
  expect(asked({ person: 'mother', type: 'phone', value: '+31 20 555 01 00' })).toEqual([
    'warning contact.channels[0].safeTimes',
    'warning contact.channels[0].device',
    'info contact.channels[0]',
  ])
  const through = [{ person: 'child', type: 'through-professional', value: 'x' }]
  expect(found({ contact: { channels: through } })).toEqual(['warning contact.channels[0]'])
})

test.each([
  ['+48225550142', '+48 22 555 01 42', true],
  ['0048 (22) 555-01-42', 'tel:+48225550142', true],
  ['022 555 01 42', '+48 22 555 01 42', true],
  ['WhatsApp +٩٦٢ ٧ ٩٥٥٥ ٠١٠١', '+962 (0)7 9555 0101', true],
  ['+48225550142', '+48225550143', false],
  ['12', '112', false],
  ['User1234567', 'x', false],
  ['A@B.example', 'a@b.example', true],
  ['https://s.example/a/', 'HTTPS://s.example/a', true],
])('%s and %s reach the same: %s', (a, b, same) => {
  expect([sameValue(a, b), sameValue(b, a)]).toEqual([same, same])
})
