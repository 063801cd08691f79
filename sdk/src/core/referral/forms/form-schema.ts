// The JSON Schema of a form: for one kind of referral, with labels in the language of its users. docs/spec/referral.md, "Validation"
import { LIST_NAMES, type ListName } from '../codes/codes.ts'
import { kindRule } from '../kinds.ts'
import { invalidReferral, problem } from '../problem.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { referralSchema } from '../schema/referral-schema.ts'
import { titleOf } from '../schema/titles.ts'
import { SECTION_TYPES, SECTIONS, type SectionType } from '../section.ts'
import type { Code } from '../types.ts'

/** The label of a code, such as `label` of @rex/sdk/referral/labels/fr. */
export type LabelOf = (list: ListName, code: string) => string

/** Options of a form. */
export interface FormOptions {
  /** Labels of codes. Default: English. */
  readonly label?: LabelOf
}

/** Fields that are in no section. */
const HEAD = ['kind', 'test', 'lane', 'group']

/**
 * The JSON Schema of a form for one kind of referral (REX-REF-131): only sections that the kind may have, those that it must have required, and the kind
 * itself fixed. A value that it accepts is a value that `referralSchema` accepts; whether it can be sent, `validate` tells.
 * @throws RexError INVALID_REFERRAL for an unknown kind
 */
export function formSchema(kind: Code<'referral-kind'>, { label }: FormOptions = {}): JsonSchema {
  const { must, mustNot } = kindRule(kind)
  if (mustNot.length === 0)
    throw invalidReferral([problem('kind', 'must be a code of the list referral-kind')])
  const allowed = new Set([
    ...HEAD,
    ...fieldsOf(SECTION_TYPES.filter((type) => !mustNot.includes(type))),
    'extensions',
  ])
  const properties = Object.entries(referralSchema.properties as JsonSchema).filter(([name]) =>
    allowed.has(name),
  )
  const definitions = Object.entries(referralSchema.$defs as Readonly<Record<string, JsonSchema>>)
  return {
    ...referralSchema,
    $id: `${referralSchema.$id}:${kind}`,
    properties: {
      ...Object.fromEntries(properties),
      kind: {
        title: 'Kind',
        type: 'string',
        oneOf: [{ const: kind, title: label?.('referral-kind', kind) ?? titleOf(kind) }],
        default: kind,
        readOnly: true,
      },
      // Who ticks nothing refers a real case: a rehearsal taken for one is harmless, a case taken for a rehearsal is not.
      test: { ...(referralSchema.properties as Readonly<Record<string, JsonSchema>>).test, default: false },
    },
    required: ['kind', 'test', ...fieldsOf(must)],
    $defs:
      label === undefined
        ? referralSchema.$defs
        : Object.fromEntries(definitions.map(([name, definition]) => [name, labelled(definition, label)])),
  }
}

function fieldsOf(types: readonly SectionType[]): string[] {
  return types.flatMap((type) => [...SECTIONS[type].fields])
}

/** A code list with other labels; its meanings are in English only, so they are left out. */
function labelled(definition: JsonSchema, label: LabelOf): JsonSchema {
  const list = LIST_NAMES.find((name) => name === definition['x-rex-list'])
  if (list === undefined) return definition
  const codes = definition.oneOf as readonly { readonly const: string }[]
  return { ...definition, oneOf: codes.map(({ const: code }) => ({ const: code, title: label(list, code) })) }
}
