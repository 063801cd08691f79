// Tests that the Primero adapter carries every value or reports it as a loss, in both directions. docs/spec/referral.md, "Other systems"
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expandPresets, parseReferral, type Referral } from '../../core/referral/index.ts'
import { anyReferral } from '../../core/referral-codec/fixture.ts'
import { exampleReferral } from '../../testing/referral.ts'
import { leavesOf } from '../conversion.ts'
import { type Loss, primero } from '../index.ts'
import { childRows, consentRows, relationRows } from './tables.ts'

const CASES = new URL('../../testing/primero/', import.meta.url)
const names = readdirSync(CASES).filter((name) => name.endsWith('.json'))
const read = (name: string) => JSON.parse(readFileSync(new URL(name, CASES), 'utf8'))

const short = (losses: readonly Loss[]) =>
  losses.map(({ from, code, to }) => [code, from, ...(to === undefined ? [] : [to])].join(' '))

/** Lists whose entries may come back in another order. */
const UNORDERED = /\b(services_section|care_arrangements_section|protection_concerns|notes_section)\[\d+\]/g
const dayOf = (value: unknown) => {
  const [, date, month, year] = /^(\d{2})-([A-Z][a-z]{2})-(\d{4})$/.exec(String(value)) ?? []
  const at = 'JanFebMarAprMayJunJulAugSepOctNovDec'.indexOf(month ?? '?') / 3 + 1
  return date === undefined
    ? String(value).replace(/^(\d{4})\/(\d{2})\/(\d{2})$/, '$1-$2-$3')
    : `${year}-${String(at).padStart(2, '0')}-${date}`
}
const keyOf = (path: string, value: unknown) =>
  `${path
    .replace(/^(\[\d+\]\.)?(data(\[\d+\])?\.)?/, '')
    .replace(UNORDERED, '$1[]')
    .replace(/\[\d+\]$/, '')} = ${dayOf(value)}`

/** Returns values that a conversion reports as carried, but that do not come back. */
function missing(input: unknown, losses: readonly Loss[], back: unknown): string[] {
  const lost = new Set(losses.map(({ from }) => from))
  const returned = new Set([...leavesOf(back)].map(({ path, value }) => keyOf(path, value)))
  return [...leavesOf(input)]
    .filter(({ path }) => !lost.has(path))
    .map(({ path, value }) => keyOf(path, value))
    .filter((key) => !returned.has(key))
}

const pretty = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`

describe('ten cases in both directions', () => {
  test('there are ten', () => expect(names).toHaveLength(10))

  test.each(names)('%s has exactly its losses, and the rest comes back', async (name) => {
    const { about, options, input } = read(name)
    const { referral, losses } = primero.toReferral(input, options)
    const parsed = parseReferral(expandPresets(referral).referral)
    expect(parsed.test).toBe(true)
    const back = primero.fromReferral(referral)
    const chosen = options.case === undefined ? input : [input[options.case - 1]]
    const here =
      options.case === undefined
        ? losses
        : losses.map((loss) => ({ ...loss, from: loss.from.replace(/^\[\d+\]/, '[0]') }))
    expect(missing(chosen, here, back.output)).toEqual([])
    expect(primero.toReferral(back.output, { ...options, case: 1 }).referral).toEqual(referral)
    await expect(
      pretty({
        about,
        options,
        input,
        losses: short(losses),
        referral,
        back: { losses: short(back.losses) },
      }),
    ).toMatchFileSnapshot(new URL(name, CASES).pathname)
  })
})

const ROWS = [...childRows('child'), ...consentRows('child'), ...relationRows('r')].map(({ field }) => field)
const FIELDS = [
  ...ROWS,
  ...['age', 'date_of_birth', 'estimated', 'protection_status', 'protection_concerns', 'services_section'],
  ...[
    'family_details_section',
    'care_arrangements_section',
    'notes_section',
    'photos',
    'own_field',
    '__proto__',
  ],
]
const WORDS = [
  'male',
  'high',
  'mother',
  'brother',
  'true',
  'consent',
  'kenya',
  'arabic',
  'unaccompanied',
  'caafag',
]

const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    8,
    1.5,
    -1,
    200,
    '',
    '2014-05-09',
    '09-May-2014',
    '2014-02-30',
    ...WORDS,
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.constantFrom<unknown>(...WORDS, 7, null, { toString: 1 }, ['x']), { maxLength: 20 }),
  fc.dictionary(fc.constantFrom(...FIELDS), fc.constantFrom<unknown>(...WORDS, 3)),
)
const anyEntry = fc.dictionary(
  fc.constantFrom(
    ...FIELDS,
    'relation',
    'service_type',
    'service_referral_notes',
    'note_text',
    'name_caregiver',
  ),
  anyValue,
)
const anyCase = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(anyValue, fc.array(anyEntry, { maxLength: 3 }))),
    anyValue,
  )
  .map(([data, age]) => JSON.parse(JSON.stringify({ data: { ...data, age } })) as object)

describe('nothing is dropped in silence', () => {
  test('REX-REF-120 of any case, every value comes back or is a loss, and the referral is valid', () => {
    fc.assert(
      fc.property(anyCase, (input) => {
        const { referral, losses } = primero.toReferral(input)
        parseReferral(expandPresets(referral).referral)
        expect(missing(input, losses, primero.fromReferral(referral).output)).toEqual([])
      }),
      { numRuns: 2000, seed: 41 },
    )
  })

  test('REX-REF-120 of any referral, every value comes back or is a loss, apart from ids', () => {
    fc.assert(
      fc.property(anyReferral, (referral) => {
        const { output, losses } = primero.fromReferral(referral)
        const back = Object.keys(output.data).length === 0 ? {} : imported(output)
        expect(missingThere(referral, losses, back)).toEqual([])
      }),
      { numRuns: 500, seed: 42 },
    )
  })

  test.each([
    'victim-support-grooming',
    'siblings-1-yusuf',
    'law-enforcement-report-sextortion',
    'information-request',
  ] as const)('REX-REF-123 of %s, what a rule protects is not exported', (name) => {
    const referral = exampleReferral(name)
    const { output, losses } = primero.fromReferral(referral)
    expect(missingThere(referral, losses, imported(output))).toEqual([])
    const text = JSON.stringify(output)
    for (const person of referral.people ?? [])
      if (person.roles.includes('suspected-person'))
        for (const { full } of person.names ?? []) expect(text).not.toContain(full)
    const ruled = referral.contact?.channels?.filter(
      ({ safeTimes, rules, device }) => safeTimes ?? rules ?? device,
    )
    for (const { value } of ruled ?? []) expect(text).not.toContain(value)
  })
})

/** Imports an export. Returns an empty object if the export has no field of the child, because such an export cannot be imported. */
function imported(output: { readonly data: object }): object {
  try {
    return primero.toReferral(output).referral
  } catch (error) {
    expect(error).toMatchObject({ reason: 'MALFORMED' })
    return {}
  }
}

/**
 * Returns values of a referral that a conversion reports as carried, but that do not come back. Ids and references are renamed, and lists of
 * people, notes and addresses may come back in another order.
 */
function missingThere(referral: Referral, losses: readonly Loss[], back: object): string[] {
  const lost = new Set(losses.map(({ from }) => from))
  const isId = (path: string) => /(^|[.])(id|to|person|givenBy|people\[\d+\])$/.test(path)
  const key = ({ path, value }: { path: string; value: unknown }) =>
    `${path.replace(/\[\d+\]/g, '[]')} = ${value}`
  const returned = new Set([...leavesOf(back)].map(key))
  return [...leavesOf(referral)]
    .filter(({ path }) => !lost.has(path) && !isId(path))
    .map(key)
    .filter((one) => !returned.has(one))
}

describe('input that is no case is refused with the path and what to do', () => {
  const deep = JSON.parse(`${'{"data":'.repeat(70)}1${'}'.repeat(70)}`)
  test.each([
    ['nothing', undefined, 'MALFORMED', ''],
    ['a text', 'name_first', 'MALFORMED', ''],
    ['an empty object', {}, 'MALFORMED', ''],
    ['an error of the API', { errors: [{ code: 403 }] }, 'MALFORMED', ''],
    ['no case', [], 'MALFORMED', ''],
    ['two cases', { data: [{ age: 1 }, { age: 2 }] }, 'MALFORMED', 'data'],
    ['a list of texts', ['age'], 'MALFORMED', '[0]'],
    ['a date of a program', { age: 1, date_of_birth: new Date(0) }, 'MALFORMED', 'date_of_birth'],
    ['a function', { data: { age: 1, name: () => 1 } }, 'MALFORMED', 'data.name'],
    ['deep nesting', deep, 'LIMIT_EXCEEDED', expect.stringContaining('data')],
    ['a huge case', { age: 1, notes: Array.from({ length: 20_001 }, () => 'x') }, 'LIMIT_EXCEEDED', ''],
    ['a referral', exampleReferral('victim-support-grooming'), 'MALFORMED', ''],
  ])('%s', (_, input, reason, path) => {
    expect(() => primero.toReferral(input)).toThrow(
      expect.objectContaining({ reason, path, hint: expect.stringMatching(/^\S.{10,}\.$/) }),
    )
  })

  test('the number of a missing case and an invalid language are refused', () => {
    expect(() => primero.toReferral([{ age: 1 }], { case: 2 })).toThrow(/has 1 case/)
    expect(() => primero.toReferral({ age: 1 }, { case: 2 })).toThrow(/has one case/)
    expect(() => primero.toReferral({ age: 1 }, { language: 'Arabic language' })).toThrow(/BCP 47/)
  })

  test('REX-REF-121 a picture hidden across several texts is refused', () => {
    const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64')
    const notes = [png.slice(0, 8), png.slice(8)].map((note_text) => ({ note_text }))
    expect(() => primero.toReferral({ age: 1, notes_section: notes })).toThrow(
      expect.objectContaining({ reason: 'CONTENT_REFUSED' }),
    )
  })
})
