// Tests of forms for one kind of referral, in the language of their users. docs/spec/referral.md, "Validation"
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { codesOf } from '../codes/codes.ts'
import { label as french } from '../labels/fr/index.ts'
import { REFERRALS } from '../schema/fixture.ts'
import type { Referral } from '../types.ts'
import { formats, formSchema, referralSchema } from './index.ts'

const compiled = (schema: object) => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false })
  ajv.addVocabulary(['x-rex-list', 'x-rex-version'])
  for (const [name, accepts] of Object.entries(formats)) ajv.addFormat(name, accepts)
  return ajv.compile(schema)
}

test.each(codesOf('referral-kind'))(
  'REX-REF-131 the form of a %s takes the examples of its kind and no others',
  (kind) => {
    const accepts = compiled(formSchema(kind, { label: french }))
    for (const referral of REFERRALS as Referral[])
      expect(accepts(referral), JSON.stringify(accepts.errors)).toBe(referral.kind === kind)
  },
)

test('REX-REF-131 the sections of the kind', () => {
  const { properties, required } = formSchema('victim-support')
  expect(Object.keys(properties as object)).not.toContain('items')
  expect(required).toEqual(['kind', 'test', 'triage', 'handling', 'consents', 'people'])
})

test('labels are in the language of the form', () => {
  const risk = (schema: object) => (schema as { $defs: Record<string, object> }).$defs['code-risk']
  expect(risk(formSchema('advisory', { label: french }))).toMatchObject({
    oneOf: [{ const: 'high', title: 'Élevé' }, { title: 'Moyen' }, { title: 'Faible' }],
    'x-rex-list': 'risk',
  })
  expect(risk(referralSchema)).toMatchObject({
    oneOf: [{ const: 'high', title: 'High', description: 'Serious harm is likely soon.' }, {}, {}],
  })
})

test.each(['placement', 'toString', ''])('an unknown kind %s has no form', (kind) => {
  expect(() => formSchema(kind)).toThrow(
    expect.objectContaining({ reason: 'INVALID_REFERRAL', path: 'kind' }),
  )
})
