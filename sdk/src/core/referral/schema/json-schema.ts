// Converts the description of a referral to JSON Schema (2020-12), for validators and form builders. docs/spec/referral.md, "Validation"

import type { ListName } from '../codes/codes.ts'
import { FORMATS } from '../formats.ts'
import { type CodeList, LISTS } from '../lists.ts'
import type { Node, ObjectNode, Rule } from './node.ts'
import { REFERRAL } from './schema.ts'
import { titleOf } from './titles.ts'

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Texts for people about a type or a field of a type. */
export interface About {
  readonly describe: (type: string, field?: string) => string | undefined
  readonly example: (type: string, field: string) => unknown
}

/** Identifier of the schema of this version (REX-REF-130). */
const ID = 'urn:rex:schema:referral:1'

/**
 * Makes the JSON Schema of a referral. It accepts exactly the values that the validator accepts, except that JSON Schema cannot check ids,
 * reasons for fields that have a value, and calendar days.
 */
export function jsonSchema(about: About): JsonSchema {
  const definitions = new Map<string, JsonSchema>()
  const root = objectSchema(REFERRAL, about, definitions)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: ID,
    ...root,
    title: 'REX referral',
    $defs: Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

const FREE_TEXTS: readonly string[] = ['prose', 'name', 'line', 'local-id', 'code']

type Definitions = Map<string, JsonSchema>

function objectSchema(node: ObjectNode, about: About, definitions: Definitions): JsonSchema {
  const fields = Object.entries(node.fields)
  const required = fields.filter(([, field]) => field.required === true).map(([name]) => name)
  return {
    title: titleOf(node.name),
    ...given('description', about.describe(node.name)),
    type: 'object',
    properties: Object.fromEntries(
      fields.map(([name, field]) => [
        name,
        { ...aboutField([node.name, name, field], about), ...schemaOf(field, about, definitions) },
      ]),
    ),
    ...(required.length > 0 && { required }),
    ...(node.rule && ruleSchema(node.rule, fields.length)),
    additionalProperties: false,
  }
}

function aboutField(
  [type, name, node]: [type: string, name: string, node: Node],
  { describe, example }: About,
): JsonSchema {
  const shown = example(type, name)
  const description = [describe(type, name), formOf(node)].filter((text) => text !== undefined).join(' ')
  return {
    title: titleOf(name),
    ...given('description', description || undefined),
    ...(shown !== undefined && { examples: [shown] }),
  }
}

/** Describes the form of a text for people. Free text needs no description. */
function formOf(node: Node): string | undefined {
  if (node.kind === 'list') return formOf(node.of)
  if (node.kind !== 'text' || node.refersTo !== undefined || FREE_TEXTS.includes(node.format))
    return undefined
  const { says } = FORMATS[node.format]
  return `${says.charAt(0).toUpperCase()}${says.slice(1)}.`
}

/** Makes the schema of a value. Adds the schemas of its objects and code lists to `definitions` by name, and refers to them by `#/$defs/`. */
export function schemaOf(node: Node, about: About, definitions: Definitions): JsonSchema {
  switch (node.kind) {
    case 'text':
      return {
        type: 'string',
        maxLength: node.max,
        pattern: FORMATS[node.format].pattern,
        ...formatOf(node.format),
      }
    case 'code':
      return codeSchema(node.list, definitions)
    case 'choice':
      return { type: 'string', oneOf: node.values.map((value) => ({ const: value, title: titleOf(value) })) }
    case 'flag':
      return { type: 'boolean' }
    case 'integer':
      return { type: 'integer', minimum: node.min, maximum: node.max }
    case 'list':
      return {
        type: 'array',
        ...(node.mayBeEmpty !== true && { minItems: 1 }),
        maxItems: node.max,
        items: schemaOf(node.of, about, definitions),
      }
    case 'checked':
      return node.schema ?? {}
    case 'absent':
      return {
        type: 'object',
        properties: Object.fromEntries(
          node.fields.map((name) => [name, { title: titleOf(name), ...codeSchema('absence', definitions) }]),
        ),
        minProperties: 1,
        additionalProperties: false,
      }
    case 'object':
      if (!definitions.has(node.name)) definitions.set(node.name, objectSchema(node, about, definitions))
      return { $ref: `#/$defs/${node.name}` }
  }
}

/** Makes the schema of a code list, with labels and definitions in English. `x-rex-list` names the list. */
function codeSchema(list: ListName, definitions: Definitions): JsonSchema {
  const name = `code-${list}`
  const { title, version, entries }: CodeList = LISTS[list]
  definitions.set(name, {
    title,
    type: 'string',
    oneOf: entries.map(({ code, label, definition }) => ({
      const: code,
      title: label,
      description: definition,
    })),
    'x-rex-list': list,
    'x-rex-version': version,
  })
  return { $ref: `#/$defs/${name}` }
}

/** Returns the keyword `format`, but only for a format with a check beyond its pattern. */
function formatOf(format: keyof typeof FORMATS): JsonSchema {
  return 'check' in FORMATS[format] ? { format } : {}
}

/** Makes the schema of a rule, without `anyOf` and `oneOf`, which form builders show as a choice between forms. */
function ruleSchema(rule: Rule, fields: number): JsonSchema {
  const [names, exactly] = 'exactlyOne' in rule ? [rule.exactlyOne, true] : [rule.atLeastOne, false]
  if (names.length === fields) return { minProperties: 1, ...(exactly && { maxProperties: 1 }) }
  return { not: { allOf: names.map((name) => ({ not: { required: [name] } })) } }
}

function given(name: string, value: string | undefined): JsonSchema {
  return value === undefined ? {} : { [name]: value }
}
