// Tests of masking. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { Referral } from '../../../core/referral/index.ts'
import { processorTime } from '../../../testing/harness/processor-time.ts'
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
      {
        lines: ['12 Quay Road'],
        city: 'Millbrook',
        postalCode: '1234 AB',
        landmark: { text: 'behind the mill', language: 'en' },
        country: 'NL',
      },
    ],
    never: [{ value: 'dad@mail.example' }],
  },
  accounts: [
    {
      id: 'a1',
      service: 'chat.example',
      handle: 'sunny_a',
      displayNames: ['Sunny'],
      urls: ['https://chat.example/sunny_a'],
    },
  ],
  incident: {
    types: ['online-enticement'],
    identifiers: [{ type: 'case-number', value: 'CT-4711' }],
    places: [{ lines: ['7 Harbour Lane'], city: 'Harbourton', country: 'NL' }],
    addresses: [{ address: '203.0.113.77', event: 'upload' }],
  },
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
  'harbour',
  '203.0.113',
  'riverside',
  'westerner',
  'old rite',
  'millbrook',
  '1234 ab',
]

test('names and identifying values are hidden everywhere, in free texts too', () => {
  const text = JSON.stringify(maskReferral(referral)).toLowerCase()
  for (const secret of SECRETS) expect(text).not.toContain(secret)
})

test('ids, roles, year of birth, service, rules of contact and other words stay visible', () => {
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
    displayNames: ['•••'],
    urls: ['•••'],
  })
})

test('events of the thread are masked by the names in the referral', () => {
  expect(maskTexts({ text: 'Met AMINA today.', list: ['x'], n: 1, no: null }, secretsOf(referral))).toEqual({
    text: 'Met ••• today.',
    list: ['x'],
    n: 1,
    no: null,
  })
  expect(maskTexts({ text: 'a' }, NOTHING)).toEqual({ text: 'a' })
})

test('a short name hides whole words only, a long one also their forms', () => {
  expect(hidden('An and Laminate, Aminas', 'An', 'Amina')).toBe('••• and Laminate, •••s')
  expect(hidden('a.b (x)+ ._.', '(x)+', 'a.b', '._.')).toBe('••• (•••)+ •••')
})

const NOTHING = { texts: [], dates: [] }
const hidden = (text: string, ...texts: string[]) => maskTexts({ text }, { ...NOTHING, texts }).text
const undated = (text: string, ...dates: string[]) => maskTexts({ text }, { ...NOTHING, dates }).text

test.each([
  ['O’Brien, O`Brien, OBrien, O BRIEN, Obrien’s', "O'Brien"],
  ['Sinead, SINE\u0301AD, Si\u00adnéad, Sinéads', 'Sinéad'],
  ['Mueller, Müller, MULLER', 'Müller'],
  ['Müller, Muller', 'Mueller'],
  ['Strasse, STRASSE', 'Straße'],
  ['Lodz, Łódź', 'Łódź'],
  ['احمد، أَحْمَد، وأحمد، لأحمد، الأحمد', 'أحمد'],
  ['یوسفی', 'يوسفي'],
  ['Anne-Marie, Anne Marie, AnneMarie', 'Anne-Marie'],
  ['山田花さん、山 田花', '山田花'],
  ['sunnyside @sunnyside @SunnySide', '@sunnyside'],
  ['sunny_a, sunny.a, Sunny-A', 'sunny_a'],
  ['🦄✨, 🦄 ✨', '🦄✨'],
  [
    '31612345678, +31-6-1234.5678, 0031 6 12345678, 06 1234 5678, ٠٦ ١٢٣٤ ٥٦٧٨, 6-12345678',
    '+31 6 1234 5678',
  ],
  ['dad@mail.example, DAD@MAIL.EXAMPLE, dad (at) mail', 'dad@mail.example'],
])('T-149 %s: nothing of it is shown', (text, secret) => {
  expect(hidden(text, secret).replace(/[^\p{L}\p{N}]/gu, '')).toMatch(/^(?:s|さん|و|ل|ال|at|dad|mail)*$/u)
})

test('T-149 days of birth are hidden in every usual spelling; other dates and numbers stay', () => {
  for (const day of [
    '2014-05-09',
    '9.5.2014',
    '09/05/2014',
    '05/09/14',
    '20140509',
    '9 May 2014',
    'May 9th, 2014',
    '9th of May',
    '9 de mayo de 2014',
    '9 mai 2014',
    '9. Mai',
    '٩ مايو ٢٠١٤',
    '9 травня 2014',
    'May 2014',
    '2014-05',
    '9/5',
  ])
    expect(undated(`born ${day} in town`, '2014-05-09')).toMatch(
      /^born [•. a-z]*•••(?: de 2014|, 2014)? in town$/,
    )
  const other = 'On 2014-06-09 there were 9 or 5 children, 5 to 9 years old; 10 June 2014; in 2014.'
  expect(undated(other, '2014-05-09')).toBe(other)
})

test('T-149 each word of a name is hidden, and the parts of a double one', () => {
  const names = [{ kind: 'legal', full: "Sinéad O'Brien-Li Bo" }]
  const narrative = [{ text: 'Sinead; O’Brien; brien; O’BRIEN LI; Li; Bo', language: 'en' }]
  const people = [{ id: 'a', roles: ['other'], names }]
  const [masked] = maskReferral({ people, narrative } as Partial<Referral>).narrative ?? []
  expect(masked?.text.replace(/[• ]/g, '')).toBe(';;;;;')
})

test('T-149 a name does not hide ordinary words', () => {
  expect(hidden('She is in a home, and not here.', 'Ina', 'Isa')).toBe('She is in a home, and not here.')
  const names = [{ kind: 'legal', full: 'María de la Cruz' }]
  const people = [{ id: 'a', roles: ['other'], names }]
  const narrative = [{ text: 'La casa de Cruz.', language: 'es' }]
  expect(maskReferral({ people, narrative } as Partial<Referral>).narrative?.[0]?.text).toBe(
    'La casa de •••.',
  )
})

test('T-149 two thousand handles in long texts take little time', () => {
  const handles = Array.from({ length: 2000 }, (_, i) => `player_${'a'.repeat(i % 40)}${i}`)
  const narrative = Array.from({ length: 16 }, () => ({
    text: 'player_aaaa aaaa '.repeat(1100),
    language: 'en',
  }))
  const accounts = handles.map((handle, i) => ({ id: `a${i}`, service: 'x', handle }))
  const busy = processorTime()
  maskReferral({ accounts, narrative })
  expect(busy()).toBeLessThan(4000)
})
