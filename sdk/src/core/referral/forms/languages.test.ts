// Tests that forms have titles, descriptions and hints in every language, without a gap. docs/spec/referral.md, "Forms"
import { expect, test } from 'vitest'
import { codesOf } from '../codes/codes.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { texts as ar } from './ar.ts'
import { texts as es } from './es.ts'
import { texts as fr } from './fr.ts'
import { formSchema, referralSchema } from './index.ts'
import { inLanguage } from './languages.ts'

const SENTENCES = /(?<=[.]) (?=[A-Z0-9])/

/** Returns the titles and descriptions of a schema, without those of codes, by their path. */
function textsOf(schema: JsonSchema, path = ''): [string, string][] {
  return Object.entries(schema).flatMap(([name, value]) => {
    if ((name === 'title' || name === 'description') && typeof value === 'string')
      return [[`${path}/${name}`, value] as [string, string]]
    if (typeof value !== 'object' || value === null) return []
    if (name === 'oneOf' && schema['x-rex-list'] !== undefined) return []
    return textsOf(value as JsonSchema, `${path}/${name}`)
  })
}

const ENGLISH = [referralSchema, ...codesOf('referral-kind').map((kind) => formSchema(kind))].flatMap((one) =>
  textsOf(one),
)

test.each([ar, es, fr])(
  'REX-REF-132 $language has a text for every title, description and hint, and no others',
  ({ texts }) => {
    const has = (text: string) => Object.hasOwn(texts, text)
    const hintOf = (text: string) => text.split(SENTENCES).at(-1) ?? ''
    const restOf = (text: string) => text.slice(0, -hintOf(text).length - 1)
    const missing = ENGLISH.filter(([, text]) => !has(text) && !(has(restOf(text)) && has(hintOf(text))))
    expect(missing).toEqual([])
    const used = new Set(ENGLISH.flatMap(([, text]) => [text, restOf(text), hintOf(text)]))
    expect(Object.keys(texts).filter((text) => !used.has(text))).toEqual([])
    expect(Object.values(texts).filter((text) => text.trim() === '')).toEqual([])
  },
)

test.each([ar, es, fr])(
  'REX-REF-132 codes and examples in $language are the same as in English',
  ({ texts }) => {
    const marks = (text: string) => (text.match(/`[^`]+`|"[^"]+"|REX-REF-\d+/g) ?? []).sort()
    for (const [english, text] of Object.entries(texts)) expect(marks(text), english).toEqual(marks(english))
  },
)

test('REX-REF-102 REX-REF-132 unconfirmed translations of texts on how somebody may be reached also show the English', () => {
  const { $defs } = formSchema('victim-support', { texts: es }) as {
    $defs: Record<string, { properties: object }>
  }
  const properties = (type: string) => $defs[type]?.properties
  expect(properties('NeverContact')).toMatchObject({
    person: {
      title: 'Persona [Person]',
      description: 'Persona con la que no debe contactarse nunca. [Person who must never be contacted.]',
    },
  })
  expect(properties('Channel')).toMatchObject({
    messages: { title: 'Se permiten mensajes escritos [Written messages allowed]' },
  })
  expect(properties('Triage')).toMatchObject({
    note: {
      description: expect.stringContaining('[Anything else needed to decide. Must not identify anyone.]'),
    },
    country: {
      title: 'País',
      description: 'País donde se necesita ayuda. Un código ISO 3166-1 de dos mayúsculas, como "UA".',
    },
  })
  const confirmed = textsOf(inLanguage(referralSchema, { ...es, unconfirmed: false })).map(([, text]) => text)
  expect(confirmed.filter((text) => text.includes('['))).toEqual([])
})

test('REX-REF-131 a form in a language accepts what the English form accepts', () => {
  const bare = (schema: unknown): unknown =>
    JSON.parse(
      JSON.stringify(schema, (name, value) =>
        /^(title|description)$/.test(name) && typeof value === 'string' ? undefined : value,
      ),
    )
  for (const kind of codesOf('referral-kind'))
    expect(bare(formSchema(kind, { texts: ar }))).toEqual(bare(formSchema(kind)))
})
