// Tests of the search for leaks. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { processorTime } from '../../../../testing/harness/processor-time.ts'
import { lint, type Referral } from '../../index.ts'
import { CARE, CHILD, found, MOTHER, PHONE } from '../fixture.ts'
import { findingsOf } from '../lint.ts'

test('a name, number or handle in a section that every recipient gets is an error; part of a word is not', () => {
  const note = (text: string) => found({ triage: { ...CARE.triage, note: { text, language: 'en' } } })
  expect(note('Please ask for ОЛЕНА ВИГАДАНА.')).toContain('error triage.note.text')
  expect(note('Call +380 44 555 01 99')).toContain('error triage.note.text')
  expect(note('Оленаx Вигаданаx')).toEqual([])
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
  expect(named(full, note)).toContain('error triage.note.text')
})

test.each([
  ['Ali', 'The alibi holds; allied services know.'],
  ['李', '行李在家里。'],
  ['علي', 'العلية في البيت عليها'],
  ['राम', 'आराम करना'],
  ['12', 'She is 12.'],
])('REX-REF-093 the name %s is no error in "%s"', (full, note) => {
  expect(named(full, note)).not.toContain('error triage.note.text')
})

test.each([
  ['Can', 'She can come.'],
  ['มา', 'เธอมาที่นี่'],
  ['まい', 'しまいました'],
])('REX-REF-093 a short name that may be an ordinary word is a warning: %s in "%s"', (full, note) => {
  expect(named(full, note)).toEqual(['warning triage.note.text'])
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

test.each<[string, Partial<Referral>, string]>([
  ['a word of a full name', {}, 'The Вигадана family moved.'],
  [
    'the line of an address',
    { contact: { ...CARE.contact, addresses: [{ people: ['child'], lines: ['12 Example Street'] }] } },
    'She lives at 12 Example Street.',
  ],
  ['a school', { people: [{ ...CHILD, school: 'Riverside Primary' }, MOTHER] }, 'Attends Riverside Primary.'],
  [
    'a profile',
    { accounts: [{ id: 'a', service: 'S', urls: ['https://s.example/xeniax'] }] },
    'See s.example/xeniax, https://s.example/xeniax',
  ],
  [
    'a network address',
    { incident: { types: ['csam'], addresses: [{ address: '203.0.113.77', event: 'upload' }] } },
    'Uploaded from 203.0.113.77.',
  ],
])('REX-REF-093 %s in a section that everybody gets is an error', (_, changes, text) => {
  expect(found({ ...changes, triage: { ...CARE.triage, note: { text, language: 'en' } } })).toContain(
    'error triage.note.text',
  )
  expect(found(changes)).not.toContain('error triage.note.text')
})

test.each([
  ['Mercy', 'The family is at the mercy of the landlord.'],
  ['Hope Xample', 'There is hope that she can stay.'],
  ['平安', '孩子现在平安。'],
  ['سلام', 'الطفل في سلام الآن'],
  ['Hope', 'hope'],
])(
  'REX-REF-093 the name %s is a word too: "%s" is a warning that names the text and the person',
  (full, note) => {
    const people = [{ ...CHILD, names: [{ kind: 'known-as', full }] }, MOTHER]
    const triage = { ...CARE.triage, note: { text: note, language: 'und' } }
    const findings = lint({ ...CARE, people, triage })
    expect(findings.map(({ severity, path }) => `${severity} ${path}`)).toEqual(['warning triage.note.text'])
    expect(findings[0]?.message).toContain('a word that is also a name of child')
    expect(findings[0]?.fix).toMatch(/If it means child, move it .* ordinary word, confirm it/)
  },
)

test.each<[string, Partial<Referral>, string]>([
  ['a handle', { accounts: [{ id: 'a', service: 'S', handle: 'teacher' }] }, 'A teacher knows.'],
  [
    'a place',
    { contact: { channels: [PHONE, { person: 'child', type: 'school', value: 'school' }] } },
    'Not at the school.',
  ],
  [
    'a town',
    { contact: { channels: [PHONE], addresses: [{ lines: ['Malakal'], precision: 'settlement' }] } },
    'From Malakal.',
  ],
  [
    'a word for a child',
    { people: [{ ...CHILD, names: [{ kind: 'known-as', full: 'Unborn baby Xample' }] }, MOTHER] },
    'Unborn child.',
  ],
])('REX-REF-093 %s that is an ordinary word tells no one', (_, changes, text) => {
  expect(found({ ...changes, triage: { ...CARE.triage, note: { text, language: 'en' } } })).toEqual([])
})

test('an advisory may describe its accounts', () => {
  const advisory = {
    title: { text: 'T', language: 'en' },
    description: [{ text: 'Pose as a modelling agency, Model_9.', language: 'en' }],
  }
  const accounts = [{ id: 'a', service: 'S', handle: 'Model_9', displayNames: ['Modelling Agency'] }]
  expect(
    lint({ kind: 'advisory', test: true, triage: {}, handling: { tlp: 'green' }, advisory, accounts }),
  ).toEqual([])
})

test('T-058 5 000 items and 500 people are searched in linear time', () => {
  const people = Array.from({ length: 500 }, (_, i) => ({
    id: `p${i}`,
    roles: ['suspected-person'],
    names: [{ kind: 'legal', full: `Given${i} Family${i}` }],
    identifiers: [{ type: 'phone-number', value: `+380 44 ${1_000_000 + i}` }],
  }))
  const items = Array.from({ length: 5000 }, (_, i) => ({
    id: `i${i}`,
    url: `https://site.example/${i}`,
    hashes: [{ type: 'md5', value: i.toString(16).padStart(32, '0') }],
    note: { text: `Found in thread ${1_000_000 + i}, second page.`, language: 'en' },
  }))
  const channels = Array.from({ length: 64 }, (_, i) => ({ ...PHONE, value: `+380 44 ${2_000_000 + i}` }))
  const never = channels.map(({ value }) => ({ value: value.replace('44 2', '44 3') }))
  const busy = processorTime()
  findingsOf({ ...CARE, people: [CHILD, MOTHER, ...people], items, contact: { channels, never } })
  expect(busy()).toBeLessThan(3000)
})
