// Tests of presets. docs/spec/referral.md, "Presets"
import { expect, test } from 'vitest'
import { expandPresets, KINDS, lint, type Presets, parseReferral, STANDARD_PRESETS } from './index.ts'

const DRAFT = { kind: 'victim-support', test: true, lane: 'urgent', triage: {}, handling: 'standard' }
const OWN: Presets = {
  'victim-support': { handling: { standard: { tlp: 'red' } } },
  '*': { contact: { office: { instructions: { text: 'Call the office.', language: 'en' } } } },
}

test('a name becomes its content, and it is said what came from where', () => {
  expect(expandPresets(DRAFT)).toEqual({
    referral: { ...DRAFT, handling: STANDARD_PRESETS['victim-support']?.handling?.standard },
    explained: [{ path: 'handling', preset: 'standard' }],
  })
})

test("an organisation's own presets come first, those for all kinds after those of the kind", () => {
  expect(expandPresets({ ...DRAFT, contact: 'office' }, OWN).referral).toMatchObject({
    handling: { tlp: 'red' },
    contact: { instructions: { text: 'Call the office.' } },
  })
})

test('a name that does not exist is refused with what may have been meant', () => {
  expect(() => expandPresets({ ...DRAFT, handling: 'standart' })).toThrow('did you mean standard?')
  expect(() => expandPresets({ ...DRAFT, handling: 'toString' })).toThrow(
    expect.objectContaining({ metadata: { path: 'handling' } }),
  )
  expect(() => expandPresets({ ...DRAFT, kind: 'constructor' })).toThrow(
    expect.objectContaining({ reason: 'INVALID_REFERRAL' }),
  )
})

test('what is no object is left to validation', () => {
  for (const value of [null, 'x', 3]) expect(expandPresets(value)).toEqual({ referral: value, explained: [] })
})

test('every kind has a standard for handling, without contradictions', () => {
  for (const kind of Object.keys(KINDS)) {
    const referral = parseReferral(expandPresets({ ...DRAFT, kind }).referral)
    expect(lint(referral).filter(({ path }) => path.startsWith('handling.'))).toEqual([])
  }
})
