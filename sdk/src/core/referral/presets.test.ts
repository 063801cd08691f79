// Tests of presets. docs/spec/referral.md, "Presets"
import { expect, test } from 'vitest'
import {
  expandPresets,
  KINDS,
  lint,
  type Presets,
  parsePresets,
  parseReferral,
  STANDARD_PRESETS,
} from './index.ts'

const DRAFT = { kind: 'victim-support', test: true, lane: 'urgent', triage: {}, handling: 'standard' }
const OWN: Presets = {
  'victim-support': { handling: { standard: { tlp: 'red' } } },
  '*': { contact: { office: { instructions: { text: 'Call the office.', language: 'en' } } } },
}

test('a name is replaced by its content, and the origin of each part is reported', () => {
  const content = STANDARD_PRESETS['victim-support']?.handling?.standard
  expect(expandPresets(DRAFT)).toEqual({
    referral: { ...DRAFT, handling: content },
    explained: [{ path: 'handling', preset: 'standard', content }],
  })
})

test("an organisation's own presets come first, those for all kinds after those of the kind", () => {
  expect(expandPresets({ ...DRAFT, contact: 'office' }, OWN).referral).toMatchObject({
    handling: { tlp: 'red' },
    contact: { instructions: { text: 'Call the office.' } },
  })
})

test('an unknown name is refused with a suggestion', () => {
  expect(() => expandPresets({ ...DRAFT, handling: 'standart' })).toThrow('did you mean standard?')
  expect(() => expandPresets({ ...DRAFT, handling: 'toString' })).toThrow(
    expect.objectContaining({ metadata: { path: 'handling' } }),
  )
  expect(() => expandPresets({ ...DRAFT, kind: 'constructor' })).toThrow(
    expect.objectContaining({ reason: 'INVALID_REFERRAL' }),
  )
})

test('a value that is not an object is left to validation', () => {
  for (const value of [null, 'x', 3]) expect(expandPresets(value)).toEqual({ referral: value, explained: [] })
})

test('every kind has a standard for handling, without contradictions', () => {
  for (const kind of Object.keys(KINDS)) {
    const referral = parseReferral(expandPresets({ ...DRAFT, kind }).referral)
    expect(lint(referral).filter(({ path }) => path.startsWith('handling.'))).toEqual([])
  }
})

test.each<[unknown, string]>([
  [{ 'victim-suport': {} }, 'did you mean victim-support?'],
  [{ 'victim-support': { handlng: {} } }, 'handlng is not a known field; did you mean handling?'],
  [
    { '*': { handling: { night: { tpl: 'red' } } } },
    '"*".handling.night.tpl is not a known field; did you mean tlp?',
  ],
  [{ '*': { handling: { night: { tlp: 'rde' } } } }, 'did you mean red?'],
  [{ '*': { handling: { night: {} } } }, '"*".handling.night.tlp is required'],
  [{ '*': { handling: 'red' } }, '"*".handling must be an object'],
  [{ '*': { kind: {} } }, 'kind is not a known field'],
  [JSON.parse('{"__proto__":{}}'), 'is not a known field'],
  [[], 'must be an object'],
])('REX-REF-087 presets %j are refused with the field', (value, message) => {
  expect(() => parsePresets(value)).toThrow(message)
  expect(() => parsePresets(value)).toThrow(expect.objectContaining({ reason: 'INVALID_REFERRAL' }))
})

test('REX-REF-087 valid presets are accepted unchanged', () => {
  for (const presets of [{}, OWN, STANDARD_PRESETS]) expect(parsePresets(presets)).toBe(presets)
})
