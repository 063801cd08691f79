// Tests of presets. docs/spec/referral.md, "Presets"
import { expect, test } from 'vitest'
import {
  expandPresets,
  KINDS,
  lint,
  type Presets,
  parsePresets,
  parseReferral,
  problemsOf,
  STANDARD_PRESETS,
} from './index.ts'
import './lint/warnings.ts'

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
    notices: [],
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
  for (const value of [null, 'x', 3])
    expect(expandPresets(value)).toEqual({ referral: value, explained: [], notices: [] })
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

test('REX-REF-088 lossless changes are made and reported; everything else is left to the check', () => {
  const sha = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855'
  const [a, b, other] = ['HTTPS://a.example/A', 'HTTPS://a.example/B', 'not a URL'].map((url, i) => ({
    id: `i${i}`,
    url,
  }))
  const expand = (draft: object) => expandPresets({ kind: 'content-removal', ...draft })
  const items = [{ ...a, hashes: [{ type: 'sha256', value: sha }] }, b, other]
  expect(expand({ items })).toMatchObject({
    referral: {
      items: [
        { url: 'https://a.example/A', hashes: [{ value: sha.toLowerCase() }] },
        { url: 'https://a.example/B' },
        { url: 'not a URL' },
      ],
    },
    notices: [
      { path: 'items[0].url', message: 'has its scheme written in lower case (and 1 more)' },
      { path: 'items[0].hashes[0].value', message: 'is written in lower case' },
    ],
  })
  const accounts = [
    { id: 'a', displayName: 'A', url: 'HTTP://s.example', absent: { displayName: 'unknown' } },
  ]
  expect(expand({ accounts, incident: { country: ['VN', 'GB'] } })).toMatchObject({
    referral: {
      accounts: [
        { id: 'a', displayNames: ['A'], urls: ['http://s.example'], absent: { displayNames: 'unknown' } },
      ],
      incident: { countries: ['VN', 'GB'] },
    },
    notices: [
      { path: 'incident.country', message: 'is written as the list countries' },
      { path: 'accounts[0].displayName', message: 'is written as the list displayNames' },
      { path: 'accounts[0].url', message: 'is written as the list urls' },
      { path: 'accounts[0].urls', message: 'has its scheme written in lower case' },
    ],
  })
  const pdna = {
    items: [
      {
        id: 'x',
        hashes: [
          { type: 'pdna', value: 'AB' },
          { type: 'md5', value: 'XY' },
        ],
      },
    ],
    consents: 5,
  }
  expect(expand(pdna)).toMatchObject({ referral: pdna, notices: [] })
})

test('REX-REF-051 an unknown kind or preset does not hide the other problems', () => {
  const problems = (draft: object) => {
    try {
      parseReferral(expandPresets({ ...DRAFT, ...draft }).referral)
    } catch (error) {
      return problemsOf(error).map(({ path }) => path)
    }
    return []
  }
  expect(problems({ kind: 'placement-request', triage: { risk: 'x' } })).toEqual([
    'kind',
    'triage.risk',
    'handling',
  ])
  expect(problems({ handling: 'standart', triage: { risk: 'x' } })).toEqual(['handling', 'triage.risk'])
  expect(problems({ narrative: 'The child is well.' })).toEqual(['narrative'])
})
