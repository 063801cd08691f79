// From untrusted JSON to a Referral or all its problems. docs/spec/referral.md, "Validation"
import { RexError } from '../error.ts'
import { check, type UnknownCodes } from './check.ts'
import { idProblems } from './ids.ts'
import type { ObjectNode } from './node.ts'
import { type Problem, problem } from './problem.ts'
import { REFERRAL, SECTION_CONTENT } from './schema.ts'
import { type ReferralSection, sectionFields } from './section.ts'
import type { Referral } from './types.ts'

/** How to validate. */
export interface ValidateOptions {
  /** Default: refuse. Keep for what somebody else sent: its codes may be newer. */
  readonly unknownCodes?: UnknownCodes
}

/** A referral that holds, or what is wrong with it. */
export type Validation =
  | { readonly ok: true; readonly referral: Referral }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Problems reported at most; the first are enough to go on. */
const REPORTED = 100

/** Checks a JSON value as a referral (REX-REF-050). Nothing is changed, coerced or dropped. */
export function validate(value: unknown, { unknownCodes = 'refuse' }: ValidateOptions = {}): Validation {
  const problems = check(REFERRAL, value, '', unknownCodes)
  const all = problems.length > 0 ? problems : idProblems(value as Referral)
  return all.length === 0
    ? { ok: true, referral: value as Referral }
    : { ok: false, problems: all.slice(0, REPORTED) }
}

/**
 * A JSON value as a referral.
 * @throws RexError INVALID_REFERRAL with the path of the first problem; `problemsOf` gives all of them
 */
export function parseReferral(value: unknown, options: ValidateOptions = {}): Referral {
  const result = validate(value, options)
  if (!result.ok) throw invalid(result.problems)
  return result.referral
}

/**
 * A section that holds: known fields of its type only, unknown codes kept.
 * @throws RexError INVALID_REFERRAL; `problemsOf` gives all problems
 */
export function parseSection(section: ReferralSection): ReferralSection {
  const { type, id, version, content } = section
  const problems = [
    ...check(SECTION_HEAD, { id, version }, type, 'keep'),
    ...check(sectionNode(section), content, '', 'keep'),
    ...strayExtensions(section),
  ]
  if (problems.length > 0) throw invalid(problems)
  return section
}

/** All problems that an INVALID_REFERRAL error stands for. */
export function problemsOf(error: unknown): readonly Problem[] {
  return RexError.is(error, 'INVALID_REFERRAL') && Array.isArray(error.cause) ? error.cause : []
}

const SECTION_HEAD: ObjectNode = {
  kind: 'object',
  name: 'SectionHead',
  fields: {
    id: { kind: 'text', format: 'local-id', max: 64, required: true },
    version: { kind: 'integer', min: 1, max: 4096, required: true },
  },
}

function sectionNode({ type }: ReferralSection): ObjectNode {
  const fields = sectionFields(type).flatMap((name) => {
    const node = SECTION_CONTENT.fields[name]
    return node === undefined ? [] : [[name, node] as const]
  })
  return { ...SECTION_CONTENT, fields: Object.fromEntries(fields) }
}

function strayExtensions({ type, content }: ReferralSection): Problem[] {
  const extensions = Array.isArray(content?.extensions) ? content.extensions : []
  return extensions.flatMap((extension, i) =>
    extension?.section === type ? [] : [problem(`extensions[${i}].section`, `must be ${type}`)],
  )
}

function invalid(problems: readonly Problem[]): RexError {
  const [first = problem('', 'is not valid')] = problems
  const meant = first.suggestion === undefined ? '' : `; did you mean ${first.suggestion}?`
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new RexError(
    'INVALID_REFERRAL',
    `${first.path || 'The referral'} ${first.message}${meant}${more}.`,
    {
      path: first.path,
      cause: problems.slice(0, REPORTED),
    },
  )
}
