// Problems of a referral: codes with values, from which each language makes its texts. docs/spec/referral.md, "Problems"
import { RexError } from '../../input/refusal.ts'
import { FORMATS, type FormatName } from '../formats.ts'
import type { FindingCode } from '../messages/findings.ts'
import { DESK_PROBLEMS } from './desk-problems.ts'
import { filled } from './filled.ts'
import { PROBLEMS, type ProblemCode } from './problems.ts'

/** A problem. It never repeats case data, only names of fields and codes. */
export interface Problem {
  /** Path of the value, such as `people[0].names[1].full`; empty for the whole referral. */
  readonly path: string
  /** Machine code, the same in all versions and languages (REX-REF-144). The code of a finding if the lint found the problem. */
  readonly code: ProblemCode | FindingCode
  /** Description in English, for people. */
  readonly message: string
  /** Values of the placeholders in the text of the code. */
  readonly values: Readonly<Record<string, string>>
  /** Suggested correction: the closest field name or code. */
  readonly suggestion?: string
}

/** Maximum number of problems reported. More would not help the user to begin. */
export const PROBLEMS_REPORTED = 100

/** For each format, the text that follows "must be". */
export const FORMS = Object.fromEntries(
  Object.entries(FORMATS).map(([name, { says }]) => [name, says]),
) as Record<FormatName, string>

/** Makes the error for a list of at least one problem. Its message and path describe the first problem; `problemsOf` returns all. */
export function invalidReferral(problems: readonly Problem[]): RexError {
  const [first] = problems as readonly [Problem]
  const meant = first.suggestion === undefined ? '' : `; did you mean ${first.suggestion}?`
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new RexError(
    'INVALID_REFERRAL',
    `${first.path || 'The referral'} ${first.message}${meant}${more}.`,
    {
      path: first.path,
      cause: problems.slice(0, PROBLEMS_REPORTED),
    },
  )
}

/** Returns all problems of an INVALID_REFERRAL error. */
export function problemsOf(error: unknown): readonly Problem[] {
  return RexError.is(error, 'INVALID_REFERRAL') && Array.isArray(error.cause) ? error.cause : []
}

/** Makes a problem. */
export function problem(
  path: string,
  code: keyof typeof PROBLEMS,
  values: Problem['values'] = {},
  suggestion?: string,
): Problem {
  return {
    path,
    code,
    message: filled(PROBLEMS[code], values, FORMS),
    values,
    ...(suggestion !== undefined && { suggestion }),
  }
}

/** Makes a problem that only a desk or a receiver finds. */
export function deskProblem(
  path: string,
  code: keyof typeof DESK_PROBLEMS,
  values: Problem['values'] = {},
  suggestion?: string,
): Problem {
  const message = filled(DESK_PROBLEMS[code], values, {})
  return { path, code, message, values, ...(suggestion !== undefined && { suggestion }) }
}
