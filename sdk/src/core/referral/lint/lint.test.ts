// Tests of the lint. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { processorTime } from '../../../testing/harness/processor-time.ts'
import { type Channel, KINDS, lint, type Person, parseNeeds, type Referral } from '../index.ts'
import { findingsOf } from './lint.ts'

const NOW = Date.parse('2026-11-23T12:00Z')

const CHILD: Person = {
  id: 'child',
  roles: ['principal-child'],
  names: [{ kind: 'legal', full: 'Олена Вигадана' }],
  dateOfBirth: '2017',
}
const MOTHER: Person = { id: 'mother', roles: ['caregiver'] }
const PHONE: Channel = {
  person: 'mother',
  type: 'phone',
  value: '+380 44 555 01 99',
  device: 'own',
  voicemail: false,
  safeTimes: [{ from: '09:00', until: '10:00', zone: 'Europe/Kyiv' }],
}

const CARE: Referral = {
  kind: 'victim-support',
  test: true,
  triage: {
    ageBand: '7-10',
    country: 'UA',
    languages: ['uk'],
    risk: 'high',
    services: ['health'],
    abuse: ['neglect'],
  },
  handling: { tlp: 'amber-strict' },
  consents: [{ legalBasis: 'vital-interests' }],
  people: [CHILD, MOTHER],
  contact: { channels: [PHONE] },
  narrative: [{ text: 'Олена Вигадана is ill.', language: 'en' }],
}
const channel = (changes: object): Partial<Referral> => ({
  contact: { channels: [{ ...PHONE, ...changes }] },
})

const REMOVAL: Referral = {
  kind: 'content-removal',
  test: true,
  triage: { abuse: ['csam'] },
  handling: { tlp: 'amber' },
  incident: { types: ['csam'] },
  items: [
    {
      id: 'a',
      url: 'https://a.example/',
      hostingCountry: 'NL',
      classifications: [{ scheme: 'iwf', value: 'A' }],
    },
  ],
}
const item = (changes: object): Partial<Referral> => ({
  items: [{ ...REMOVAL.items?.[0], id: 'a', ...changes }],
})

const found = (changes: Partial<Referral>, base = CARE) =>
  lint({ ...base, ...changes }, { now: NOW }).map(({ severity, path }) => `${severity} ${path}`)
const without = (field: keyof Referral): Referral => {
  const { [field]: _, ...rest } = CARE
  return rest as Referral
}

test('a complete referral has no findings', () => {
  expect(lint(CARE, { now: NOW })).toEqual([])
  expect(lint(REMOVAL, { now: NOW })).toEqual([])
})

test.each<[string, Partial<Referral>, string]>([
  ['urgent without a reason', { lane: 'urgent' }, 'error triage.urgency'],
  [
    'a reason without a due time',
    { lane: 'urgent', triage: { ...CARE.triage, urgency: { reason: 'medical' } } },
    'warning triage.urgency.due',
  ],
  [
    'urgency that travels as routine',
    { triage: { ...CARE.triage, urgency: { reason: 'medical', due: '2026-11-24T00:00Z' } } },
    'warning lane',
  ],
  ['a place beyond the group', { group: { id: '0'.repeat(32), index: 4, size: 3 } }, 'error group.index'],
  ['contradicting handling', { handling: { tlp: 'red', onward: 'allowed' } }, 'error handling.onward'],
  ['people under a wide label', { handling: { tlp: 'green' } }, 'error people'],
  [
    'handling that has expired',
    { handling: { tlp: 'amber', expires: '2026-11-23T11:00Z' } },
    'error handling.expires',
  ],
  [
    'consent that covers too little',
    { consents: [{ legalBasis: 'consent', subject: 'caregiver', services: true }] },
    'error consents[0]',
  ],
  [
    'consent by nobody',
    { consents: [{ legalBasis: 'consent', services: true, disclosure: true }] },
    'warning consents[0]',
  ],
  [
    'consent that has expired',
    { consents: [{ legalBasis: 'contract', expires: '2026-01-01T00:00Z' }] },
    'error consents[0].expires',
  ],
  [
    'consent from the future',
    { consents: [{ legalBasis: 'contract', givenOn: '2027' }] },
    'error consents[0].givenOn',
  ],
  [
    'a section that the kind forbids',
    { items: [{ id: 'x', url: 'https://x.example/', absent: { classifications: 'unknown' } }] },
    'error items',
  ],
  ['two principal children', { people: [CHILD, { ...CHILD, id: 'b' }, MOTHER] }, 'error people'],
  [
    'a child without a name',
    { people: [{ id: 'child', roles: ['principal-child'], dateOfBirth: '2017' }, MOTHER] },
    'warning people[0].names',
  ],
  [
    'a child of no age',
    { people: [{ id: 'child', roles: ['principal-child'], names: CHILD.names ?? [] }, MOTHER] },
    'warning people[0].dateOfBirth',
  ],
  [
    'an age range upside down',
    { people: [{ ...CHILD, age: { min: 9, max: 7, basis: 'stated', asOf: '2026' } }, MOTHER] },
    'error people[0].age',
  ],
  [
    'an age that is value and range',
    { people: [{ ...CHILD, age: { value: 9, max: 10, basis: 'stated', asOf: '2026' } }, MOTHER] },
    'error people[0].age',
  ],
  [
    'an age of no day',
    { people: [{ ...CHILD, age: { value: 9, basis: 'stated' } }, MOTHER] },
    'warning people[0].age',
  ],
  ['no way to reach anybody', { contact: { never: [{ type: 'school' }] } }, 'error contact'],
  [
    'a channel to somebody who must not be contacted',
    { people: [{ ...CHILD, relationships: [{ type: 'must-not-contact', to: 'mother' }] }, MOTHER] },
    'error contact.channels[0].person',
  ],
  [
    'a channel that is never to be used',
    { contact: { ...CARE.contact, never: [{ value: PHONE.value }] } },
    'error contact.channels[0]',
  ],
  [
    "a suspected person's device",
    channel({ device: 'suspected-person' }),
    'error contact.channels[0].device',
  ],
  [
    'messages to a shared device',
    channel({ device: 'shared-family', messages: true }),
    'warning contact.channels[0].messages',
  ],
  ['messages not said', channel({ voicemail: undefined }), 'info contact.channels[0]'],
])('%s', (_, changes, finding) => {
  expect(found(changes)).toContain(finding)
})

test.each<[string, Partial<Referral>, string]>([
  [
    'a hash of the wrong shape',
    item({ hashes: [{ type: 'md5', value: 'ABC' }] }),
    'error items[0].hashes[0].value',
  ],
  ['seen last before first', item({ firstSeen: '2026', lastSeen: '2025' }), 'error items[0]'],
  [
    'an item at no place',
    item({ url: undefined, hashes: [{ type: 'md5', value: 'a'.repeat(32) }] }),
    'error items[0]',
  ],
  ['an item hosted nowhere', item({ hostingCountry: undefined }), 'warning items[0].hostingCountry'],
])('%s', (_, changes, finding) => {
  expect(found(changes, REMOVAL)).toContain(finding)
})

test('a report with nothing to follow is not to be sent', () => {
  const report: Referral = {
    kind: 'law-enforcement-report',
    test: true,
    triage: {},
    handling: { tlp: 'red' },
    incident: { types: ['csam'] },
  }
  expect(found({}, report)).toContain('error accounts')
  expect(found({ people: [MOTHER] }, report)).not.toContain('error accounts')
})

test('sections that must and should be there', () => {
  const missing = (field: keyof Referral) =>
    lint(without(field)).map(({ severity, path }) => `${severity} ${path}`)
  expect(missing('consents')).toContain('error consent')
  expect(missing('narrative')).toContain('warning narrative')
})

test('absence reasons are distinguished', () => {
  const { risk: _, ...triage } = CARE.triage
  const severity = (reason?: string) =>
    lint({ ...CARE, triage: { ...triage, ...(reason && { absent: { risk: reason } }) } }).map(
      ({ severity, message }) => `${severity}: ${message}`,
    )
  expect(severity()).toEqual(['warning: is missing; the recipient sets priorities by it'])
  expect(severity('not-asked')).toEqual(['warning: was not asked; the recipient sets priorities by it'])
  expect(severity('unknown')).toEqual(['info: is not known'])
  for (const answer of ['declined', 'withheld-for-safety', 'not-applicable'])
    expect(severity(answer)).toEqual([])
})

test('contact that is withheld for safety is no gap', () => {
  expect(found({ contact: { absent: { channels: 'withheld-for-safety' } } })).toEqual([])
})

test('a name, number or handle in a section that everybody gets is an error; part of a word is not', () => {
  const note = (text: string) => found({ triage: { ...CARE.triage, note: { text, language: 'en' } } })
  expect(note('Please ask for ОЛЕНА ВИГАДАНА.')).toContain('error triage')
  expect(note('Call +380 44 555 01 99')).toContain('error triage')
  expect(note('Оленаx Вигадана')).toEqual([])
})

const named = (full: string, note: string) =>
  found({
    people: [{ ...CHILD, names: [{ kind: 'known-as', full }] }, MOTHER],
    triage: { ...CARE.triage, note: { text: note, language: 'und' } },
  })

test.each([
  ['Ali', 'Ali is eight.'],
  ['Ali', 'ALI: urgent'],
  ['Bo', "Ask Bo's school."],
  ['José', 'Jose is eight.'],
  ['Ёжик', 'Это Ежик.'],
  ['李明', '孩子李明八岁。'],
  ['李 明', '孩子李明八岁。'],
  ['みさき', 'お母さんとみさきの家'],
  ['マリー', 'マリーさんは八歳です'],
  ['민수', '민수가 여덟 살입니다.'],
  ['สมชาย', 'เด็กชื่อสมชายอายุแปดปี'],
  ['នារី', 'ក្មេងឈ្មោះនារីអាយុ'],
  ['علي', 'الطفل علي عمره ثمانية'],
  ['علي', 'عَلِيّ عمره ثمانية'],
  ['مريم', 'الطفل ولمريم أخ'],
  ['משה', 'הילד ומשה בבית'],
  ['राम', 'राम आठ साल का है'],
  ['+380 44 555 01 99', 'Call +380-44-555-01-99'],
])('REX-REF-093 the name %s is found in "%s", which everybody gets', (full, note) => {
  expect(named(full, note)).toContain('error triage')
})

test.each([
  ['Ali', 'The alibi holds; allied services know.'],
  ['李', '行李在家里。'],
  ['علي', 'العلية في البيت عليها'],
  ['राम', 'आराम करना'],
  ['12', 'She is 12.'],
])('REX-REF-093 the name %s is no error in "%s"', (full, note) => {
  expect(named(full, note)).not.toContain('error triage')
})

test.each([
  ['Can', 'She can come.'],
  ['มา', 'เธอมาที่นี่'],
  ['まい', 'しまいました'],
])('REX-REF-093 a short name that may be an ordinary word is a warning: %s in "%s"', (full, note) => {
  expect(named(full, note)).toEqual(['warning triage'])
})

test('T-058 leaks are searched in linear time, whatever is repeated', () => {
  const names = Array.from({ length: 1000 }, (_, i) => ({
    kind: 'known-as',
    full: `${'a '.repeat(90)}${i}`,
  }))
  const hostile = ['a '.repeat(50_000), 'ל'.repeat(100_000), '李'.repeat(100_000), 'a'.repeat(100_000)]
  const busy = processorTime()
  const triage = { ...CARE.triage, note: { text: hostile.join(' '), language: 'und' } }
  findingsOf({ ...CARE, people: [{ ...CHILD, names }, MOTHER], triage })
  expect(busy()).toBeLessThan(2000)
})

test('the same finding at many places is one finding, the worst come first', () => {
  const items = Array.from({ length: 1000 }, (_, i) => ({ id: `u${i}`, url: `https://a.example/${i}` }))
  const findings = lint({ ...REMOVAL, lane: 'urgent', items })
  expect(findings.map(({ severity, path }) => `${severity} ${path}`)).toEqual([
    'error triage.urgency',
    'warning items[0].hostingCountry',
    'warning items[0].classifications',
  ])
  expect(findings[1]?.message).toContain('(and 999 more)')
  for (const { message, fix } of findings) expect(message && fix).toBeTruthy()
})

const needed = (needs: object, changes: object = {}, base = CARE) =>
  lint(base, { for: { needs: { 'victim-support': needs }, ...changes } }).map(
    ({ severity, path }) => `${severity} ${path}`,
  )

test('REX-REF-095 a missing field is an error if the recipient must have it, a warning if it should', () => {
  expect(needed({ must: ['triage.risk', 'people.id', 'contact.channels.safeTimes'] })).toEqual([])
  const must = ['triage.area.code', 'people.dateOfBirth', 'triage.risk.level', '__proto__']
  expect(needed({ must, should: ['people.gender'] })).toEqual([
    'error triage.area.code',
    'error people.dateOfBirth',
    'error triage.risk.level',
    'error __proto__',
    'warning people.gender',
  ])
  expect(lint(CARE, { for: { needs: {} } })[0]).toMatchObject({ severity: 'error', path: 'kind' })
  expect(lint(CARE, { for: {} })).toEqual([])
})

test('REX-REF-095 each of several recipients is named, and judged by the sections that it gets', () => {
  const must = ['triage.risk', 'people.names']
  const of = (organisation: string, sections: string[]) => ({
    organisation,
    sections,
    needs: { 'victim-support': { must } },
  })
  const all = [of('https://a.example', ['triage']), of('https://b.example', ['triage', 'people'])]
  expect(
    lint({ ...CARE, people: [CHILD, { ...MOTHER, names: CHILD.names ?? [] }] }, { for: all }),
  ).toMatchObject([{ path: 'people.names', message: 'is needed by https://a.example' }])
})

test('a reason for absence answers a need, unless nobody asked', () => {
  const findingsOf = (gender: string) =>
    needed({ must: ['triage.gender'] }, {}, { ...CARE, triage: { ...CARE.triage, absent: { gender } } })
  expect(findingsOf('declined')).toEqual([])
  expect(findingsOf('not-asked')).toEqual(['error triage.gender'])
})

test('code lists that the recipient does not know are named', () => {
  const { tlp: _, ...codeLists } = Object.fromEntries(['tlp', 'risk'].map((name) => [name, 1]))
  const warned = needed({}, { codeLists })
  expect(warned).toContain('warning tlp')
  expect(warned).not.toContain('warning risk')
})

test.each<[unknown, string]>([
  [{ 'victim-suport': {} }, 'did you mean victim-support?'],
  [{ 'victim-support': { mst: ['triage.risk'] } }, 'did you mean must?'],
  [{ 'victim-support': { must: ['triage.rsk'] } }, 'names no field: triage.rsk; did you mean risk?'],
  [{ 'victim-support': { must: ['kind'] } }, 'names no field: kind'],
  [{ 'victim-support': { must: ['triage.__proto__'] } }, 'names no field: triage.__proto__'],
  [{ 'victim-support': { must: 'triage.risk' } }, 'must be a list'],
  [{ advisory: { must: Array(65).fill('triage.risk') } }, 'at most 64 entries'],
  [
    Object.fromEntries(
      Object.keys(KINDS).map((kind) => [kind, { must: Array(64).fill('contact.channels.safeTimes') }]),
    ),
    'at most 8192 characters',
  ],
])('REX-REF-096 needs %j are refused with the field', (value, message) => {
  expect(() => parseNeeds(value)).toThrow(message)
})

test('REX-REF-096 valid needs are accepted unchanged', () => {
  const needs = { 'victim-support': { must: ['people.names.full'], should: ['triage'] }, advisory: {} }
  expect(parseNeeds(needs)).toBe(needs)
})
