// The texts, bytes and numbers of a value, and which of them are neighbours. docs/spec/referral.md, "Content guard"

import type { Place } from '../../input/path.ts'
import { dense } from './decoding/dense.ts'

/** A text, number or bytes, and where. */
export interface Leaf {
  readonly content: string | number | Uint8Array
  readonly place: Place | undefined
  /** A text that has only words holds no data. */
  readonly hasData: boolean
}

/** Leaves that a reader may put together again, as one, and where the first of them stands. */
export interface Joined {
  readonly content: string | readonly number[]
  readonly place: Place | undefined
}

/** Leaves that a reader may put together again: the data in texts, and numbers. */
interface Neighbours {
  readonly texts: string[]
  readonly numbers: number[]
  /** Where the first of them stands. */
  readonly first: Place | undefined
}

/** Members of the same name in lists of lists, whatever their indices. */
interface Column {
  members?: Map<string | typeof ENTRY, Column>
  group?: Neighbours
}

/** A list or object that is being read. Neighbours and columns are made for data only, which most members have none of. */
interface Reading {
  readonly place: Place | undefined
  readonly within: Reading | undefined
  readonly members: Readonly<Record<string | number, unknown>>
  /** Names of the members; undefined for a list. */
  readonly names: readonly string[] | undefined
  readonly count: number
  next: number
  own?: Neighbours
  column?: Column
}

/** Codes and ids between the parts of something are left out when the texts of a whole value are put together. */
const SHORT_TEXT = 16
const DIGITS = /^-?\d{1,3}$/
/** The column of all entries of a list. */
const ENTRY = Symbol('entry')

/** Reads a value without recursion. An object that contains itself is read once. */
export class Leaves {
  /** In reading order. */
  readonly all: Leaf[] = []
  #long: Neighbours | undefined
  readonly #groups: Neighbours[] = []
  readonly #column: Column = {}
  readonly #within = new Set<object>()
  #size = 0

  constructor(value: unknown) {
    let reading = this.#visit(value, undefined, undefined)
    while (reading !== undefined) {
      if (reading.next === reading.count) {
        this.#within.delete(reading.members)
        reading = reading.within
      } else {
        const step: string | number = reading.names?.[reading.next] ?? reading.next
        reading.next += 1
        reading = this.#visit(reading.members[step], { step, within: reading.place }, reading) ?? reading
      }
    }
  }

  /** Characters and bytes of all leaves. */
  get size(): number {
    return this.#size
  }

  /** All neighbours, each set once. */
  joined(): Iterable<Joined> {
    const all = new Map<string, Joined>()
    for (const { texts, numbers, first } of [this.#long ?? [], this.#groups].flat()) {
      if (texts.length > 1) {
        const content = texts.join('')
        all.set(content, { content, place: first })
      }
      if (numbers.length > 1) all.set(numbers.join(), { content: numbers, place: first })
    }
    return all.values()
  }

  /** The list or object that is to be read next, if the content is one. */
  #visit(content: unknown, place: Place | undefined, within: Reading | undefined): Reading | undefined {
    if (typeof content === 'string' || typeof content === 'number' || content instanceof Uint8Array) {
      this.#size += typeof content === 'number' ? 1 : content.length
      this.all.push({ content, place, hasData: this.#add(content, place, within) })
      return undefined
    }
    if (typeof content !== 'object' || content === null || this.#within.has(content)) return undefined
    this.#within.add(content)
    const members = content as Reading['members']
    const names = Array.isArray(content) ? undefined : Object.keys(content)
    const count = names?.length ?? (content as readonly unknown[]).length
    return { place, within, members, names, count, next: 0 }
  }

  /** Whether the content has data. */
  #add(content: Leaf['content'], place: Place | undefined, within: Reading | undefined): boolean {
    if (typeof content === 'number' || (typeof content === 'string' && DIGITS.test(content))) {
      for (const group of this.#groupsOf(place, within)) group.numbers.push(Number(content))
    }
    if (typeof content !== 'string') return true
    const part = dense(content)
    if (part === '') return false
    // Space and marks at its ends may separate it from its neighbours.
    const data = part.length * 2 > content.length ? content : part
    for (const group of this.#groupsOf(place, within)) group.texts.push(data)
    if (data.length >= SHORT_TEXT) {
      this.#long ??= newNeighbours(place)
      this.#long.texts.push(data)
    }
    return true
  }

  /** The neighbours of a member: the others of its list or object, and those of its column. The whole value has none. */
  #groupsOf(place: Place | undefined, within: Reading | undefined): readonly Neighbours[] {
    if (place === undefined || within === undefined) return []
    const column = memberOf(this.#columnOf(within), place)
    within.own ??= this.#newGroup(place)
    column.group ??= this.#newGroup(place)
    return [within.own, column.group]
  }

  #newGroup(first: Place): Neighbours {
    const group = newNeighbours(first)
    this.#groups.push(group)
    return group
  }

  /** The column of a list or object. It is looked up once, and so are those around it. */
  #columnOf(reading: Reading): Column {
    const around: Reading[] = []
    let next: Reading | undefined = reading
    for (; next !== undefined && next.column === undefined; next = next.within) around.push(next)
    let column = next?.column ?? this.#column
    for (const one of around.reverse()) {
      if (one.place !== undefined) column = memberOf(column, one.place)
      one.column = column
    }
    return column
  }
}

const newNeighbours = (first: Place | undefined): Neighbours => ({ texts: [], numbers: [], first })

function memberOf(column: Column, { step }: Place): Column {
  const name = typeof step === 'number' ? ENTRY : step
  column.members ??= new Map()
  const member = column.members.get(name) ?? {}
  column.members.set(name, member)
  return member
}
