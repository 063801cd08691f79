// Copies a program's input into plain data that the program cannot change afterwards. docs/spec/overview.md, "Input"

import { type Place, pathOf } from '../../input/path.ts'
import { invalidReferral, type Problem, problem } from '../messages/problem.ts'
import type { PROBLEMS } from '../messages/problems.ts'

/** Maximum number of nested lists and objects, the same as for JSON in files. */
const DEPTH = 64
/** Maximum number of entries of a list. */
const ENTRIES = 100_000
/** Maximum number of values in an input, at all levels. */
const VALUES = 1_000_000
/** Placeholder for a value that JSON cannot hold, such as a date or a class instance. No description accepts the placeholder. */
const FOREIGN = Object.freeze(new (class Foreign {})())

/** Options for copying. */
interface PlainOptions {
  /** Creates the error for a value that cannot be copied. */
  readonly refuse: (problem: Problem) => Error
  /** Whether functions and signals are kept. By default they become the placeholder, which no description accepts. */
  readonly programs?: boolean
}

/** A copy that is being made. */
interface Copying {
  readonly programs: boolean
  values: number
  /** The problem to report if copying throws. The initial problem is that the value is unreadable, which is right if a getter or a proxy throws. */
  fault: [code: keyof typeof PROBLEMS, values?: Problem['values']]
  /** The path to the value that is being copied. */
  readonly steps: (string | number)[]
}

/** Stops copying, because the current value cannot be copied. `fault`: the problem to report. */
function stop(copying: Copying, ...fault: Copying['fault']): never {
  copying.fault = fault
  throw copying
}

/**
 * Makes a deep copy of objects, lists and primitives, reading each member only once (REX-ENC-036). Therefore the checked values are the
 * values used, even if the program changes its objects meanwhile.
 * @throws the error from `refuse` for a value that is too large, unreadable, or nested more than 64 deep (which includes cyclic values)
 */
export function plainCopy(value: unknown, { refuse, programs = false }: PlainOptions): unknown {
  const copying: Copying = { programs, values: 0, fault: ['unreadable'], steps: [] }
  try {
    return copied(value, copying)
  } catch {
    const path = pathOf(
      copying.steps.reduce<Place | undefined>((within, step) => ({ step, within }), undefined),
    )
    throw refuse(problem(path, ...copying.fault))
  }
}

/** Calls `plainCopy` for a referral or for send options. @throws RexError INVALID_REFERRAL */
export function plainReferral<T>(value: T): T {
  return plainCopy(value, { refuse: (found) => invalidReferral([found]) }) as T
}

function copied(value: unknown, copying: Copying): unknown {
  copying.values += 1
  if (copying.values > VALUES) stop(copying, 'large')
  if (typeof value === 'function') return copying.programs ? value : FOREIGN
  if (typeof value !== 'object' || value === null)
    return typeof value === 'bigint' || typeof value === 'symbol' ? FOREIGN : value
  if (copying.programs && value instanceof AbortSignal) return value
  if (Array.isArray(value)) return copiedList(value, copying)
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? copiedObject(value, copying) : FOREIGN
}

function copiedList(list: readonly unknown[], copying: Copying): unknown[] {
  const { length } = list
  if (length > ENTRIES) stop(copying, 'entries', { max: `${ENTRIES}` })
  const copy: unknown[] = []
  for (let i = 0; i < length; i++) copy.push(copiedMember(list, i, copying))
  return copy
}

function copiedObject(object: object, copying: Copying): object {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(object)) {
    const value = copiedMember(object, name, copying)
    // An assignment to `__proto__` would change the prototype of the copy (T-057).
    if (name === '__proto__')
      Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true })
    else copy[name] = value
  }
  return copy
}

function copiedMember(of: object, step: string | number, copying: Copying): unknown {
  copying.steps.push(step)
  if (copying.steps.length > DEPTH) stop(copying, 'deep')
  const copy = copied((of as Readonly<Record<string | number, unknown>>)[step], copying)
  copying.steps.pop()
  return copy
}
