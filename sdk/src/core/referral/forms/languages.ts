// Translates the titles, descriptions and hints of a form. docs/spec/referral.md, "Forms"
import { beside } from '../messages/filled.ts'
import type { JsonSchema } from '../schema/json-schema.ts'

/** The texts of forms in one language, as @rex/sdk/referral/forms/fr has them. */
export interface FormTexts {
  /** BCP 47. */
  readonly language: string
  /** Whether a competent person has yet to confirm the texts (REX-REF-102). */
  readonly unconfirmed: boolean
  /** Each title, description and hint, by its English text. */
  readonly texts: Readonly<Record<string, string>>
}

/** Types that state how somebody may be reached. A user who misunderstands fields of these types may endanger somebody. */
const PROTECTING: ReadonlySet<string> = new Set(['Channel', 'Contact', 'NeverContact', 'SafeTime'])
/** Matches sentences about what must not be done or told. */
const PROHIBITS = /\b(?:must not|must never|never)\b/i
/** Matches the gap between two sentences of a description. The last sentence may be the hint of a format. */
const SENTENCE = /(?<=[.]) (?=[A-Z0-9])/

type Schemas = Readonly<Record<string, JsonSchema>>

/** Translates the schema of a form. Texts without a translation stay in English. */
export function inLanguage(schema: JsonSchema, texts: FormTexts): JsonSchema {
  return {
    ...said(schema, 'Referral', texts),
    $defs: Object.fromEntries(
      Object.entries(schema.$defs as Schemas).map(([type, definition]) => [
        type,
        said(definition, type, texts),
      ]),
    ),
  }
}

/** Translates the texts of a schema and of the schemas of its fields. */
function said(schema: JsonSchema, type: string, texts: FormTexts): JsonSchema {
  const { title, description, properties, oneOf } = schema
  const choices =
    schema['x-rex-list'] === undefined ? (oneOf as readonly JsonSchema[] | undefined) : undefined
  return {
    ...schema,
    ...(typeof title === 'string' && { title: textIn(title, type, texts) }),
    ...(typeof description === 'string' && { description: textIn(description, type, texts) }),
    ...(choices !== undefined && { oneOf: choices.map((choice) => said(choice, type, texts)) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Schemas).map(([name, field]) => [name, said(field, type, texts)]),
      ),
    }),
  }
}

/** Translates a text. Adds the English to texts that protect somebody, unless a competent person has confirmed the translation. */
function textIn(english: string, type: string, { texts, unconfirmed }: FormTexts): string {
  const text = translation(english, texts)
  const both = unconfirmed && (PROTECTING.has(type) || PROHIBITS.test(english))
  return both ? beside(text, english) : text
}

/** Translates a text. If its last sentence is the hint of a format, translates that sentence separately. */
function translation(english: string, texts: FormTexts['texts']): string {
  const own = Object.hasOwn(texts, english) ? texts[english] : undefined
  if (own !== undefined) return own
  const hint = english.split(SENTENCE).at(-1) ?? ''
  const rest = english.slice(0, -hint.length - 1)
  return Object.hasOwn(texts, rest) && Object.hasOwn(texts, hint) ? `${texts[rest]} ${texts[hint]}` : english
}
