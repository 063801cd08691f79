// Validates untrusted JSON as a referral, and returns it or all its problems. docs/spec/referral.md, "Validation"

import {
  deskProblem,
  invalidReferral,
  PROBLEMS_REPORTED,
  type Problem,
  problem,
} from '../messages/problem.ts'
import { choice, type Node, type ObjectNode } from '../schema/node.ts'
import { REFERRAL, SECTION_CONTENT } from '../schema/schema.ts'
import { isSectionType, type ReferralSection, SECTION_TYPES, sectionFields } from '../section.ts'
import type { Referral } from '../types.ts'
import { checkArguments } from './argument.ts'
import { check, type UnknownCodes } from './check.ts'
import { idProblems, repeatedIds } from './ids.ts'
import { plainReferral } from './plain.ts'

/** Options for validation. */
export interface ValidateOptions {
  /** How to treat unknown codes. Default: `refuse`. Use `keep` for input from others, who may have newer code lists. */
  readonly unknownCodes?: UnknownCodes
}

/** Description of the option `unknownCodes`. */
export const UNKNOWN_CODES: Node = choice('refuse', 'keep')

/** A valid referral, or its problems. */
export type Validation =
  | { readonly ok: true; readonly referral: Referral }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Checks the fields of a JSON value against the description of a referral (REX-REF-050) or another description. Nothing is changed, coerced
 * or dropped.
 */
export function checkReferral(
  value: unknown,
  { unknownCodes = 'refuse' }: ValidateOptions = {},
  node: ObjectNode = REFERRAL,
): Validation {
  const problems = check(node, value, '', unknownCodes)
  const all = problems.length > 0 ? problems : wholeProblems(value as Referral)
  return all.length === 0
    ? { ok: true, referral: value as Referral }
    : { ok: false, problems: all.slice(0, PROBLEMS_REPORTED) }
}

/** Finds problems of the referral as a whole: wrong ids, and extensions in sections that do not belong to a referral. */
function wholeProblems(referral: Referral): Problem[] {
  const lost = (referral.extensions ?? []).flatMap(({ section }, i) =>
    isSectionType(section) ? [] : [problem(`extensions[${i}].section`, 'no-section')],
  )
  return [...idProblems(referral), ...lost]
}

/**
 * Checks the fields of a JSON value and returns it as a referral. Use `validate` to check whether it can be sent.
 * @throws RexError INVALID_REFERRAL with the path of the first problem; `problemsOf` returns all of them. CONFIG_INVALID for the options
 */
export function parseReferral(value: unknown, options: ValidateOptions = {}): Referral {
  checkArguments({ unknownCodes: UNKNOWN_CODES }, options)
  const result = checkReferral(plainReferral(value), options)
  if (!result.ok) throw invalidReferral(result.problems)
  return value as Referral
}

/**
 * Checks that a section has only fields of its type, and returns it. Unknown codes are kept.
 * @throws RexError INVALID_REFERRAL; `problemsOf` returns all problems
 */
export function parseSection(section: ReferralSection): ReferralSection {
  const { type, id, version, content } = section
  const problems = [
    ...check(SECTION_HEAD, { id, version }, type, 'keep'),
    ...check(SECTION_NODES.get(type) ?? NOTHING, content, '', 'keep'),
    ...strayExtensions(section),
  ]
  const all = problems.length > 0 ? problems : repeatedIds(content)
  if (all.length > 0) throw invalidReferral(all)
  return section
}

const SECTION_HEAD: ObjectNode = {
  kind: 'object',
  name: 'SectionHead',
  fields: {
    id: { kind: 'text', format: 'local-id', max: 64, required: true },
    version: { kind: 'integer', min: 1, max: 4096, required: true },
  },
}

const NOTHING: ObjectNode = { kind: 'object', name: 'Nothing', fields: {} }

/** Description of the permitted content of each section type. */
const SECTION_NODES: ReadonlyMap<string, ObjectNode> = new Map(
  SECTION_TYPES.map((type) => {
    const allowed: readonly string[] = sectionFields(type)
    const fields = Object.entries(SECTION_CONTENT.fields).filter(([name]) => allowed.includes(name))
    return [type, { ...SECTION_CONTENT, fields: Object.fromEntries(fields) }]
  }),
)

function strayExtensions({ type, content }: ReferralSection): Problem[] {
  const extensions = Array.isArray(content?.extensions) ? content.extensions : []
  return extensions.flatMap((extension, i) =>
    extension?.section === type
      ? []
      : [deskProblem(`extensions[${i}].section`, 'section', { section: type })],
  )
}
