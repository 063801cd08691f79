// The description of a referral as JSON Schema (2020-12). docs/spec/referral.md, "Validation"

import { LISTS } from '../lists.ts'
import { FORMATS } from './format.ts'
import type { Node, ObjectNode, Rule } from './node.ts'
import { REFERRAL } from './schema.ts'

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Describes a field of a type for people. */
type Describe = (type: string, field?: string) => string | undefined

/**
 * The JSON Schema of a referral: exactly the values that `validate` accepts, except for ids, reasons beside values and calendar days, which
 * JSON Schema cannot express. `describe` returns the descriptions.
 */
export function jsonSchema(describe: Describe): JsonSchema {
  const definitions = new Map<string, JsonSchema>()
  const root = objectSchema(REFERRAL, describe, definitions)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'REX referral',
    ...root,
    $defs: Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function objectSchema(
  node: ObjectNode,
  describe: Describe,
  definitions: Map<string, JsonSchema>,
): JsonSchema {
  const fields = Object.entries(node.fields)
  const required = fields.filter(([, field]) => field.required === true).map(([name]) => name)
  return {
    ...described(describe(node.name)),
    type: 'object',
    properties: Object.fromEntries(
      fields.map(([name, field]) => [
        name,
        { ...described(describe(node.name, name)), ...nodeSchema(field, describe, definitions) },
      ]),
    ),
    ...(required.length > 0 && { required }),
    ...(node.rule && ruleSchema(node.rule)),
    additionalProperties: false,
  }
}

function nodeSchema(node: Node, describe: Describe, definitions: Map<string, JsonSchema>): JsonSchema {
  switch (node.kind) {
    case 'text':
      return {
        type: 'string',
        maxLength: node.max,
        pattern: FORMATS[node.format].pattern,
        ...formatOf(node.format),
      }
    case 'code':
      return { type: 'string', enum: codesOf(node.list) }
    case 'choice':
      return { type: 'string', enum: node.values }
    case 'flag':
      return { type: 'boolean' }
    case 'integer':
      return { type: 'integer', minimum: node.min, maximum: node.max }
    case 'list':
      return {
        type: 'array',
        minItems: 1,
        maxItems: node.max,
        items: nodeSchema(node.of, describe, definitions),
      }
    case 'checked':
      return {}
    case 'absent':
      return {
        type: 'object',
        properties: Object.fromEntries(
          node.fields.map((name) => [name, { type: 'string', enum: codesOf('absence') }]),
        ),
        minProperties: 1,
        additionalProperties: false,
      }
    case 'object':
      if (!definitions.has(node.name)) definitions.set(node.name, objectSchema(node, describe, definitions))
      return { $ref: `#/$defs/${node.name}` }
  }
}

/** Named only if the format has a check beyond its pattern. */
function formatOf(format: keyof typeof FORMATS): JsonSchema {
  return 'check' in FORMATS[format] ? { format } : {}
}

function codesOf(list: keyof typeof LISTS): string[] {
  return LISTS[list].entries.map(({ code }) => code)
}

function ruleSchema(rule: Rule): JsonSchema {
  const options = (names: readonly string[]) => names.map((name) => ({ required: [name] }))
  return 'exactlyOne' in rule ? { oneOf: options(rule.exactlyOne) } : { anyOf: options(rule.atLeastOne) }
}

function described(description: string | undefined): JsonSchema {
  return description === undefined ? {} : { description }
}
