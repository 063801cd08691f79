// Checks input from programs and commands, other than referrals, against a description before anything is stored or sent.
// docs/spec/overview.md, "Input"
import { type ErrorReason, RexError } from './error.ts'
import { readEntityId } from './identifier.ts'
import { isLonger } from './input/text.ts'
import type { Problem } from './referral/messages/problem.ts'
import {
  type CheckedNode,
  checked,
  integer,
  list,
  type Node,
  type ObjectNode,
} from './referral/schema/node.ts'
import { check } from './referral/validate/check.ts'
import { plainCopy } from './referral/validate/plain.ts'
// Load the synonyms from which suggestions are made. Only browsers leave them out, to load less code.
import './referral/validate/suggestions.ts'

/** The accepted times: the years 2000 to 9999. A time given in seconds by mistake is before this range. */
const TIME_MIN = Date.UTC(2000, 0, 1)
const TIME_MAX = Date.UTC(10_000, 0, 1) - 1

/** A time in Unix milliseconds. */
export const time = checked<number>(
  (value) => {
    if (Number.isSafeInteger(value) && Number(value) >= TIME_MIN && Number(value) <= TIME_MAX)
      return undefined
    const seconds = Number.isSafeInteger(value) && Number(value) * 1000 >= TIME_MIN && Number(value) > 0
    return `must be a time in Unix milliseconds, from the year 2000 to 9999${seconds ? '; this value is in seconds' : ''}`
  },
  { type: 'integer', minimum: TIME_MIN, maximum: TIME_MAX },
)

/** An entity identifier, as written by a person. */
export const organisation = checked<string>(
  (value) => {
    try {
      readEntityId(value)
      return undefined
    } catch (error) {
      return `must be an entity identifier such as "https://ngo.example"; ${RexError.from(error).hint.replace(/\.$/, '')}`
    }
  },
  { type: 'string', maxLength: 255 },
)

/** Describes a text of this form. `of` names it in errors. */
export const matching = (form: RegExp, of: string) =>
  checked<string>((value) => (typeof value === 'string' && form.test(value) ? undefined : `must be ${of}`), {
    type: 'string',
    pattern: form.source,
  })

/** Describes bytes written as `digits` lower-case hexadecimal digits. */
export const hex = (digits: number, of: string) =>
  checked<string>(
    (value) =>
      typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value)
        ? undefined
        : `must be ${of}: ${digits} lower-case hexadecimal digits`,
    { type: 'string', pattern: `^[0-9a-f]{${digits}}$` },
  )

/** A manifest digest, as returned by `changes`, `view().held` and events. */
export const digest = hex(64, 'the digest of a message')

/** Describes a single-line text for programs, such as a key: 1 to `max` characters without control characters and line separators. */
export const label = (max: number) =>
  checked<string>(
    (value) =>
      typeof value === 'string' &&
      value.isWellFormed() &&
      /^[^\p{Cc}\u2028\u2029]+$/u.test(value) &&
      !isLonger(value, max)
        ? undefined
        : `must be one line of 1 to ${max} characters`,
    { type: 'string', minLength: 1, maxLength: max },
  )

/** An AbortSignal. */
export const signal = checked<AbortSignal>((value) =>
  value instanceof AbortSignal ? undefined : 'must be an AbortSignal',
)

/** Describes a function. */
export const callback = <V>() =>
  checked<V>((value) => (typeof value === 'function' ? undefined : 'must be a function'))

/** Describes any value; the code that uses the value checks it. `schema` is its JSON Schema. */
export const anything = <V>(schema?: CheckedNode['schema']) => checked<V>(() => undefined, schema)

/** Describes a time span from `min` to `max` milliseconds. */
export const span = (min: number, max: number) => integer(min, max)

/** Describes a list of 0 to `max` entries. */
export const listOrNone = <V>(of: Node<V>, max: number) => ({ ...list(of, max), mayBeEmpty: true })

/** The error reason for rejected input, and what the error message calls the input. */
export interface Refusal {
  readonly reason: ErrorReason
  /** Name of the input in messages, such as "The decline". */
  readonly subject: string
}

/**
 * Checks an input against its description and returns a copy (REX-ENC-036). Errors suggest the closest code or name for an unknown one.
 * @throws RexError with the path of the first problem; the message repeats names and codes, never values
 */
export function checkInput<T>(node: ObjectNode, value: T, refusal: Refusal): T {
  const copy = plainCopy(value, { refuse: (problem) => invalidInput(problem, refusal), programs: true })
  const [first, ...more] = check(node, copy, '', 'refuse')
  if (first !== undefined) throw invalidInput(first, refusal, more.length)
  return copy as T
}

/** Makes the error for a problem of an input. */
export function invalidInput(
  { path, message, suggestion }: Pick<Problem, 'path' | 'message' | 'suggestion'>,
  refusal: Refusal,
  more = 0,
): RexError {
  const others = more > 0 ? ` (and ${more} more)` : ''
  return new RexError(refusal.reason, `${refusal.subject}: ${path || 'it'} ${message}${others}.`, {
    path,
    hint:
      suggestion === undefined
        ? 'Correct it; nothing was kept or sent.'
        : `Did you mean ${suggestion}? Nothing was kept or sent.`,
  })
}

/** Rejects options that are not an object or have unknown members. @throws RexError CONFIG_INVALID with the path */
export function checkKnown(options: unknown, names: readonly string[], of: string): void {
  const fields = Object.fromEntries(names.map((name) => [name, anything()]))
  const node: ObjectNode = { kind: 'object', name: of, fields }
  checkInput(node, options, { reason: 'CONFIG_INVALID', subject: `The options of ${of}` })
}
