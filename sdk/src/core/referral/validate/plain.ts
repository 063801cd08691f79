// Copies input of a program into plain data that nobody else can change. docs/spec/overview.md, "Input"

import { type Place, pathOf } from '../../input/path.ts'
import { invalidReferral, type Problem } from '../problem.ts'

/** Maximum nesting: the same as for JSON in files. */
const DEPTH = 64
/** Maximum entries of one list. */
const ENTRIES = 100_000
/** Maximum values in total. */
const VALUES = 1_000_000
/** Placeholder for a value that JSON cannot hold, such as a date or a class instance: no description accepts it. */
const FOREIGN = Object.freeze(new (class Foreign {})())

/** Options of copying. */
interface PlainOptions {
  /** Creates the error for a value that cannot be copied. */
  readonly refuse: (problem: Problem) => Error
  /** Whether functions and signals are kept. Default: false, no description accepts them. */
  readonly programs?: boolean
}

/** Current position. */
interface Here {
  readonly programs: boolean
  readonly read: { values: number }
  readonly place: Place | undefined
  readonly depth: number
}

/** Reason why a value cannot be copied. */
class NoCopy extends Error {
  readonly problem: Problem

  constructor({ place }: Here, message: string) {
    super(message)
    this.problem = { path: pathOf(place), message }
  }
}

/**
 * A deep copy of objects, lists and primitives that reads each member once (REX-ENC-036). The checked values are then the values used, even
 * if the program changes its objects meanwhile.
 * @throws the error from `refuse` for a value that is nested more than 64 deep, such as a cyclic one, too large, or unreadable
 */
export function plainCopy(value: unknown, { refuse, programs = false }: PlainOptions): unknown {
  try {
    return copied(value, { programs, read: { values: 0 }, place: undefined, depth: 0 })
  } catch (error) {
    throw error instanceof NoCopy ? refuse(error.problem) : error
  }
}

/** `plainCopy` for a referral or for send options. @throws RexError INVALID_REFERRAL */
export function plainReferral<T>(value: T): T {
  return plainCopy(value, { refuse: (problem) => invalidReferral([problem]) }) as T
}

function copied(value: unknown, here: Here): unknown {
  here.read.values += 1
  if (here.read.values > VALUES) throw new NoCopy(here, 'is too large')
  if (typeof value === 'function') return here.programs ? value : FOREIGN
  if (typeof value !== 'object' || value === null)
    return typeof value === 'bigint' || typeof value === 'symbol' ? FOREIGN : value
  return attempted(here, () => {
    if (here.programs && value instanceof AbortSignal) return value
    if (Array.isArray(value)) return copiedList(value, here)
    const prototype = Object.getPrototypeOf(value)
    return prototype === Object.prototype || prototype === null ? copiedObject(value, here) : FOREIGN
  })
}

function copiedList(list: readonly unknown[], here: Here): unknown[] {
  const { length } = list
  if (length > ENTRIES) throw new NoCopy(here, `must have at most ${ENTRIES} entries`)
  return Array.from({ length }, (_, i) => copiedMember(list, i, here))
}

function copiedObject(object: object, here: Here): object {
  const copy = {}
  for (const name of Object.keys(object)) {
    const value = copiedMember(object, name, here)
    // An assignment to `__proto__` would change the prototype of the copy (T-057).
    Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true })
  }
  return copy
}

function copiedMember(of: object, step: string | number, here: Here): unknown {
  const inside = { ...here, place: { step, within: here.place }, depth: here.depth + 1 }
  if (here.depth === DEPTH) throw new NoCopy(inside, 'is nested too deeply')
  const value = attempted(inside, () => (of as Readonly<Record<string | number, unknown>>)[step])
  return copied(value, inside)
}

/** A value whose getter or proxy throws is unreadable. */
function attempted<T>(here: Here, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof NoCopy ? error : new NoCopy(here, 'cannot be read')
  }
}
