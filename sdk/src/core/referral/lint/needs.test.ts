// Tests of the needs of recipients. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { KINDS, lint } from '../index.ts'
import { parseNeeds } from '../needs.ts'
import { CARE, CHILD, MOTHER } from './fixture.ts'

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
