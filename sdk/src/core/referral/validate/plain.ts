// What a program hands over, as plain data that nobody can change any more. docs/spec/overview.md, "Input"

import { type Place, pathOf } from '../../input/path.ts'
import { invalidReferral, type Problem } from '../problem.ts'

/** Deepest nesting: that of JSON in files. */
const DEPTH = 64
/** Most entries of one list. */
const ENTRIES = 100_000
/** Most values of the whole. */
const VALUES = 1_000_000
/** Stands for what no JSON holds, such as a date or an instance of a class: no description takes it. */
const FOREIGN = Object.freeze(new (class Foreign {})())

/** How a copy is made. */
export interface PlainOptions {
  /** The error for a value that cannot be copied. */
  readonly refuse: (problem: Problem) => Error
  /** Whether functions and signals are kept. Default: no description takes them. */
  readonly programs?: boolean
}

/** Where we are. */
interface Here {
  readonly programs: boolean
  readonly read: { values: number }
  readonly place: Place | undefined
  readonly depth: number
}

/** Why a value has no copy. */
class NoCopy extends Error {
  readonly problem: Problem

  constructor({ place }: Here, message: string) {
    super(message)
    this.problem = { path: pathOf(place), message }
  }
}

/**
 * A deep copy of objects, lists and primitives; each member is read once (REX-ENC-036). What is checked is then what is used, whatever
 * the program does with its objects meanwhile.
 * @throws what `refuse` makes of a value that is nested more than 64 deep, such as in a circle, too large, or cannot be read
 */
export function plainCopy(value: unknown, { refuse, programs = false }: PlainOptions): unknown {
  try {
    return copied(value, { programs, read: { values: 0 }, place: undefined, depth: 0 })
  } catch (error) {
    throw error instanceof NoCopy ? refuse(error.problem) : error
  }
}

/** As `plainCopy`, of a referral or how to send it. @throws RexError INVALID_REFERRAL */
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
    // An assignment to `__proto__` would change what the copy is (T-057).
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

/** Whatever a getter or a proxy throws, the value cannot be read. */
function attempted<T>(here: Here, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof NoCopy ? error : new NoCopy(here, 'cannot be read')
  }
}
