// Converts errors to problem documents (RFC 9457) and back. docs/guide/service.md, "Problems"
import { type ErrorReason, REASONS, RexError, type StatusName } from '../core/error.ts'
import { type Problem as FieldProblem, problemsOf } from '../core/referral/index.ts'

/** Media type of a problem document. */
export const PROBLEM_TYPE = 'application/problem+json'

const HTTP_STATUS: Readonly<Record<StatusName, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  FAILED_PRECONDITION: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  CANCELLED: 503,
  DEADLINE_EXCEEDED: 504,
}

/** HTTP statuses for reasons whose gRPC status stands for a less precise HTTP status. */
const PRECISE: { readonly [Reason in ErrorReason]?: number } = { STORE_FULL: 507, OVERLOADED: 503 }

/** A problem document. */
export interface Problem {
  /** `urn:rex:problem:` and the reason. */
  readonly type: string
  /** The reason, as a code for programs. docs/spec/errors.md */
  readonly code: ErrorReason
  readonly status: number
  /** Description of the problem, for people. Never contains case data. */
  readonly detail: string
  /** The remedy, for people. */
  readonly hint: string
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  /** Path of the offending field. Absent if there is none. */
  readonly path?: string
  /** Values that belong to the reason. */
  readonly metadata: Readonly<Record<string, string>>
  /** All problems of a referral. */
  readonly problems?: readonly FieldProblem[]
}

/** Makes the problem document of an error. */
export function problemOf(thrown: unknown): Problem {
  const error = RexError.from(thrown)
  const { reason, message, hint, retryable, path, metadata } = error
  const problems = problemsOf(error)
  return {
    type: `urn:rex:problem:${reason}`,
    code: reason,
    status: PRECISE[reason] ?? HTTP_STATUS[REASONS[reason].status],
    detail: message,
    hint,
    retryable,
    ...(path !== undefined && { path }),
    metadata,
    ...(problems.length > 0 && { problems }),
  }
}

/** Returns the error of a problem document. A reason that this version does not define becomes INTERNAL. */
export function errorOf({ code, detail, hint, metadata, problems }: Problem): RexError {
  if (!Object.hasOwn(REASONS, code))
    return new RexError('INTERNAL', `The service refused this (${code}): ${detail}`, { hint })
  return new RexError(code, detail, { metadata, hint, ...(problems !== undefined && { cause: problems }) })
}
