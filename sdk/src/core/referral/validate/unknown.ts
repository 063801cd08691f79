// Finds unknown codes. They are shown unchanged, and hold the message for a person if a decision depends on them. docs/spec/referral.md,
// "Unknown codes"

import { type Place, pathOf } from '../../input/path.ts'
import { isDecisionBearing, knownCode, type ListName } from '../codes/codes.ts'
import type { Node } from '../schema/node.ts'
import { REFERRAL } from '../schema/schema.ts'
import type { Referral } from '../types.ts'
import { workingOn } from './argument.ts'

/** A code that this version does not support. */
export interface UnknownCode {
  readonly path: string
  readonly list: ListName
  readonly code: string
  /** Whether a decision depends on the code, so that the message is held for a person (REX-REF-060). */
  readonly decisionBearing: boolean
}

/**
 * Lists the unknown codes of a referral or of a section's content, in the order of the fields. @throws RexError INVALID_REFERRAL for a
 * value of the wrong shape
 */
export function unknownCodes(referral: Partial<Referral>): UnknownCode[] {
  const unknown: UnknownCode[] = []
  const see: Walk['see'] = (list, code, place) => {
    if (!knownCode(list, code))
      unknown.push({ path: pathOf(place), list, code, decisionBearing: isDecisionBearing(list) })
  }
  workingOn(referral, () => visit(REFERRAL, referral, { place: undefined, see }))
  return unknown
}

/**
 * Lists the code lists that a referral uses, in ascending order. The refer event states their versions. @throws RexError INVALID_REFERRAL
 * for a value of the wrong shape
 */
export function usedLists(referral: Partial<Referral>): ListName[] {
  const used = new Set<ListName>()
  workingOn(referral, () => visit(REFERRAL, referral, { place: undefined, see: (list) => used.add(list) }))
  return [...used].sort()
}

interface Walk {
  readonly place: Place | undefined
  readonly see: (list: ListName, code: string, place: Place | undefined) => void
}

/** Calls `see` for every code in a value. */
function visit(node: Node, value: unknown, { place: within, see }: Walk): void {
  const members = value as Readonly<Record<string, unknown>>
  switch (node.kind) {
    case 'code':
      see(node.list, value as string, within)
      return
    case 'list':
      for (const [step, entry] of (value as unknown[]).entries())
        visit(node.of, entry, { place: { step, within }, see })
      return
    case 'absent':
      for (const step of Object.keys(members)) see('absence', members[step] as string, { step, within })
      return
    case 'object':
      for (const step in node.fields)
        if (members[step] !== undefined)
          visit(node.fields[step] as Node, members[step], { place: { step, within }, see })
  }
}
