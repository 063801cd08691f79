// Tests of splitting referrals. docs/spec/referral.md, "Volume"
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { envelopeSize } from '../../core/envelope/size.ts'
import { LIMITS } from '../../core/limits.ts'
import {
  type Draft,
  type Item,
  lint,
  parseReferral,
  type Referral,
  validate,
} from '../../core/referral/index.ts'
import '../../core/referral/lint/warnings.ts'
import { sectionSizes } from '../../core/referral-codec/section.ts'
import { manyItems } from '../../testing/referral.ts'
import { splitReferral } from './split.ts'

const NOW = Date.parse('2026-11-23T12:00Z')
const GROUP = 'ab'.repeat(16)
const split = (draft: object, how: { confirm?: string[] } = {}) =>
  splitReferral(draft as Draft, { group: GROUP, now: NOW, ...how })
const itemsOf = (parts: readonly Draft[]) => parts.flatMap(({ items }) => items as readonly Item[])

const sizeOf = (part: Draft) => envelopeSize(sectionSizes(part as Referral).map(({ size }) => size))

/** Checks the properties that every split must have (REX-REF-112). */
function expectDivided(whole: Referral & { items: Item[] }, parts: readonly Draft[]): void {
  expect(itemsOf(parts)).toEqual(whole.items)
  for (const [i, part] of parts.entries()) {
    expect(() => parseReferral(part)).not.toThrow()
    expect(sizeOf(part)).toBeLessThanOrEqual(LIMITS.envelope)
    expect(part.group).toEqual({ id: GROUP, index: i + 1, size: parts.length })
    const { items: _, group: __, ...others } = part
    const { items: ___, ...shared } = whole
    expect(others).toEqual(shared)
  }
}

test('REX-REF-111 5 000 items with long URLs, two hashes and one classification are one referral', () => {
  const whole = manyItems(5000)
  expect(whole.items[0]?.url).toHaveLength(200)
  expect(validate(whole, { now: NOW })).toMatchObject({ ok: true })
  expect(split(whole)).toEqual([whole])
  expect(sizeOf(whole)).toBeGreaterThan(LIMITS.envelope / 2)
})

test('REX-REF-112 one item too many gives two parts whose sizes differ by one item', () => {
  const whole = manyItems(5001, { urlLength: 60 })
  expect(validate(whole, { now: NOW })).toMatchObject({
    ok: false,
    problems: [{ path: 'items', message: expect.stringContaining('rex-desk split') }],
  })
  const parts = split(whole)
  expect(parts.map(({ items }) => items?.length)).toEqual([2500, 2501])
  expectDivided(whole, parts)
  expect(split(whole)).toEqual(parts)
})

test('REX-REF-112 items with URLs at their limit are divided by size', () => {
  const whole = manyItems(1500, { urlLength: 4096 })
  const parts = split(whole)
  expect(parts.length).toBeGreaterThan(3)
  expectDivided(whole, parts)
})

test('REX-REF-112 whatever the number and length of items, none is lost or duplicated', () => {
  const cases = fc.record({
    count: fc.integer({ min: 1, max: 5500 }),
    urlLength: fc.integer({ min: 60, max: 900 }),
  })
  fc.assert(
    fc.property(cases, ({ count, urlLength }) => {
      const whole = manyItems(count, { urlLength })
      const parts = split(whole)
      if (parts.length === 1) expect(parts).toEqual([whole])
      else expectDivided(whole, parts)
    }),
    { numRuns: 5 },
  )
})

describe('content about items stays with them', () => {
  const [first = '', last = ''] = ['url-1', 'url-5001']
  const address = (item: string) => ({ address: '203.0.113.9', event: 'upload', at: '2026-11-01', item })
  const whole = {
    ...manyItems(5001, { urlLength: 60 }),
    incident: { types: ['csam'], addresses: [address(first), address(last)] },
    extensions: [
      {
        owner: 'https://hotline.example',
        version: 1,
        section: 'items',
        key: 'x',
        about: last,
        labels: [{ text: 'X', language: 'en' }],
        value: { flag: true },
        criticality: 'informative',
      },
    ],
  }

  test('REX-REF-112 addresses and extensions are in the part of their item, and nowhere else', () => {
    const parts = split(whole) as Partial<Referral>[]
    expect(parts.map(({ incident }) => incident?.addresses?.map(({ item }) => item))).toEqual([
      [first],
      [last],
    ])
    expect(parts.map(({ extensions }) => extensions?.length)).toEqual([undefined, 1])
  })

  test('a split that would leave a part without its questions is refused', () => {
    const { incident: _, extensions: __, ...others } = whole
    const questions = [{ id: 'q', text: { text: 'Whose is it?', language: 'en' }, about: [first] }]
    expect(() => split({ ...others, kind: 'information-request', questions })).toThrow(
      expect.objectContaining({ reason: 'INVALID_REFERRAL', path: 'questions' }),
    )
  })
})

test('names of presets stay, and a referral that cannot be sent is not split', () => {
  const whole = manyItems(5001, { urlLength: 60 })
  const parts = split({ ...whole, handling: 'standard' })
  expect(parts.map(({ handling }) => handling)).toEqual(['standard', 'standard'])
  const faults: [object, string][] = [
    [{ items: [...whole.items, whole.items[0]] }, 'items[5001].id'],
    [{ items: [...whole.items, { ...whole.items[0], id: 'again' }] }, 'items[5001]'],
    [{ group: { id: GROUP, index: 1, size: 2 } }, 'group'],
    [{ triage: { abuse: ['none'] } }, 'triage.abuse[0]'],
  ]
  for (const [fault, path] of faults)
    expect(() => split({ ...whole, ...fault })).toThrow(expect.objectContaining({ path }))
})

describe('splitting refuses what sending refuses', () => {
  const { kind: _, triage, ...large } = manyItems(520, { urlLength: 4096 })
  const about = (name: string) => ({
    ...large,
    kind: 'law-enforcement-report',
    people: [{ id: 'p', roles: ['child'], names: [{ kind: 'legal', full: name }] }],
    triage: { ...triage, note: { text: `${name} was left in May.`, language: 'en' } },
  })

  test('a name among the further ordinary words does not prevent it', () => {
    expect(split(about('Baker'))).toHaveLength(2)
  })

  test('REX-REF-143 a leak prevents it until a person has confirmed the finding', () => {
    const whole = about('Ruritania')
    expect(() => split(whole)).toThrow(expect.objectContaining({ path: 'triage.note.text' }))
    const [{ id = '' } = {}] = lint({ ...whole, items: manyItems(1).items } as Referral)
    expect(split(whole, { confirm: [id] })).toHaveLength(2)
  })

  test('T-148 so does an image', () => {
    const image = { text: `data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUg'.repeat(9)}`, language: 'en' }
    expect(() => split({ ...about('Baker'), narrative: [image] })).toThrow(
      expect.objectContaining({ path: 'narrative[0].text' }),
    )
  })
})

test('the content that all parts share must leave room for items', () => {
  const narrative = Array.from({ length: 16 }, (_, i) => ({
    text: `${i}${'Ж'.repeat(19_000)}`,
    language: 'uk',
  }))
  const people = Array.from({ length: 1024 }, (_, i) => ({
    id: `p${i}`,
    roles: ['suspected-person'],
    names: [{ kind: 'legal', full: `${'Ж'.repeat(190)}${i}` }],
    notes: [{ text: 'Ж'.repeat(900), language: 'uk' }],
  }))
  const { kind: _, ...whole } = manyItems(2)
  expect(() => split({ ...whole, kind: 'law-enforcement-report', people, narrative })).toThrow(
    expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'people' }),
  )
})
