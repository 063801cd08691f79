// The JSON Schema of everything that `rex-desk` prints for programs. docs/guide/rex-desk.md, "Output for programs"
import { REASONS } from '../../core/error.ts'
import { type About, type JsonSchema, schemaOf } from '../../core/referral/schema/json-schema.ts'
import type { Node } from '../../core/referral/schema/node.ts'
import { referralSchema } from '../../core/referral/schema/referral-schema.ts'
import { ITEM } from '../../service/answers/item.ts'
import { ERROR_OUTPUT, EXEC_INPUT, outputOf } from './names.ts'
import { OUTPUTS } from './outputs.ts'

const HEAD = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:rex:schema:rex-desk:1',
  title: 'Output of rex-desk for programs',
}
const TEXT = { type: 'string' }
const PROBLEM = {
  type: 'object',
  properties: {
    ...{ path: TEXT, code: TEXT, message: TEXT, suggestion: TEXT },
    values: { type: 'object', additionalProperties: TEXT },
  },
  required: ['path', 'code', 'message', 'values'],
}
const ERROR = {
  description: 'What a command that fails prints on standard error with --json.',
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        reason: { enum: [...Object.keys(REASONS), 'USAGE'] },
        ...{ message: TEXT, hint: TEXT, path: TEXT },
        problems: { type: 'array', items: PROBLEM },
        exitCode: { type: 'integer' },
      },
      required: ['reason', 'message', 'hint', 'exitCode'],
      additionalProperties: false,
    },
  },
  required: ['error'],
  additionalProperties: false,
}

/** Makes the document. `about` returns the docstrings of the SDK's types. */
export function commandsSchema(about: About): JsonSchema {
  const types = new Map<string, JsonSchema>()
  const made = (node: Node) => schemaOf(node, about, types)
  const outputs = Object.entries(OUTPUTS).map(([verb, { of, each = false }]) => {
    const all = of.map(made)
    const description = `What \`rex-desk ${verb} --json\` prints: ${each ? 'documents, each on a line' : 'one document'}.`
    return [outputOf(verb), { description, ...(all.length === 1 ? all[0] : { anyOf: all }) }] as const
  })
  const input = {
    description: 'What `rex-desk receive --exec` hands to the program: one document on standard input.',
    ...made(ITEM),
  }
  const { $schema: _, $id: _id, $defs, ...referral } = referralSchema
  const { required: _required, ...partial } = referral
  const definitions = {
    ...($defs as object),
    ...Object.fromEntries(types),
    ...{ Referral: referral, PartialReferral: partial },
    ...Object.fromEntries(outputs),
    ...{ [EXEC_INPUT]: input, [ERROR_OUTPUT]: ERROR },
  }
  const sorted = Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...HEAD, $defs: Object.fromEntries(sorted) }
}

/**
 * Returns the schema of one definition, with the definitions that it refers to. Undefined if no definition has this
 * name.
 */
export function schemaFor(document: JsonSchema, name: string): JsonSchema | undefined {
  const all = document.$defs as Readonly<Record<string, JsonSchema>>
  if (!Object.hasOwn(all, name)) return undefined
  const needed = new Set([name])
  for (const each of needed)
    for (const [, next = ''] of JSON.stringify(all[each]).matchAll(/"#\/\$defs\/([^"]+)"/g)) needed.add(next)
  const kept = Object.entries(all).filter(([each]) => needed.has(each))
  return { ...document, $id: `${HEAD.$id}:${name}`, $ref: `#/$defs/${name}`, $defs: Object.fromEntries(kept) }
}
