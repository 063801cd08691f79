// Collects the texts, bytes and numbers of a value, and finds out which of them are neighbours. docs/spec/referral.md, "Content guard"

import type { Place } from '../../input/path.ts'
import { dense } from './decoding/dense.ts'
import { groupedList } from './decoding/groups.ts'

/** A text, number or sequence of bytes, with its place. */
export interface Leaf {
  readonly content: string | number | Uint8Array
  readonly place: Place | undefined
  /** Whether the content may encode data. A text of only words does not. */
  readonly hasData: boolean
}

/** The joined contents of leaves that a reader may put together, and the place of the first leaf. */
export interface Joined {
  readonly content: string | readonly number[]
  readonly place: Place | undefined
}

/** Contents of leaves that a reader may put together: the data in texts, and numbers. */
interface Neighbours {
  readonly texts: string[]
  readonly numbers: number[]
  /** The place of the first leaf. */
  readonly first: Place | undefined
}

/** A column in nested lists or objects, as in a table: the members with the same name, whatever the index of their row. */
interface Column {
  members?: Map<string | typeof ENTRY, Column>
  group?: Neighbours
}

/** A list or object that is being read. Neighbours and columns are created only where there is data, because most members have none. */
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

/**
 * Minimum length of texts that are joined across the whole value. Shorter texts, such as codes and ids, are left out, because they may
 * stand between the parts of a picture.
 */
const SHORT_TEXT = 16
const DIGITS = /^-?\d{1,3}$/
/** Key of the column that contains all entries of a list. */
const ENTRY = Symbol('entry')

/** Reads all leaves of a value without recursion. Reads an object that contains itself only once. */
export class Leaves {
  /** All leaves, in reading order. */
  readonly all: Leaf[] = []
  #long: Neighbours | undefined
  readonly #groups: Neighbours[] = []
  readonly #lists: Joined[] = []
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

  /** Number of characters and bytes in all leaves. */
  get size(): number {
    return this.#size
  }

  /** Returns all neighbours joined, without repetitions. */
  joined(): Iterable<Joined> {
    const all = new Map(this.#lists.map((list) => [String(list.content), list]))
    for (const { texts, numbers, first } of [this.#long ?? [], this.#groups].flat()) {
      if (texts.length > 1) {
        const content = texts.join('')
        all.set(content, { content, place: first })
      }
      if (numbers.length > 1) all.set(numbers.join(), { content: numbers, place: first })
    }
    return all.values()
  }

  /** Adds the content if it is a leaf. If it is a list or an object, returns it to be read next. */
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
    const list = names === undefined ? groupedList(content as readonly unknown[]) : undefined
    if (list !== undefined) this.#lists.push({ content: list, place: { step: 0, within: place } })
    return { place, within, members, names, count, next: 0 }
  }

  /** Adds the content of a leaf to the groups of its neighbours. Returns whether the content may encode data. */
  #add(content: Leaf['content'], place: Place | undefined, within: Reading | undefined): boolean {
    if (typeof content === 'number' || (typeof content === 'string' && DIGITS.test(content))) {
      for (const group of this.#groupsOf(place, within)) group.numbers.push(Number(content))
    }
    if (typeof content !== 'string') return true
    const part = dense(content)
    if (part === '') return false
    // Remove white space and punctuation at the ends of short data, because they may be separators.
    const data = part.length * 2 > content.length ? content : part
    for (const group of this.#groupsOf(place, within)) group.texts.push(data)
    if (data.length >= SHORT_TEXT) {
      this.#long ??= newNeighbours(place)
      this.#long.texts.push(data)
    }
    return true
  }

  /** Returns the groups of a member: the members of the same list or object, and those of the same column. The whole value has none. */
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

  /** Returns the column of a list or object. Each column is looked up only once, together with the columns around it. */
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
