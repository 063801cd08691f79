// Tests of masking and defanging. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { Referral } from '../../core/referral/index.ts'
import { defangText } from './defang.ts'
import { maskReferral, maskTexts, secretsOf } from './mask.ts'

const referral: Partial<Referral> = {
  people: [
    {
      id: 'child',
      roles: ['child'],
      names: [
        { kind: 'legal', full: 'Amina Yusuf', parts: [{ kind: 'given', text: 'Amina' }] },
        { kind: 'legal', full: 'أمينة يوسف' },
        { kind: 'transliteration', full: '山田花' },
      ],
      identifiers: [{ type: 'national-id', value: 'ZX-991' }],
      dateOfBirth: '2014-05-09',
      notes: [{ text: 'amina’s cousin; 山田花さん; ZX-991; call +99 555 0100', language: 'en' }],
    },
  ],
  contact: {
    channels: [{ person: 'child', type: 'phone', value: '+99 555 0100', voicemail: false }],
    addresses: [
      { lines: ['12 Quay Road'], landmark: { text: 'behind the mill', language: 'en' }, country: 'NL' },
    ],
    never: [{ value: 'dad@mail.example' }],
  },
  accounts: [
    {
      id: 'a1',
      service: 'chat.example',
      handle: 'sunny_a',
      displayName: 'Sunny',
      url: 'https://chat.example/sunny_a',
    },
  ],
  incident: { types: ['online-enticement'], identifiers: [{ type: 'case-number', value: 'CT-4711' }] },
  narrative: [{ text: 'Amina Yusuf lives at 12 Quay Road, writes as Sunny_A.', language: 'en' }],
  extensions: [
    {
      owner: 'https://x.example',
      version: 1,
      section: 'people',
      key: 'k',
      labels: [],
      value: { code: 'Mill-7' },
      criticality: 'normal',
    },
  ],
}

const SECRETS = [
  'amina',
  'yusuf',
  'أمينة',
  '山田花',
  'zx-991',
  '555 0100',
  'quay',
  'the mill',
  'dad@',
  'sunny',
  'ct-4711',
  'mill-7',
  '2014-05',
]

test('names and identifying values are hidden everywhere, in free texts too', () => {
  const text = JSON.stringify(maskReferral(referral)).toLowerCase()
  for (const secret of SECRETS) expect(text).not.toContain(secret)
})

test('what the work needs stays: ids, roles, year of birth, service, rules of contact, other words', () => {
  const masked = maskReferral(referral)
  expect(masked.people?.[0]).toMatchObject({ id: 'child', roles: ['child'], dateOfBirth: '2014' })
  expect(masked.people?.[0]?.notes?.[0]?.text).toBe('•••’s cousin; •••さん; •••; call •••')
  expect(masked.contact?.channels?.[0]).toEqual({
    person: 'child',
    type: 'phone',
    value: '•••',
    voicemail: false,
  })
  expect(masked.accounts?.[0]).toEqual({
    id: 'a1',
    service: 'chat.example',
    handle: '•••',
    displayName: '•••',
    url: '•••',
  })
})

test('events of the thread are masked by what the referral tells', () => {
  expect(maskTexts({ text: 'Met AMINA today.', list: ['x'], n: 1, no: null }, secretsOf(referral))).toEqual({
    text: 'Met ••• today.',
    list: ['x'],
    n: 1,
    no: null,
  })
  expect(maskTexts({ text: 'a' }, [])).toEqual({ text: 'a' })
})

test('a short name hides whole words only, a long one also their forms', () => {
  const secrets = ['An', 'Amina']
  expect(maskTexts({ text: 'An and Laminate, Aminas' }, secrets)).toEqual({ text: '••• and Laminate, •••s' })
  expect(maskTexts({ text: 'a.b (x)+' }, ['(x)+', 'a.b'])).toEqual({ text: '••• •••' })
})

test('URLs in texts cannot be clicked', () => {
  expect(defangText('see http://a.b.example/c and HTTPS://d.example.')).toBe(
    'see hxxp://a[.]b[.]example/c and hxxps://d[.]example.',
  )
})
