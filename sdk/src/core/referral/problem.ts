// Problems of a referral, with paths, messages and suggestions. docs/spec/referral.md, "Validation"
import { RexError } from '../input/refusal.ts'

/** A problem. It never repeats case data, only field names and codes. */
export interface Problem {
  /** Path, such as `people[0].names[1].full`; empty for the whole. */
  readonly path: string
  /** Description, for people. */
  readonly message: string
  /** Suggested correction: the closest field name or code. */
  readonly suggestion?: string
}

/** Maximum number of problems reported. More would not help the user to begin. */
export const PROBLEMS_REPORTED = 100

/** Makes the error for a list of problems. Its message and path describe the first problem; `problemsOf` returns all. */
export function invalidReferral(problems: readonly Problem[]): RexError {
  const [first = problem('', 'is not valid')] = problems
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
export function problem(path: string, message: string, suggestion?: string): Problem {
  return { path, message, ...(suggestion !== undefined && { suggestion }) }
}

/** Finds the candidate closest to a possibly mistyped word. Undefined if none is close. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64) return undefined
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter((entry) => entry.distance <= Math.max(1, Math.floor(entry.candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return best?.candidate
}

/** Computes the edit distance in which swapping neighbours counts as one edit (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) row.push(step({ a, b, i, j, rows, row }))
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}

interface Step {
  readonly a: string
  readonly b: string
  readonly i: number
  readonly j: number
  readonly rows: readonly (readonly number[])[]
  readonly row: readonly number[]
}

function step({ a, b, i, j, rows, row }: Step): number {
  const cell = (r: readonly number[] | undefined, column: number) => r?.[column] ?? 0
  const change = a[i - 1] === b[j - 1] ? 0 : 1
  const above = rows[i - 1]
  const costs = [cell(above, j) + 1, cell(row, j - 1) + 1, cell(above, j - 1) + change]
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return Math.min(...costs, ...(swapped ? [cell(rows[i - 2], j - 2) + 1] : []))
}
