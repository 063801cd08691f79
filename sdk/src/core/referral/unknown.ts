// Codes that this version does not know: shown raw, and a decision held for a person. docs/spec/referral.md, "Unknown codes"
import { codeEntry, LISTS, type ListName } from './lists.ts'
import type { Node, ObjectNode } from './node.ts'
import { at } from './problem.ts'
import { REFERRAL } from './schema.ts'
import type { Referral } from './types.ts'

/** A code that this version does not know. */
export interface UnknownCode {
  readonly path: string
  readonly list: ListName
  readonly code: string
  /** Whether a person must decide (REX-REF-060). */
  readonly decisionBearing: boolean
}

/** The unknown codes of a referral or of the content of a section, in the order of its fields. */
export function unknownCodes(referral: Partial<Referral>): UnknownCode[] {
  return visit(REFERRAL, referral, '')
}

function visit(node: Node, value: unknown, path: string): UnknownCode[] {
  if (value === undefined) return []
  switch (node.kind) {
    case 'code':
      return unknown(node.list, value as string, path)
    case 'list':
      return (value as unknown[]).flatMap((entry, i) => visit(node.of, entry, `${path}[${i}]`))
    case 'absent':
      return Object.entries(value as object).flatMap(([name, code]) =>
        unknown('absence', code, at(path, name)),
      )
    case 'object':
      return visitFields(node, value as Readonly<Record<string, unknown>>, path)
    default:
      return []
  }
}

function visitFields(
  node: ObjectNode,
  value: Readonly<Record<string, unknown>>,
  path: string,
): UnknownCode[] {
  return Object.entries(node.fields).flatMap(([name, field]) => visit(field, value[name], at(path, name)))
}

function unknown(list: ListName, code: string, path: string): UnknownCode[] {
  if (codeEntry(list, code) !== undefined) return []
  return [{ path, list, code, decisionBearing: LISTS[list].decisionBearing }]
}
