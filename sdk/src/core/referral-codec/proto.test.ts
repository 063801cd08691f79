// Tests that the protobuf schema and the JSON schema have the same fields with matching types. docs/spec/referral.md, "Encoding"
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Node, ObjectNode } from '../referral/schema/node.ts'
import { SECTION_CONTENT } from '../referral/schema/schema.ts'

const PROTO = readFileSync(new URL('../../../../proto/rex/core/v1/referral.proto', import.meta.url), 'utf8')
/** Members of the section message that are not content. */
const HEAD = ['id', 'version']
/** Types that have another name in protobuf. */
const RENAMED: Readonly<Record<string, string>> = { Question: 'ReferralQuestion' }

type Fields = ReadonlyMap<string, string>

/** The fields of every message: a map from the camelCase name to the declared type, such as "repeated string". */
const messages = new Map<string, Fields>(
  [...PROTO.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => [
    name,
    fieldsOf(body),
  ]),
)

function fieldsOf(body: string): Fields {
  const lines = [...body.matchAll(/^ +((?:repeated |optional )?\w+) (\w+) = \d+;/gm)]
  return new Map(
    lines.map(([, type = '', name = '']) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      type,
    ]),
  )
}

const messageOf = ({ name }: ObjectNode) => RENAMED[name] ?? name

/** Returns the protobuf type that a node needs. */
function declaration(node: Node): string {
  switch (node.kind) {
    case 'object':
      return messageOf(node)
    case 'list':
      return `repeated ${declaration(node.of)}`
    case 'absent':
      return 'repeated Absence'
    case 'flag':
      return 'optional bool'
    case 'integer':
      return node.min < 0 ? 'optional sint64' : 'optional uint32'
    default:
      return 'string'
  }
}

test('every object of the schema is a message with exactly its fields', () => {
  const seen = new Map<string, ObjectNode>()
  const collect = (node: Node): void => {
    if (node.kind === 'list') collect(node.of)
    if (node.kind !== 'object' || seen.has(messageOf(node))) return
    seen.set(messageOf(node), node)
    for (const field of Object.values(node.fields)) collect(field)
  }
  collect(SECTION_CONTENT)
  expect([...messages.keys()].filter((name) => name !== 'Absence').sort()).toEqual([...seen.keys()].sort())
  for (const [name, node] of seen) {
    const wanted = Object.entries(node.fields).map(([field, of]) => [field, declaration(of)])
    const declared = [...(messages.get(name) ?? [])].filter(
      ([field]) => node !== SECTION_CONTENT || !HEAD.includes(field),
    )
    const plain = declared.map(([field, type]) => [field, same(type, wanted, field)])
    expect(Object.fromEntries(plain), name).toEqual(Object.fromEntries(wanted))
  }
})

/**
 * Returns the type as declared in protobuf. If it differs from the needed type only by a missing `optional`, adds `optional`: required numbers are
 * never absent, so they are declared without it.
 */
function same(type: string, wanted: readonly (readonly string[])[], field: string): string {
  const [, asked = ''] = wanted.find(([name]) => name === field) ?? []
  return asked === `optional ${type}` ? asked : type
}
