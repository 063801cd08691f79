// Makes the JSON Schema of a form for one kind of referral, with labels in the language of its users. docs/spec/referral.md, "Validation"
import { LIST_NAMES, type ListName } from '../codes/codes.ts'
import { kindRule } from '../kinds.ts'
import { invalidReferral, problem } from '../messages/problem.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { referralSchema } from '../schema/referral-schema.ts'
import { titleOf } from '../schema/titles.ts'
import { SECTION_TYPES, SECTIONS, type SectionType } from '../section.ts'
import type { Code } from '../types.ts'
import { type FormTexts, inLanguage } from './languages.ts'

/** Returns the label of a code, like `label` of @rex/sdk/referral/labels/fr. */
export type LabelOf = (list: ListName, code: string) => string

/** Options of a form. */
export interface FormOptions {
  /** Labels of codes. Default: English. */
  readonly label?: LabelOf
  /** Titles, descriptions and hints, such as `texts` of @rex/sdk/referral/forms/fr. Default: English. */
  readonly texts?: FormTexts
}

/** Fields of a referral that belong to no section. */
const HEAD = ['kind', 'test', 'lane', 'group']

/**
 * Returns the JSON Schema of a form for one kind of referral (REX-REF-131). It fixes the kind, contains only the sections that the kind may
 * have, and requires the sections that the kind must have. `referralSchema` accepts every value that this schema accepts; `validate` checks
 * whether the value can be sent.
 * @throws RexError INVALID_REFERRAL for an unknown kind
 */
export function formSchema(kind: Code<'referral-kind'>, { label, texts }: FormOptions = {}): JsonSchema {
  const { must, mustNot } = kindRule(kind)
  if (mustNot.length === 0) throw invalidReferral([problem('kind', 'code', { list: 'referral-kind' })])
  const allowed = new Set([
    ...HEAD,
    ...fieldsOf(SECTION_TYPES.filter((type) => !mustNot.includes(type))),
    'extensions',
  ])
  const properties = Object.entries(referralSchema.properties as JsonSchema).filter(([name]) =>
    allowed.has(name),
  )
  const definitions = Object.entries(referralSchema.$defs as Readonly<Record<string, JsonSchema>>)
  const form = {
    ...referralSchema,
    $id: `${referralSchema.$id}:${kind}`,
    properties: {
      ...Object.fromEntries(properties),
      kind: {
        title: 'Kind',
        type: 'string',
        'x-rex-list': 'referral-kind',
        oneOf: [{ const: kind, title: label?.('referral-kind', kind) ?? titleOf(kind) }],
        default: kind,
        readOnly: true,
      },
      // Default: a real case, because users may overlook the field. A rehearsal that is treated as a real case does no harm; a real case
      // that is treated as a rehearsal does.
      test: { ...(referralSchema.properties as Readonly<Record<string, JsonSchema>>).test, default: false },
    },
    required: ['kind', 'test', ...fieldsOf(must)],
    $defs:
      label === undefined
        ? referralSchema.$defs
        : Object.fromEntries(definitions.map(([name, definition]) => [name, labelled(definition, label)])),
  }
  return texts === undefined ? form : inLanguage(form, texts)
}

function fieldsOf(types: readonly SectionType[]): string[] {
  return types.flatMap((type) => [...SECTIONS[type].fields])
}

/** Replaces the labels in the schema of a code list, and removes the definitions of codes, which exist only in English. */
function labelled(definition: JsonSchema, label: LabelOf): JsonSchema {
  const list = LIST_NAMES.find((name) => name === definition['x-rex-list'])
  if (list === undefined) return definition
  const codes = definition.oneOf as readonly { readonly const: string }[]
  return { ...definition, oneOf: codes.map(({ const: code }) => ({ const: code, title: label(list, code) })) }
}
