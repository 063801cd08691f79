// Codes that this version does not know: shown raw, and a decision held for a person. docs/spec/referral.md, "Unknown codes"
import { codeEntry, LISTS, type ListName } from '../lists.ts'
import { at } from '../problem.ts'
import type { Node, ObjectNode } from '../schema/node.ts'
import { REFERRAL } from '../schema/schema.ts'
import type { Referral } from '../types.ts'

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
  return codesOf(REFERRAL, referral, '')
    .filter(({ list, code }) => codeEntry(list, code) === undefined)
    .map((used) => ({ ...used, decisionBearing: LISTS[used.list].decisionBearing }))
}

/** The code lists that a referral uses, ascending: their versions stand in the refer event. */
export function usedLists(referral: Partial<Referral>): ListName[] {
  return [...new Set(codesOf(REFERRAL, referral, '').map(({ list }) => list))].sort()
}

type UsedCode = Omit<UnknownCode, 'decisionBearing'>

function codesOf(node: Node, value: unknown, path: string): UsedCode[] {
  if (value === undefined) return []
  switch (node.kind) {
    case 'code':
      return [{ path, list: node.list, code: value as string }]
    case 'list':
      return (value as unknown[]).flatMap((entry, i) => codesOf(node.of, entry, `${path}[${i}]`))
    case 'absent':
      return Object.entries(value as Readonly<Record<string, string>>).map(([name, code]) => ({
        path: at(path, name),
        list: 'absence',
        code,
      }))
    case 'object':
      return codesOfFields(node, value as Readonly<Record<string, unknown>>, path)
    default:
      return []
  }
}

function codesOfFields(
  { fields }: ObjectNode,
  value: Readonly<Record<string, unknown>>,
  path: string,
): UsedCode[] {
  return Object.entries(fields).flatMap(([name, field]) => codesOf(field, value[name], at(path, name)))
}
