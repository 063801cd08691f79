// Converts JSON to protobuf messages and back, driven by the schema. A field that is absent in JSON has its default value in the message.
// docs/spec/referral.md, "Encoding"
import type { Node, ObjectNode } from '../referral/schema/node.ts'

/** A protobuf message in the form of the generated code: every field is present, unset fields with their default. */
export type MessageLike = Readonly<Record<string, unknown>>

/**
 * Converts an object to a message, whose fields have the same names. The lists of the message can be read only once: each entry is converted when
 * it is encoded, so that thousands of items are not in memory in both forms.
 */
export function toMessage(node: ObjectNode, value: object): MessageLike {
  const message: Record<string, unknown> = {}
  for (const name in node.fields) {
    message[name] = valueToMessage(node.fields[name] as Node, (value as MessageLike)[name])
  }
  return message
}

/** Converts a message to an object, omitting fields that have their default. */
export function toJson(node: ObjectNode, message: MessageLike): object {
  const object: Record<string, unknown> = {}
  for (const name in node.fields) {
    const value = valueToJson(node.fields[name] as Node, message[name])
    if (value !== undefined) object[name] = value
  }
  return object
}

function valueToMessage(node: Node, value: unknown): unknown {
  switch (node.kind) {
    case 'object':
      return value === undefined ? undefined : toMessage(node, value as object)
    case 'list':
      return value === undefined ? [] : entriesToMessages(node.of, value as readonly unknown[])
    case 'absent':
      return absences((value ?? {}) as Record<string, string>)
    case 'flag':
    case 'integer':
      return value
    default:
      return value ?? ''
  }
}

function* entriesToMessages(node: Node, entries: readonly unknown[]): Generator<unknown> {
  for (const entry of entries) yield valueToMessage(node, entry)
}

function valueToJson(node: Node, value: unknown): unknown {
  switch (node.kind) {
    case 'object':
      return value === undefined ? undefined : toJson(node, value as MessageLike)
    case 'list':
      return nonEmpty((value as unknown[]).map((entry) => valueToJson(node.of, entry)))
    case 'absent':
      return reasons(value as Absence[])
    case 'flag':
    case 'integer':
      return value
    default:
      return value === '' ? undefined : value
  }
}

interface Absence {
  readonly field: string
  readonly reason: string
}

/** Lists absence reasons in ascending order of the field, so that equal content has equal bytes. */
function absences(reasonsByField: Record<string, string>): Absence[] {
  return Object.entries(reasonsByField)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, reason]) => ({ field, reason }))
}

function reasons(list: Absence[]): Record<string, string> | undefined {
  return list.length === 0 ? undefined : Object.fromEntries(list.map(({ field, reason }) => [field, reason]))
}

function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list
}
