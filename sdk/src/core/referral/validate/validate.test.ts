// Tests of the validation of untrusted JSON. docs/spec/referral.md, "Validation"
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { processorTime } from '../../../testing/harness/processor-time.ts'
import { parseReferral, problemsOf, type Referral } from '../index.ts'
import { checkReferral as validate } from './validate.ts'
import './suggestions.ts'

const VALID: Referral = {
  kind: 'victim-support',
  test: true,
  triage: { risk: 'high', languages: ['uk'] },
  handling: { tlp: 'amber-strict' },
  people: [
    { id: 'child', roles: ['principal-child'], relationships: [{ type: 'mother', to: 'mother' }] },
    { id: 'mother', roles: ['caregiver'], names: [{ kind: 'legal', full: 'Олена' }] },
  ],
}

const problems = (value: unknown) => {
  const result = validate(value)
  return result.ok ? [] : result.problems
}
const withTriage = (triage: object) => ({ ...VALID, triage })
const withNote = (text: unknown) => withTriage({ note: { text, language: 'en' } })
const withId = (id: unknown) => ({ ...VALID, people: [{ id, roles: ['child'] }] })

test('a valid referral is returned unchanged', () => {
  expect(validate(VALID)).toEqual({ ok: true, referral: VALID })
  expect(parseReferral(VALID)).toBe(VALID)
})

test('a typo in a field name is refused, named, with a suggestion', () => {
  expect(problems({ ...VALID, people: [{ id: 'a', roles: ['child'], dateOfBrith: '2014' }] })).toMatchObject([
    { path: 'people[0].dateOfBrith', message: 'is not a known field', suggestion: 'dateOfBirth' },
  ])
  expect(problems({ ...VALID, triag: {} })).toContainEqual({
    path: 'triag',
    code: 'unknown-field',
    values: {},
    message: 'is not a known field',
    suggestion: 'triage',
  })
})

test('a typo in a code is refused with a suggestion, but kept in a referral from somebody else', () => {
  const value = withTriage({ risk: 'hihg' })
  expect(problems(value)).toEqual([
    {
      path: 'triage.risk',
      code: 'code-shown',
      values: { list: 'risk', codes: 'high, medium, low' },
      message: 'must be a code of the list risk: high, medium, low',
      suggestion: 'high',
    },
  ])
  expect(validate(value, { unknownCodes: 'keep' }).ok).toBe(true)
  expect(validate(withTriage({ risk: 'HIGH!' }), { unknownCodes: 'keep' }).ok).toBe(false)
})

test('every problem is reported, and the error leads to all of them', () => {
  const value = { kind: 'victim-support', handling: { tlp: 'pink' }, triage: { children: -1 } }
  expect(problems(value).map(({ path }) => path)).toEqual(['test', 'triage.children', 'handling.tlp'])
  try {
    parseReferral(value)
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ reason: 'INVALID_REFERRAL', metadata: { path: 'test' } })
    expect((error as Error).message).toBe('test is required (and 2 more).')
    expect(problemsOf(error)).toHaveLength(3)
  }
})

test.each([
  ['null', null, ''],
  ['a list', [], ''],
  ['a text', 'x', ''],
  ['an empty text', withNote(''), 'triage.note.text'],
  ['an empty list', withTriage({ languages: [] }), 'triage.languages'],
  ['a list that is too long', withTriage({ languages: Array(17).fill('uk') }), 'triage.languages'],
  ['a text that is too long', withNote('a'.repeat(20_001)), 'triage.note.text'],
  ['a number as text', withTriage({ children: '2' }), 'triage.children'],
  [
    'a day that does not exist',
    { ...VALID, people: [{ id: 'a', roles: ['child'], dateOfBirth: '2014-02-30' }] },
    'people[0].dateOfBirth',
  ],
  [
    'a time without its zone',
    withTriage({ urgency: { reason: 'medical', due: '2026-11-24T09:00' } }),
    'triage.urgency.due',
  ],
  ['a reason beside a value', withTriage({ risk: 'low', absent: { risk: 'unknown' } }), 'triage.absent.risk'],
  [
    'a reason for a field that needs none',
    withTriage({ absent: { services: 'unknown' } }),
    'triage.absent.services',
  ],
  ['an item that says nothing', { ...VALID, items: [{ id: 'a' }] }, 'items[0]'],
  ['two values of an extension', extensionOf({ flag: true, integer: 1 }), 'extensions[0].value'],
  ['a lane that does not exist', { ...VALID, lane: 'fast' }, 'lane'],
])('%s is refused with its path', (_, value, path) => {
  expect(problems(value)[0]?.path).toBe(path)
})

function extensionOf(value: object): object {
  const labels = [{ text: 'L', language: 'en' }]
  const extension = {
    owner: 'https://a.example',
    version: 1,
    section: 'triage',
    key: 'k',
    labels,
    value,
    criticality: 'informative',
  }
  return { ...VALID, extensions: [extension] }
}

test('ids are unique, and references resolve', () => {
  const people = [
    { id: 'a', roles: ['child'], relationships: [{ type: 'mother', to: 'nobody' }] },
    { id: 'a', roles: ['caregiver'] },
  ]
  const accounts = [{ id: 'x', service: 's', handle: 'h', person: 'b' }]
  expect(problems({ ...VALID, people, accounts }).map(({ path }) => path)).toEqual([
    'people[1].id',
    'people[0].relationships[0].to',
    'accounts[0].person',
  ])
})

test('an extension in no section of a referral would be lost, and is refused', () => {
  const [extension] = (extensionOf({ flag: true }) as Referral).extensions ?? []
  const inSection = (section: string) => ({ ...VALID, extensions: [{ ...extension, section }] })
  expect(problems(inSection('people'))).toEqual([])
  expect(problems(inSection('event'))[0]?.path).toBe('extensions[0].section')
})

test('T-055 numbers are exact or refused', () => {
  for (const children of [2 ** 53, 1.5, -0, Number('1e400'), Number.NaN]) {
    expect(problems(withTriage({ children }))).toHaveLength(1)
  }
  expect(problems(extensionOf({ integer: Number.MAX_SAFE_INTEGER }))).toEqual([])
  expect(problems(extensionOf({ integer: Number.MAX_SAFE_INTEGER + 1 }))).toHaveLength(1)
})

test('T-056 content is kept as written: bidi controls, both normal forms, joiners', () => {
  for (const text of ['\u200fمريم\u202c', 'é', 'e\u0301', '👩‍👧', 'a\nb\tc']) {
    expect(problems(withNote(text))).toEqual([])
  }
})

test('T-056 broken characters and NUL are refused in content', () => {
  for (const text of ['a\u0000', '\ud800', 'x\udc00y']) {
    expect(problems(withNote(text))[0]?.path).toBe('triage.note.text')
  }
})

test('T-056 identifiers with control or invisible characters are refused', () => {
  for (const id of ['a\u202eb', 'a\u200bb', 'a b', 'é', '../a', '', 'a'.repeat(65), '__proto__']) {
    expect(problems(withId(id))[0]?.path).toBe('people[0].id')
  }
  const account = (handle: string) => ({ ...VALID, accounts: [{ id: 'x', service: 's', handle }] })
  expect(problems(account('sky\u202efox'))[0]?.path).toBe('accounts[0].handle')
  expect(problems(account('ni\u00f1o_\u0e01'))).toEqual([])
})

test('T-057 keys that would pollute prototypes are refused as unknown fields', () => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString']) {
    const value = JSON.parse(`{"triage":{"${name}":{"polluted":true},"absent":{"${name}":"unknown"}}}`)
    const paths = problems({ ...VALID, ...value }).map(({ path }) => path)
    expect(paths[0]).toContain(name)
    expect(paths[1]).toContain(name)
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('T-057 class instances and lists are no objects', () => {
  expect(problems(withTriage(new Map()))).not.toEqual([])
  expect(problems(withTriage(Object.create({ risk: 'high' })))).not.toEqual([])
})

test('T-052 deep nesting is refused without recursion into it', () => {
  const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
  expect(problems(withTriage({ note: deep }))[0]?.path).toBe('triage.note')
})

test('T-062 any JSON gives a result and changes nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const before = JSON.stringify(value)
      validate(value)
      expect(JSON.stringify(value)).toBe(before)
    }),
  )
})

test('T-058 a hundred thousand unknown fields are refused quickly, and only the first are listed', () => {
  const names = Array.from({ length: 100_000 }, (_, i) => [`langauges${i}`, 'unknown'])
  const busy = processorTime()
  const found = problems(withTriage({ ...Object.fromEntries(names), absent: Object.fromEntries(names) }))
  expect(busy()).toBeLessThan(2000)
  expect(found).toHaveLength(100)
})

test('T-058 long texts are checked in linear time', () => {
  const hostile = `${'a-'.repeat(100_000)}!`
  const busy = processorTime()
  validate({
    ...VALID,
    kind: hostile,
    triage: { country: hostile, languages: [hostile], note: { text: hostile, language: hostile } },
  })
  expect(busy()).toBeLessThan(500)
})

test.each<[object, string, string]>([
  [{ people: [{ id: 'a', roles: ['child'], birthDate: '2014' }] }, 'people[0].birthDate', 'dateOfBirth'],
  [
    { people: [{ id: 'a', roles: ['child'], date_of_birth: '2014' }] },
    'people[0]."date_of_birth"',
    'dateOfBirth',
  ],
  [
    { people: [{ id: 'a', roles: ['child'], livingSituation: 'x' }] },
    'people[0].livingSituation',
    'careArrangement',
  ],
  [{ triage: { age_band: '0-2' } }, 'triage."age_band"', 'ageBand'],
  [{ triage: { services: ['health/medical'] } }, 'triage.services[0]', 'health'],
  [{ consents: [{ legalBasis: 'consent', services: ['health'] }] }, 'consents[0].services', 'forServices'],
  [{ incident: { types: ['csam'], addresses: [{ lines: ['x'] }] } }, 'incident.addresses[0].lines', 'places'],
])('REX-REF-051 %j suggests what is meant', (changes, path, suggestion) => {
  expect(problems({ ...VALID, ...changes })).toContainEqual(expect.objectContaining({ path, suggestion }))
})

test('REX-REF-051 no code is suggested that only looks alike', () => {
  const [problem] = problems(
    withTriage({ services: ['cash-assistanze', 'rash-assistance', 'digital-assistance'] }),
  )
  expect(problem?.suggestion).toBe('cash-assistance')
  expect(problems(withTriage({ services: ['digital-assistance'] }))[0]?.suggestion).toBeUndefined()
})

test.each([
  [withTriage({ risk: ['high'] }), 'triage.risk', 'expected one value, found a list'],
  [withTriage({ interpreter: [true] }), 'triage.interpreter', 'expected one value, found a list'],
  [withTriage({ gender: 'unknown' }), 'triage.gender', 'a reason for having no value belongs in "absent"'],
  [withTriage({ urgency: { due: '2026-12-20T00:00Z' } }), 'triage.urgency.reason', 'is triage.neededBy'],
  [withTriage({ neededBy: '2026-11-28T21:40:00' }), 'triage.neededBy', 'must state its zone, as in "2026-'],
  [withTriage({ neededBy: '2026-11-28T21:40:00+0200' }), 'triage.neededBy', 'must state its zone'],
])('REX-REF-051 a refusal says what to do: %j', (value, path, message) => {
  expect(problems(value)).toContainEqual(
    expect.objectContaining({ path, message: expect.stringContaining(message) }),
  )
})
