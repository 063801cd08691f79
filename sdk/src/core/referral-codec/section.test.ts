// Tests of the section codec. docs/spec/referral.md, "Encoding"
import { ReferralSection as Message } from '@rex/proto/core/v1/referral'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LIMITS } from '../limits.ts'
import type { Node, ObjectNode } from '../referral/schema/node.ts'
import { SECTION_CONTENT } from '../referral/schema/schema.ts'
import { type ReferralSection, SECTION_TYPES, type SectionType, sectionFields } from '../referral/section.ts'
import { unknownCodes } from '../referral/validate/unknown.ts'
import { arbitraryObject } from './fixture.ts'
import { toMessage } from './mapping.ts'
import { decodeSection, encodeSection } from './section.ts'

const anySection: fc.Arbitrary<ReferralSection> = fc.constantFrom(...SECTION_TYPES).chain((type) =>
  fc.record(
    {
      type: fc.constant(type),
      id: fc.constantFrom(type, 'second'),
      version: fc.integer({ min: 1, max: 4096 }),
      content: arbitraryObject({ ...SECTION_CONTENT, fields: fieldsOf(type) }).map((content) =>
        inSection(content, type),
      ),
    },
    { noNullPrototype: true },
  ),
)

function fieldsOf(type: SectionType): ObjectNode['fields'] {
  return Object.fromEntries(sectionFields(type).map((name) => [name, SECTION_CONTENT.fields[name] as Node]))
}

function inSection(content: object, section: SectionType): object {
  const { extensions, ...rest } = content as { extensions?: object[] }
  return extensions === undefined
    ? rest
    : { ...rest, extensions: extensions.map((entry) => ({ ...entry, section })) }
}

const section = (content: ReferralSection['content'], type: SectionType = 'triage'): ReferralSection => ({
  type,
  id: type,
  version: 1,
  content,
})

test('a section survives JSON → bytes → JSON, unknown codes included', () => {
  fc.assert(
    fc.property(anySection, (value) => {
      expect(decodeSection(value.type, encodeSection(value))).toEqual(value)
    }),
    { numRuns: 300 },
  )
})

test('the order of members does not change the bytes', () => {
  const a = encodeSection(
    section({ triage: { risk: 'high', absent: { gender: 'unknown', ageBand: 'not-asked' } } }),
  )
  const b = encodeSection(
    section({ triage: { absent: { ageBand: 'not-asked', gender: 'unknown' }, risk: 'high' } }),
  )
  expect(a).toEqual(b)
})

test('only canonical bytes are accepted', () => {
  const bytes = encodeSection(section({ triage: { risk: 'high' } }))
  expect(() => decodeSection('triage', Uint8Array.of(...bytes, 0x10, 0x01))).toThrow(/canonical/)
  expect(() => decodeSection('triage', Uint8Array.of(...bytes, 0xf8, 0x07, 0x01))).toThrow(/canonical/)
  expect(() => decodeSection('triage', bytes.subarray(0, -1))).toThrow(/well-formed/)
})

test('reasons for absence that are out of order or duplicated are refused', () => {
  const message = (...fields: string[]) =>
    Message.encode({
      ...EMPTY,
      id: 'triage',
      version: 1,
      triage: { ...EMPTY_TRIAGE, absent: fields.map((field) => ({ field, reason: 'unknown' })) },
    }).finish()
  expect(decodeSection('triage', message('ageBand', 'gender')).content).toEqual({
    triage: { absent: { ageBand: 'unknown', gender: 'unknown' } },
  })
  expect(() => decodeSection('triage', message('gender', 'ageBand'))).toThrow(/canonical/)
  expect(() => decodeSection('triage', message('gender', 'gender'))).toThrow(/canonical/)
  expect(() => decodeSection('triage', message('__proto__'))).toThrow(/triage.absent/)
})

const EMPTY: Message = {
  id: '',
  version: 0,
  triage: undefined,
  handling: undefined,
  consents: [],
  questions: [],
  advisory: undefined,
  people: [],
  contact: undefined,
  incident: undefined,
  items: [],
  accounts: [],
  references: [],
  narrative: [],
  extensions: [],
}
const EMPTY_TRIAGE: NonNullable<Message['triage']> = {
  ageBand: '',
  gender: '',
  children: undefined,
  country: '',
  area: undefined,
  languages: [],
  interpreter: undefined,
  risk: '',
  services: [],
  abuse: [],
  urgency: undefined,
  neededBy: '',
  priority: '',
  note: undefined,
  absent: [],
}

test('a field of another section is refused', () => {
  const bytes = Message.encode({
    ...EMPTY,
    id: 'triage',
    version: 1,
    narrative: [{ text: 'a', language: 'en' }],
  }).finish()
  expect(() => decodeSection('triage', bytes)).toThrow(/narrative is not a known field/)
})

test('an extension travels only in the section that it names', () => {
  const extension = {
    owner: 'https://ngo.example',
    version: 1,
    section: 'people',
    key: 'k',
    criticality: 'informative',
    labels: [{ text: 'K', language: 'en' }],
    value: { flag: true },
  }
  expect(() => encodeSection(section({ extensions: [extension] }))).toThrow(/extensions\[0\].section/)
})

test('an unknown section type is UNKNOWN_CODE', () => {
  expect(() => decodeSection('dreams', new Uint8Array())).toThrow(
    expect.objectContaining({ reason: 'UNKNOWN_CODE' }),
  )
})

test('unknown codes survive, and are listed with whether a decision depends on them', () => {
  const sent = section({ triage: { risk: 'extreme', abuse: ['hypnosis'] } })
  const { content } = decodeSection('triage', encodeSection(sent))
  expect(unknownCodes(content)).toEqual([
    { path: 'triage.risk', list: 'risk', code: 'extreme', decisionBearing: true },
    { path: 'triage.abuse[0]', list: 'abuse', code: 'hypnosis', decisionBearing: false },
  ])
})

test('images are refused when encoding and when decoding', () => {
  const text = `see ${Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64')}`
  const content = { narrative: [{ text, language: 'en' }] }
  const refused = expect.objectContaining({
    reason: 'CONTENT_REFUSED',
    metadata: { path: 'narrative[0].text' },
  })
  expect(() => encodeSection(section(content, 'narrative'))).toThrow(refused)
  const bytes = Message.encode({ ...EMPTY, id: 'narrative', version: 1, ...content }).finish()
  expect(() => decodeSection('narrative', bytes)).toThrow(refused)
})

test('a section larger than an envelope is LIMIT_EXCEEDED', () => {
  expect(() => decodeSection('items', new Uint8Array(LIMITS.envelope + 1))).toThrow(
    expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }),
  )
})

test('T-062 mutated bytes give typed errors only', () => {
  const bytes = encodeSection(section({ triage: { risk: 'high', languages: ['uk', 'ru'], children: 3 } }))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (place, value) => {
      const mutated = Uint8Array.from(bytes)
      mutated[place] = value
      try {
        decodeSection('triage', mutated)
      } catch (error) {
        expect(error).toMatchObject({ name: 'RexError' })
        expect(error).not.toMatchObject({ reason: 'INTERNAL' })
      }
    }),
    { numRuns: 1000 },
  )
})

test('a list is converted to messages while it is encoded, so that it is not in memory in both forms', () => {
  let read = 0
  const item = { id: 'item', url: 'https://host.example/test' }
  const items = Array.from({ length: 3 }, () =>
    Object.defineProperty({ ...item }, 'id', { get: () => `item-${++read}` }),
  )
  const message = toMessage(SECTION_CONTENT, { items }) as { readonly items: Iterable<unknown> }
  expect(read).toBe(0)
  message.items[Symbol.iterator]().next()
  expect(read).toBe(1)
})
