// JSON to protobuf messages and back, driven by the schema: a field that is absent in JSON has its default in the message. docs/spec/referral.md, "Encoding"
import type { Node, ObjectNode } from '../referral/schema/node.ts'

/** A protobuf message as the generated code has it: every field present, absent ones with their default. */
export type MessageLike = Readonly<Record<string, unknown>>

/** The message of an object; its fields have the same names. */
export function toMessage(node: ObjectNode, value: object): MessageLike {
  const message: Record<string, unknown> = {}
  for (const name in node.fields) {
    message[name] = valueToMessage(node.fields[name] as Node, (value as MessageLike)[name])
  }
  return message
}

/** The object of a message, without fields that have their default. */
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
      return ((value ?? []) as unknown[]).map((entry) => valueToMessage(node.of, entry))
    case 'absent':
      return absences((value ?? {}) as Record<string, string>)
    case 'flag':
    case 'integer':
      return value
    default:
      return value ?? ''
  }
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

/** Ascending by field, so that equal content has equal bytes. */
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
