// Tests of contact safety, case by case: what is written, and what the lint finds. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { type Address, type Channel, lint, type Person, type Referral } from '../../index.ts'
import { CARE, CHILD, MOTHER, NOW, PHONE } from '../fixture.ts'
import { sameValue } from './same.ts'

const UNCLE: Person = {
  id: 'uncle',
  roles: ['suspected-person'],
  names: [{ kind: 'legal', full: 'Jan Zmyślony' }],
}
const safety = (changes: Partial<Referral>) =>
  lint({ ...CARE, people: [CHILD, MOTHER, UNCLE], ...changes }, { now: NOW })
    .filter(({ severity }) => severity === 'error')
    .map(({ code, path }) => `${code} ${path}`)
const channels = (...given: readonly Partial<Channel>[]) => ({
  channels: given.map((one) => ({ ...PHONE, ...one })),
})

/** A number, address or handle of the suspected uncle; the value of the mother's channel; whether her channel leads to him. */
const SAME: readonly (readonly [string, string, boolean])[] = [
  // Trunk prefixes and countries.
  ['+7 912 345 67 89', '8 (912) 345-67-89', true],
  ['+375 29 123 45 67', '8 029 123 45 67', true],
  ['+370 612 34567', '8-612-34567', true],
  ['+36 30 123 4567', '06 30 123 4567', true],
  ['+52 1 55 1234 5678', '+52 55 1234 5678', true],
  ['+52 55 1234 5678', '044 55 1234 5678', true],
  ['+54 9 11 1234-5678', '011 15 1234-5678', true],
  ['+54 9 11 1234-5678', '+54 11 1234 5678', true],
  ['+1 404 555 1212', '1-404-555-1212', true],
  ['+1 404 555 1212', '(404) 555-1212', true],
  ['+44 20 7946 0958', '011 44 20 7946 0958', true],
  ['+44 20 7946 0958', '020 7946 0958', true],
  ['+39 06 1234567', '0039 06 1234567', true],
  ['+49 (0)30 1234567', '+49 030 1234567', true],
  ['+81 90 1234 5678', '090-1234-5678', true],
  ['+61 412 345 678', '0412 345 678', true],
  ['+27 82 123 4567', '0821234567', true],
  ['+48 22 555 01 42', '+49 22 555 01 42', false],
  ['+1 404 555 1212', '+1 504 555 1212', false],
  ['+44 20 7946 0958', '+44 20 7946 0959', false],
  // Digits of other scripts, signs, links.
  ['+962 7 9555 0101', '٠٧٩٥٥٥٠١٠١', true],
  ['+93 70 123 4567', '۰۷۰ ۱۲۳ ۴۵۶۷', true],
  ['+91 98765 43210', '०९८७६५ ४३२१०', true],
  ['+48 22 555 01 42', '＋４８ ２２ ５５５ ０１ ４２', true],
  ['+48 22 555 01 42', '+48\u00a022\u2011555\u201101\u201142', true],
  ['+48 22 555 01 42', 'https://wa.me/48225550142', true],
  ['+48 22 555 01 42', 'whatsapp://send?phone=48225550142', true],
  ['+48 22 555 01 42', 'Tel.: 22/555.01.42 (mother)', true],
  ['+48 22 555 01 42', '+48225550143 / +48225550142', true],
  ['+48 22 555 01 42', 'user48225550142', false],
  // Extensions.
  ['+48 22 555 01 42', '+48 22 555 01 42 ext. 12', true],
  ['+48 22 555 01 42 x12', '0048225550142', true],
  ['+48 22 555 01 42 ext 12', '+48 22 555 01 42 ext 15', false],
  ['+7 495 123 45 67 доб. 12', '8 495 123-45-67 доб. 12', true],
  // E-mail.
  ['bob@x.example', 'Bob <BOB@X.EXAMPLE>', true],
  ['bob@x.example', 'bob+family@x.example', true],
  ['bob@x.example', 'bob [at] x [dot] example', true],
  ['b.o.b@gmail.com', 'bob@googlemail.com', true],
  ['b.o.b@x.example', 'bob@x.example', false],
  ['bob@bücher.example', 'bob@xn--bcher-kva.example', true],
  ['bob@x.example', 'bob@y.example', false],
  // Handles and profiles.
  ['@Dad_01', 'dad_01', true],
  ['https://t.me/dad_01', '@dad_01', true],
  ['https://www.site.example/Dad_01/', 'Signal: @dad_01', true],
  ['dad_01', 'dad.01', false],
]

test.each(SAME)('REX-REF-097 %s and %s reach the same: %s', (known, value, same) => {
  expect([sameValue(known, value), sameValue(value, known)]).toEqual([same, same])
  const type = known.includes('@') && !/[/]|^@/.test(known) ? 'e-mail' : 'phone-number'
  const people = [CHILD, MOTHER, { ...UNCLE, identifiers: [{ type, value: known }] }]
  expect(safety({ people, contact: channels({ type: 'messenger', value }) })).toEqual(
    same ? ['channel-leads-to contact.channels[0].value'] : [],
  )
  expect(
    safety({ contact: { ...channels({ type: 'messenger', value }), never: [{ value: known }] } }),
  ).toEqual(same ? ['channel-forbidden contact.channels[0]'] : [])
})

const rule = (type: string, to: string): Person => ({ ...CHILD, relationships: [{ type, to }] })
const brother: Person = { id: 'brother', roles: ['family-member'] }

test.each<[string, Partial<Referral>, readonly string[]]>([
  [
    'a rule at a third person',
    {
      people: [CHILD, { ...MOTHER, relationships: [{ type: 'must-not-be-told', to: 'brother' }] }, brother],
      contact: channels({ answeredBy: ['brother'] }),
    },
    ['reaches-not-told contact.channels[0].answeredBy[0]'],
  ],
  [
    'an account of the suspect as the owner of a number',
    {
      accounts: [{ id: 'a', service: 'S', person: 'uncle', urls: ['https://t.me/jan_z'] }],
      contact: channels({ type: 'messenger', value: '@jan_z' }),
    },
    ['channel-leads-to contact.channels[0].value'],
  ],
  [
    'a meeting through the suspect',
    { contact: channels({ type: 'in-person', value: 'at the gate, with Jan Zmyslony' }) },
    ['channel-leads-to contact.channels[0].value'],
  ],
  [
    'a letter to the suspect, in other spelling',
    {
      contact: {
        channels: [PHONE, { person: 'mother', type: 'post', value: '12, quay road; Port' }],
        addresses: [{ people: ['uncle'], lines: ['12 Quay Road'] }],
      },
    },
    ['channel-leads-to contact.channels[1].value'],
  ],
  [
    'a letter to where the suspect lived long ago',
    {
      contact: {
        channels: [PHONE, { person: 'mother', type: 'post', value: '12 Quay Road' }],
        addresses: [{ people: ['uncle'], lines: ['12 Quay Road'], use: 'old' }],
      },
    },
    [],
  ],
  [
    'the only way to the child is the home of the suspect, although the mother has a telephone',
    { contact: { ...channels({}), addresses: [{ people: ['child', 'uncle'], lines: ['1 A St'] }] } },
    ['address-shared contact.addresses[0].people'],
  ],
  [
    'the home of the suspect in an entry of its own, in other spelling',
    {
      contact: {
        ...channels({}),
        addresses: [
          { people: ['child'], lines: ['12 Quay Road', 'Port'] },
          { people: ['uncle'], lines: ['12, QUAY RD.'], city: 'Port' },
        ],
      },
    },
    ['address-shared contact.addresses[0].people'],
  ],
  [
    'the same street and number in another town, or long ago',
    {
      contact: {
        ...channels({}),
        addresses: [
          { people: ['child'], lines: ['12 Quay Road'], city: 'Port' },
          { people: ['uncle'], lines: ['12 Quay Road'], city: 'Haven' },
          { people: ['uncle'], lines: ['12 Quay Road'], city: 'Port', use: 'old' },
        ],
      },
    },
    [],
  ],
  [
    'the name that the suspect shows',
    {
      accounts: [{ id: 'a', service: 'S', handle: 'x1', person: 'uncle', displayNames: ['Big Jan'] }],
      contact: channels({ type: 'messenger', value: 'big jan' }),
    },
    ['channel-leads-to contact.channels[0].value'],
  ],
  [
    'a shared home that nobody visits or writes to',
    {
      contact: {
        ...channels({}),
        addresses: [{ people: ['child', 'uncle'], lines: ['1 A St'] }],
        never: [{ type: 'in-person' }, { type: 'post' }],
      },
    },
    [],
  ],
  [
    'never a channel of one person, of any type',
    { contact: { ...channels({}), never: [{ person: 'mother' }] } },
    ['reaches-not-contacted contact.channels[0].person'],
  ],
  [
    'never a type of one person',
    {
      contact: { ...channels({ type: 'text-message' }), never: [{ person: 'mother', type: 'text-message' }] },
    },
    ['channel-forbidden contact.channels[0]'],
  ],
  [
    'never a type of another person',
    {
      contact: { ...channels({ type: 'text-message' }), never: [{ person: 'child', type: 'text-message' }] },
    },
    [],
  ],
  [
    'consent by a caregiver, where the only one is suspected',
    {
      people: [CHILD, { ...UNCLE, roles: ['suspected-person', 'caregiver'] }],
      consents: [{ legalBasis: 'consent', subject: 'caregiver', services: true, disclosure: true }],
      contact: { absent: { channels: 'withheld-for-safety' } },
    },
    ['consent-by-suspected consents[0].subject'],
  ],
  [
    'consent by a caregiver, where the guardian of the child is suspected',
    {
      people: [rule('guardian', 'uncle'), UNCLE],
      consents: [{ legalBasis: 'consent', subject: 'caregiver', services: true, disclosure: true }],
      contact: { absent: { channels: 'withheld-for-safety' } },
    },
    ['consent-by-suspected consents[0].subject'],
  ],
  [
    'consent that needs none',
    {
      people: [rule('guardian', 'uncle'), MOTHER, UNCLE],
      consents: [{ legalBasis: 'legal-obligation', subject: 'caregiver' }],
    },
    [],
  ],
])('REX-REF-097 %s', (_, changes, found) => {
  expect(safety(changes)).toEqual(found)
})

test('a caregiver who may be the suspected one, or teaches the child, is a warning', () => {
  const warned = (changes: Partial<Referral>) =>
    lint({ ...CARE, ...changes }, { now: NOW }).map(({ code, values }) => [code, values.person])
  const consents = [{ legalBasis: 'consent', subject: 'caregiver', services: true, disclosure: true }]
  const father: Person = { id: 'father', roles: ['suspected-person'] }
  expect(warned({ people: [rule('father', 'father'), MOTHER, father], consents })).toEqual([
    ['consent-perhaps-by-suspected', 'father'],
  ])
  const school = { channels: [PHONE, { person: 'child', type: 'school', value: 'the office' }] }
  expect(warned({ people: [rule('teacher', 'father'), MOTHER, father], contact: school })).toEqual([
    ['school-of-suspected', 'father'],
  ])
})

test.each<[string, Partial<Channel>]>([
  ['the telephone of a school', { type: 'phone', value: '+380 44 555 01 00', device: 'school' }],
  ['the telephone of an office', { type: 'phone', value: '+380 44 555 01 00', device: 'professional' }],
  ['a school', { type: 'school', value: 'the office' }],
  ['a letter', { type: 'post', value: 'PO Box 1' }],
  ['a way through a professional', { type: 'through-professional', value: 'the midwife' }],
])('nobody asks for safe times or messages of %s', (_, given) => {
  const worker: Person = { id: 'worker', roles: ['professional'] }
  const contact = { channels: [PHONE, { person: 'child', type: 'phone', value: '', ...given }] }
  expect(lint({ ...CARE, people: [CHILD, MOTHER, worker], contact }, { now: NOW })).toEqual([])
})

const text = (text: string) => ({ text, language: 'en' })
/** An address of the child, an address of the suspected uncle, and whether both are the same door. */
const DOORS: readonly (readonly [Address, Address, boolean])[] = [
  [{ lines: ['12 Quay Road'], city: 'Port' }, { lines: ['12 Quay Road, Port'] }, true],
  [{ lines: ['12 Quay Road'] }, { lines: ['Quay Rd. 12'] }, true],
  [{ lines: ['12 Quay Road'] }, { lines: ['Quay Road', 'No. 12'] }, true],
  [{ lines: ['Flat 3, 12 Quay Road'] }, { lines: ['12 Quay Road', 'Apt 3'] }, true],
  [{ lines: ['12 شارع النيل'] }, { lines: ['١٢ شارع النيل'] }, true],
  [{ lines: ['вул. Садова, 12'] }, { lines: ['вулиця Садова, буд. 12'] }, true],
  [{ lines: ['Avda. de la Paz 3'] }, { lines: ['Avenida de la Paz, 3'] }, true],
  [{ lines: ['Hauptstr. 5'] }, { lines: ['Hauptstraße 5'] }, true],
  [{ lines: ['Zone 4', 'Block 12'] }, { lines: ['Block 12, Zone 4'] }, true],
  [{ landmark: text('Behind the water tank') }, { landmark: text('behind the water tank.') }, true],
  [{ lines: ['Flat 3, 12 Quay Road'] }, { lines: ['Flat 5, 12 Quay Road'] }, false],
  [{ lines: ['Flat 3', '9 Hill Street'] }, { lines: ['Flat 3', '12 Quay Road'] }, false],
  [{ lines: ['12 Quay Road'] }, { lines: ['21 Quay Road'] }, false],
  [{ lines: ['Zone 4', 'Block 12'] }, { lines: ['Zone 5', 'Block 12'] }, false],
  [{ landmark: text('the well'), city: 'A' }, { landmark: text('the well'), city: 'B' }, false],
]

test.each(DOORS)('REX-REF-097 %j and %j are the same door: %s', (child, uncle, same) => {
  const contact = (...addresses: Address[]) => ({ contact: { ...channels({}), addresses } })
  const both = [
    { people: ['child'], ...child },
    { people: ['uncle'], ...uncle },
  ] as const
  for (const [first, second] of [both, both.toReversed() as unknown as typeof both])
    expect(safety(contact(first, second)).length).toBe(same ? 1 : 0)
})

test.each<[string, Partial<Referral>, readonly string[]]>([
  [
    'a letter to the suspect, in another order',
    {
      contact: {
        channels: [PHONE, { person: 'child', type: 'post', value: 'Quay Rd. 12, Port' }],
        addresses: [{ people: ['uncle'], lines: ['12 Quay Road'] }],
      },
    },
    ['channel-leads-to contact.channels[1].value'],
  ],
  [
    'the telephone of the caregiver, where the only one is suspected',
    {
      people: [CHILD, { ...UNCLE, roles: ['suspected-person', 'caregiver'] }],
      contact: channels({ person: 'child', device: 'caregiver' }),
    },
    ['reaches-suspected contact.channels[0].device'],
  ],
  [
    'the telephone of the caregiver, where another one is not',
    {
      people: [CHILD, MOTHER, { ...UNCLE, roles: ['suspected-person', 'caregiver'] }],
      contact: channels({ person: 'child', device: 'caregiver' }),
    },
    [],
  ],
  [
    'a way through a professional, where the only one is suspected',
    {
      people: [CHILD, MOTHER, { ...UNCLE, roles: ['suspected-person', 'professional'] }],
      contact: channels({}, { person: 'child', type: 'through-professional', value: 'the coach' }),
    },
    ['channel-leads-to contact.channels[1].value'],
  ],
  [
    'a handle after the name of its service',
    {
      contact: {
        ...channels({ type: 'messenger', value: 'Snapchat: dad_01' }),
        never: [{ value: 'dad_01' }],
      },
    },
    ['channel-forbidden contact.channels[0]'],
  ],
  [
    'notification, although somebody must not be told',
    {
      people: [rule('must-not-be-told', 'brother'), MOTHER, brother],
      handling: { tlp: 'amber', notification: 'may' },
    },
    ['handling-contradiction handling.notification'],
  ],
  ['notification, where nobody must not be told', { handling: { tlp: 'amber', notification: 'may' } }, []],
])('REX-REF-097 %s', (_, changes, found) => {
  expect(safety(changes)).toEqual(found)
})

test('voice messages on a telephone of the family are a warning, like written ones', () => {
  const contact = channels({ person: 'child', device: 'shared-family', voicemail: true })
  expect(lint({ ...CARE, contact }, { now: NOW }).map(({ code, path }) => [code, path])).toEqual([
    ['messages-on-shared-device', 'contact.channels[0].voicemail'],
  ])
})

test('the school where the suspected person works is found in another spelling', () => {
  const people = [{ ...CHILD, school: 'A-B School' }, MOTHER, { ...UNCLE, organisation: 'a b  school' }]
  const contact = channels({}, { person: 'child', type: 'school', value: 'the office' })
  expect(lint({ ...CARE, people, contact }, { now: NOW }).map(({ code }) => code)).toEqual([
    'school-of-suspected',
  ])
})
