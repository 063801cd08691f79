// The published JSON Schema is generated from the schema and the types, and agrees with the validator. docs/spec/referral.md, "Validation"
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isInstant, isPartialDate } from '../dates.ts'
import { check } from '../validate/check.ts'
import { jsonSchema } from './json-schema.ts'
import type { ObjectNode } from './node.ts'
import { REFERRAL } from './schema.ts'

const TYPES = ['types.ts', 'types/common.ts', 'types/case.ts', 'types/people.ts', 'types/content.ts']
  .map((name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
  .join('')
const EXAMPLES = new URL('../../../../../examples/referrals/', import.meta.url)

interface Documented {
  readonly description: string
  readonly list?: string | undefined
  readonly absent?: readonly string[] | undefined
}

/** Docstrings of the types: of "Person", and of "Person.dateOfBirth". */
const documented = new Map<string, Documented>()
for (const [, description = '', type = '', body = ''] of TYPES.matchAll(
  /\/\*\* ([^\n]*) \*\/\nexport interface (\w+) \{\n(.*?)\n\}/gs,
)) {
  documented.set(type, { description })
  for (const [, text = '', field, value = ''] of body.matchAll(
    /\/\*\* ([^\n]*) \*\/\n {2}readonly (\w+)\??:((?:(?!\n {2}\/\*\*).)*)/gs,
  )) {
    documented.set(`${type}.${field}`, {
      description: text,
      list: /Code<'([a-z-]+)'>/.exec(value)?.[1],
      absent: [...value.matchAll(/'(\w+)'/g)].map(([, name = '']) => name),
    })
  }
}

/** In the style of the formatter: lists of texts on one line where they fit. */
function pretty(value: unknown): string {
  const lines = JSON.stringify(value, undefined, 2).replace(
    /^(.*)\[\n\s+("[^[\]{}]*?")\n\s+\]/gm,
    (all, start: string, entries: string) => {
      const line = `${start}[${entries.replace(/,\n\s+/g, ', ')}]`
      return line.length <= 110 ? line : all
    },
  )
  return `${lines}\n`
}

const schema = jsonSchema(
  (type, field) => documented.get(field === undefined ? type : `${type}.${field}`)?.description,
)

const ajv = new Ajv2020({ strict: true, allErrors: false, strictRequired: false })
ajv.addFormat('partial-date', isPartialDate)
ajv.addFormat('instant', isInstant)
const accepts = ajv.compile(schema)

/** Skips ids and reasons beside values, which JSON Schema cannot express. */
const holds = (value: unknown) =>
  check(REFERRAL, value, '', 'refuse').filter(({ message }) => !message.startsWith('gives a reason'))
    .length === 0

test('referral.schema.json is current', async () => {
  await expect(pretty(schema)).toMatchFileSnapshot('referral.schema.json')
})

test('types and schema name the same code lists and absence reasons, and every field is described', () => {
  const seen = new Set<string>()
  const walk = (node: ObjectNode) => {
    for (const [name, field] of Object.entries(node.fields)) {
      const inner = field.kind === 'list' ? field.of : field
      const entry = documented.get(`${node.name}.${name}`)
      expect(entry?.description, `${node.name}.${name}`).toBeTruthy()
      if (inner.kind === 'code') expect(inner.list, `${node.name}.${name}`).toBe(entry?.list)
      if (inner.kind === 'absent') expect(inner.fields).toEqual(entry?.absent)
      if (inner.kind === 'object' && !seen.has(inner.name)) {
        seen.add(inner.name)
        walk(inner)
      }
    }
  }
  walk(REFERRAL)
})

const examples = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.json') && !name.includes('batch'))
  .map((name) => JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8')))

test('JSON Schema and validator accept the examples', () => {
  for (const example of examples) expect([accepts(example), holds(example)]).toEqual([true, true])
})

const WRONG = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    1.5,
    -1,
    '',
    [],
    {},
    'x',
    'UA',
    '2014-13',
    '2014/..',
    '2026-05-09T25:00Z',
    ['x'],
    { text: 'a' },
  ),
  fc.constantFrom('a\u0000', '\ud800', 'a\u202e', '\u200fمريم', '👩‍👧', 'x'.repeat(300), 'high', 'unknown'),
  fc.string({ unit: 'binary' }),
)

/** All positions in a value, as keys from the top. */
function places(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return []
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value)
  return [...keys].flatMap((key) => [
    [key],
    ...places((value as Record<string | number, unknown>)[key]).map((rest) => [key, ...rest]),
  ])
}

function changed(
  value: unknown,
  [key, ...rest]: (string | number)[],
  change: (holder: object, key: string | number) => void,
): unknown {
  const copy = structuredClone(value) as Record<string | number, unknown>
  if (key === undefined) return copy
  if (rest.length === 0) change(copy, key)
  else copy[key] = changed(copy[key], rest, change)
  return copy
}

const mutation = fc.constantFrom(...examples).chain((example) =>
  fc.record({
    example: fc.constant(example),
    place: fc.constantFrom(...places(example)),
    change: fc.oneof(
      WRONG.map((wrong) => (holder: object, key: string | number) => Object.assign(holder, { [key]: wrong })),
      fc.constant((holder: object, key: string | number) => Reflect.deleteProperty(holder, key)),
      fc
        .constantFrom('extra', 'id', 'text')
        .map(
          (name) => (holder: object) =>
            Array.isArray(holder) ? holder.push(name) : Object.assign(holder, { [name]: 'x' }),
        ),
    ),
  }),
)

test('JSON Schema and validator agree on mutated examples', () => {
  fc.assert(
    fc.property(mutation, ({ example, place, change }) => {
      const value = JSON.parse(JSON.stringify(changed(example, place, change)))
      expect(accepts(value), JSON.stringify(place)).toBe(holds(value))
    }),
    { numRuns: 3000 },
  )
})
