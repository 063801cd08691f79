// Input of programs and commands other than referrals: checked against a description before anything is stored or sent.
// docs/spec/overview.md, "Input"
import { type ErrorReason, RexError } from './error.ts'
import { readEntityId } from './identifier.ts'
import { isLonger } from './input/text.ts'
import type { Problem } from './referral/problem.ts'
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
// Programs with a desk or gateway have room for all suggestions.
import './referral/validate/suggestions.ts'

/** From the year 2000 to the end of the year 9999; a time given in seconds lies before that range. */
const TIME_MIN = Date.UTC(2000, 0, 1)
const TIME_MAX = Date.UTC(10_000, 0, 1) - 1

/** A time: Unix milliseconds. */
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

/** A text of this form. */
export const matching = (form: RegExp, of: string) =>
  checked<string>((value) => (typeof value === 'string' && form.test(value) ? undefined : `must be ${of}`), {
    type: 'string',
    pattern: form.source,
  })

/** Bytes as `digits` lower-case hexadecimal digits. */
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

/** One line for programs, such as a key: 1 to `max` characters, none of them a control character or a line separator. */
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

/** A function. */
export const callback = <V>() =>
  checked<V>((value) => (typeof value === 'function' ? undefined : 'must be a function'))

/** Any value: it is checked where it is used. `schema` describes it. */
export const anything = <V>(schema?: CheckedNode['schema']) => checked<V>(() => undefined, schema)

/** A time span in milliseconds, with its limits. */
export const span = (min: number, max: number) => integer(min, max)

/** 0 to `max` entries. */
export const listOrNone = <V>(of: Node<V>, max: number) => ({ ...list(of, max), mayBeEmpty: true })

/** Form of the error for a refused input. */
export interface Refusal {
  readonly reason: ErrorReason
  /** Name of the input, for the message: "The decline". */
  readonly subject: string
}

/**
 * A copy of an input that satisfies its description (REX-ENC-036). For unknown codes and names the closest one is suggested.
 * @throws RexError with the path of the first problem; the message repeats names and codes, never values
 */
export function checkInput<T>(node: ObjectNode, value: T, refusal: Refusal): T {
  const copy = plainCopy(value, { refuse: (problem) => invalidInput(problem, refusal), programs: true })
  const [first, ...more] = check(node, copy, '', 'refuse')
  if (first !== undefined) throw invalidInput(first, refusal, more.length)
  return copy as T
}

/** The error for a problem of an input. */
export function invalidInput({ path, message, suggestion }: Problem, refusal: Refusal, more = 0): RexError {
  const others = more > 0 ? ` (and ${more} more)` : ''
  return new RexError(refusal.reason, `${refusal.subject}: ${path || 'it'} ${message}${others}.`, {
    path,
    hint:
      suggestion === undefined
        ? 'Correct it; nothing was kept or sent.'
        : `Did you mean ${suggestion}? Nothing was kept or sent.`,
  })
}

/** Refuses options that are not an object, and unknown members. @throws RexError CONFIG_INVALID with the path */
export function checkKnown(options: unknown, names: readonly string[], of: string): void {
  const fields = Object.fromEntries(names.map((name) => [name, anything()]))
  const node: ObjectNode = { kind: 'object', name: of, fields }
  checkInput(node, options, { reason: 'CONFIG_INVALID', subject: `The options of ${of}` })
}
