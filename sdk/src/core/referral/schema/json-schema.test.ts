// Tests that the published JSON Schema is generated from the schema and the types, and agrees with the validator. docs/spec/referral.md,
// "Validation"
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formats } from '../formats.ts'
import { check } from '../validate/check.ts'
import { DOCUMENTED, EXAMPLES, REFERRALS, sourceOf, TYPE_FILES, withExamples } from './fixture.ts'
import { jsonSchema } from './json-schema.ts'
import { mutated } from './mutations/fixture.ts'
import type { ObjectNode } from './node.ts'
import { REFERRAL } from './schema.ts'

const schema = jsonSchema({
  describe: (type, field) => DOCUMENTED.get(field === undefined ? type : `${type}.${field}`)?.description,
  example: (type, field) => EXAMPLES.get(`${type}.${field}`),
})

const ajv = new Ajv2020({ strict: true, allErrors: false, strictRequired: false })
ajv.addVocabulary(['x-rex-list', 'x-rex-version'])
for (const [name, accepts] of Object.entries(formats)) ajv.addFormat(name, accepts)
const accepts = ajv.compile(schema)

/** Validates, but ignores problems with ids and with reasons for fields that have a value, which JSON Schema cannot express. */
const holds = (value: unknown) =>
  check(REFERRAL, value, '', 'refuse').filter(({ message }) => !message.startsWith('gives a reason'))
    .length === 0

test('referral.schema.json is current', async () => {
  await expect(`${JSON.stringify(schema, undefined, 1)}\n`).toMatchFileSnapshot('referral.schema.json')
})

test.each(TYPE_FILES)('%s has an example beside each field that holds one', async (file) => {
  await expect(withExamples(sourceOf(file))).toMatchFileSnapshot(`../${file}`)
})

test('types and schema name the same code lists and absence reasons, and every field is described', () => {
  const seen = new Set<string>()
  const walk = (node: ObjectNode) => {
    for (const [name, field] of Object.entries(node.fields)) {
      const inner = field.kind === 'list' ? field.of : field
      const entry = DOCUMENTED.get(`${node.name}.${name}`)
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

test('JSON Schema and validator accept the examples', () => {
  for (const example of REFERRALS) expect([accepts(example), holds(example)]).toEqual([true, true])
})

test('JSON Schema and validator agree on mutated examples', () => {
  fc.assert(
    fc.property(mutated(REFERRALS), (value) => {
      expect(accepts(value), JSON.stringify(value)).toBe(holds(value))
    }),
    { numRuns: 3000 },
  )
})
