// Tests that every code of a problem is found in a case, with its path, in every language. docs/spec/referral.md, "Problems"
import { expect, test } from 'vitest'
import { codesOf, KINDS, sections, validate } from '../index.ts'
import { CARE, CHILD, NOW } from '../lint/fixture.ts'
import { deskProblem, FORMS, type Problem, problem, problemsOf } from '../messages/problem.ts'
import type { ProblemCode } from '../messages/problems.ts'
import { parseNeeds } from '../needs.ts'
import { expandPresets } from '../presets.ts'
import { parseReferral } from '../validate/validate.ts'
import { AR, EN, ES, FR, type Messages, remedyOf, translated } from './index.ts'

const LANGUAGES: readonly Messages[] = [EN, AR, ES, FR]

const refused = (work: () => unknown): readonly Problem[] => {
  try {
    work()
  } catch (error) {
    return problemsOf(error)
  }
  return []
}
const read = (changes: object) => refused(() => parseReferral({ ...CARE, ...changes }))
const triage = (changes: object) => read({ triage: { ...CARE.triage, ...changes } })
const child = (changes: object) => read({ people: [{ ...CHILD, ...changes }] })
const item = (changes: object) => read({ items: [{ id: 'i', url: 'https://site.example/', ...changes }] })
const draft = (changes: object) => refused(() => expandPresets({ ...CARE, ...changes }))
const nested = (depth: number): unknown => (depth === 0 ? 'x' : { x: nested(depth - 1) })
const getter = Object.defineProperty({}, 'note', {
  enumerable: true,
  get() {
    throw new Error('secret')
  },
})
const hashes = [{ type: 'md5', value: 'A'.repeat(32) }]

/** Makes an extension in this section with this value. */
const of = (section: string, value: object) => ({
  owner: 'https://ngo.example',
  version: 1,
  section,
  key: 'a',
  labels: [{ text: 'a', language: 'en' }],
  value,
  criticality: 'ordinary',
})

/** For each code, causes a problem or change with this code, or makes it if only the desk finds it. */
const CASES: Readonly<
  Record<ProblemCode, () => readonly Pick<Problem, 'path' | 'code' | 'message' | 'values'>[]>
> = {
  value: () => [problem('x', 'value', { fault: 'must be a function' })],
  null: () => triage({ risk: null }),
  empty: () => child({ school: '' }),
  boolean: () => read({ test: 1 }),
  'boolean-quoted': () => read({ test: 'true' }),
  integer: () => triage({ children: -1 }),
  'integer-quoted': () => triage({ children: '2' }),
  text: () => child({ school: 1 }),
  'text-form': () => child({ dateOfBirth: 2014 }),
  characters: () => child({ school: 'x'.repeat(10_000) }),
  form: () => triage({ country: 'Ukraine' }),
  'form-defanged': () => item({ url: 'hxxps[:]//site[.]example/' }),
  'zone-missing': () => triage({ urgency: { reason: 'medical', due: '2026-05-09T14:30' } }),
  code: () => triage({ services: ['dance'] }),
  'code-shown': () => triage({ risk: 'immense' }),
  'code-absence': () => triage({ risk: 'not-asked' }),
  choice: () => read({ lane: 'fast' }),
  list: () => refused(() => sections({ extensions: {} as never })),
  'list-of-one': () => read({ people: CHILD }),
  single: () => triage({ risk: ['high'] }),
  'list-empty': () => read({ people: [] }),
  entries: () => triage({ languages: Array.from({ length: 100 }, () => 'en') }),
  items: () => read({ items: Array.from({ length: 5001 }, () => ({})) }),
  object: () => refused(() => sections([] as never)),
  'object-with': () => read({ triage: [] }),
  'unknown-field': () => child({ shoeSize: 30 }),
  required: () => read({ triage: undefined }),
  'urgency-reason': () => triage({ urgency: {} }),
  'exactly-one': () => read({ extensions: [of('triage', { flag: true, integer: 1 })] }),
  'at-least-one': () => read({ items: [{ id: 'i' }] }),
  reasons: () => triage({ absent: [] }),
  'no-reason': () => triage({ absent: { shoeSize: 'unknown' } }),
  'reason-beside-value': () => triage({ risk: 'low', absent: { risk: 'unknown' } }),
  'id-twice': () => read({ people: [CHILD, CHILD] }),
  'id-unknown': () => read({ consents: [{ legalBasis: 'consent', givenBy: 'nobody' }] }),
  'no-section': () =>
    refused(() =>
      parseReferral({ ...CARE, extensions: [of('event', { flag: true })] }, { unknownCodes: 'keep' }),
    ),
  section: () => [deskProblem('extensions[0].section', 'section', { section: 'triage' })],
  unreadable: () => read({ triage: getter }),
  large: () => read({ items: Array.from({ length: 60_000 }, () => Array.from({ length: 20 }, () => 0)) }),
  deep: () => read({ triage: nested(70) }),
  'no-preset': () => draft({ handling: 'nightly' }),
  'no-presets': () => draft({ narrative: 'usual' }),
  'as-list': () => expandPresets({ ...CARE, incident: { country: 'UA' } }).notices,
  'scheme-case': () => expandPresets({ ...CARE, items: [{ id: 'i', url: 'HTTPS://site.example/' }] }).notices,
  'hash-case': () => expandPresets({ ...CARE, items: [{ id: 'i', hashes }] }).notices,
  'no-field': () => refused(() => parseNeeds({ 'victim-support': { must: ['triage.shoe'] } })),
  'no-recipient': () => [deskProblem('to', 'no-recipient')],
  'recipient-twice': () => [deskProblem('to', 'recipient-twice')],
  'no-thread': () => [deskProblem('follows', 'no-thread')],
  'in-group': () => [deskProblem('group', 'in-group')],
}
const CODES = Object.keys(CASES) as ProblemCode[]

test.each(CODES)('REX-REF-144 %s is found, and has a text in every language', (code) => {
  const found = CASES[code]().filter((one) => one.code === code)
  expect(found).not.toEqual([])
  expect(translated(found, EN)).toEqual(found)
  for (const messages of LANGUAGES)
    for (const { message } of translated(found, messages)) {
      expect(message.trim()).not.toBe('')
      expect(message).not.toMatch(/\{\w+\}|undefined|^\s|\s{2}/)
    }
})

test.each([AR, ES, FR])(
  'REX-REF-144 $language has every text with the placeholders of the English one',
  (messages) => {
    const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort()
    for (const table of ['problems', 'forms', 'remedies'] as const) {
      const [english, own]: Readonly<Record<string, string>>[] = [EN[table], messages[table]]
      expect(Object.keys(own ?? {}).sort()).toEqual(Object.keys(english ?? {}).sort())
      for (const [code, text] of Object.entries(english ?? {}))
        expect(placeholders(own?.[code] ?? ''), code).toEqual(placeholders(text))
    }
  },
)

test('REX-REF-144 no code is both a problem and a finding, and the English text of a form is that of its format', () => {
  expect(CODES.filter((code) => Object.hasOwn(EN.findings, code))).toEqual([])
  expect(Object.keys(EN.problems).sort()).toEqual([...CODES].sort())
  expect(EN.forms).toBe(FORMS)
})

test('REX-REF-102 a problem found by the lint also shows the English if it protects somebody', () => {
  const uncle = { id: 'uncle', roles: ['suspected-person'] }
  const contact = { channels: [{ type: 'phone', person: 'uncle', value: '+380501234567' }] }
  const validation = validate({ ...CARE, people: [CHILD, uncle], contact }, { now: NOW })
  const problems = validation.ok ? [] : translated(validation.problems, ES)
  expect(problems.find(({ code }) => code === 'reaches-suspected')).toMatchObject({
    path: 'contact.channels[0].person',
    message: 'es uncle, una persona sospechosa [is uncle, a suspected person]',
  })
})

test('REX-REF-144 a remedy states the suggestion, or where to find the codes', () => {
  const [code] = triage({ services: ['dance'] })
  const [field] = read({ triag: {} })
  const [other] = triage({ children: -1 })
  const said = [code, field, other].map((one) => remedyOf(one as Problem, FR))
  expect(said).toEqual([
    '`rex-desk codes service` les affiche.',
    'Vouliez-vous dire triage ?',
    'Corrigez-le.',
  ])
})

test('REX-REF-144 a problem repeats only names and codes, never a value', () => {
  const secret = 'Olena-Secret'
  const problems = [
    ...triage({ risk: secret, country: secret, children: secret, [secret]: undefined }),
    ...child({ dateOfBirth: secret, roles: [secret] }),
  ]
  expect(problems.length).toBeGreaterThan(4)
  expect(JSON.stringify(problems)).not.toContain(secret)
  expect(codesOf('referral-kind')).toEqual(Object.keys(KINDS))
})
