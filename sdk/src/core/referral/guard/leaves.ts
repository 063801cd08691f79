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
  first: Place | undefined
}

/** Members of the same name in lists of lists, whatever their indices. */
interface Column extends Neighbours {
  readonly members: Map<string, Column>
}

/** A list or object that is being read. */
interface Reading {
  readonly members: Readonly<Record<string, unknown>>
  readonly names: readonly string[]
  readonly place: Place | undefined
  readonly column: Column
  readonly own: Neighbours
  next: number
}

/** Codes and ids between the parts of something are left out when the texts of a whole value are put together. */
const SHORT_TEXT = 16
const DIGITS = /^-?\d{1,3}$/

const noNeighbours = (): Neighbours => ({ texts: [], numbers: [], first: undefined })
const newColumn = (): Column => ({ ...noNeighbours(), members: new Map() })

/** Reads a value without recursion. An object that contains itself is read once. */
export class Leaves {
  /** In reading order. */
  readonly all: Leaf[] = []
  readonly #long = noNeighbours()
  readonly #groups: Neighbours[] = [this.#long]
  readonly #within = new Set<object>()
  readonly #open: Reading[] = []
  #size = 0

  constructor(value: unknown) {
    this.#visit(value, undefined, { column: newColumn(), own: noNeighbours() })
    for (let reading = this.#open.at(-1); reading !== undefined; reading = this.#open.at(-1)) {
      if (reading.next === reading.names.length) {
        this.#open.pop()
        this.#within.delete(reading.members)
      } else this.#readMember(reading, reading.next++)
    }
  }

  /** Characters and bytes of all leaves. */
  get size(): number {
    return this.#size
  }

  /** All neighbours, each set once. */
  joined(): Iterable<Joined> {
    const texts = new Map<string, Joined>()
    for (const { texts: parts, numbers, first } of this.#groups) {
      if (parts.length > 1) {
        const text = parts.join('')
        texts.set(text, { content: text, place: first })
      }
      if (numbers.length > 1) texts.set(numbers.join(), { content: numbers, place: first })
    }
    return texts.values()
  }

  #readMember({ members, names, place, column, own }: Reading, index: number): void {
    const name = names[index] as string
    const isList = Array.isArray(members)
    this.#visit(
      members[name],
      { step: isList ? index : name, within: place },
      { column: this.#columnOf(column, isList ? '[]' : name), own },
    )
  }

  #columnOf(parent: Column, name: string): Column {
    const known = parent.members.get(name)
    if (known !== undefined) return known
    const column = newColumn()
    parent.members.set(name, column)
    this.#groups.push(column)
    return column
  }

  #visit(content: unknown, place: Place | undefined, { column, own }: Pick<Reading, 'column' | 'own'>): void {
    if (typeof content === 'string' || typeof content === 'number' || content instanceof Uint8Array) {
      this.#size += typeof content === 'number' ? 1 : content.length
      this.all.push({ content, place, hasData: this.#add(content, place, [own, column]) })
    } else if (typeof content === 'object' && content !== null && !this.#within.has(content)) {
      this.#within.add(content)
      const members = content as Reading['members']
      const neighbours = noNeighbours()
      this.#groups.push(neighbours)
      this.#open.push({ members, names: Object.keys(members), place, column, own: neighbours, next: 0 })
    }
  }

  /** Whether the content has data. */
  #add(content: Leaf['content'], place: Place | undefined, groups: readonly Neighbours[]): boolean {
    if (typeof content === 'number' || (typeof content === 'string' && DIGITS.test(content))) {
      for (const group of groups) addTo(group, place).numbers.push(Number(content))
    }
    if (typeof content !== 'string') return true
    const part = dense(content)
    if (part === '') return false
    // Space and marks at its ends may separate it from its neighbours.
    const data = part.length * 2 > content.length ? content : part
    for (const group of groups) addTo(group, place).texts.push(data)
    if (data.length >= SHORT_TEXT) addTo(this.#long, place).texts.push(data)
    return true
  }
}

function addTo(group: Neighbours, place: Place | undefined): Neighbours {
  group.first ??= place
  return group
}
