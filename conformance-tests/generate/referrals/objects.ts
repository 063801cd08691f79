// Finds the smallest referral that can contain an object of a type. docs/spec/referral.md, "Fields"
import { type Kind, type ObjectTable, readCodes, readObjects } from './fields.ts'
import { SAMPLES, textOf } from './samples.ts'

type Json = Readonly<Record<string, unknown>>

/** A step of a path: a member of an object, or the first entry of the member if it is a list. */
export interface Step {
  readonly name: string
  readonly isList: boolean
}

/** The place of an object of a type in a referral. */
export interface Placed {
  /** Path of the object. Empty for the referral itself. */
  readonly path: string
  /** The smallest object of the type. */
  readonly value: Json
  /** Returns the referral with a given object in this place. */
  readonly put: (value: Json) => Json
}

const ROOT = 'Referral'
/** Maximum length of texts in examples. Cases test longer limits in only one field. */
const LONGEST = 255

/** The field tables of the specification, read once, and the examples made from them. */
export class Objects {
  readonly #tables = readObjects()
  readonly #codes = readCodes()
  readonly #ways = this.#findWays()

  all(): ObjectTable[] {
    return [...this.#tables.values()]
  }

  /** Returns the smallest valid referral. */
  base(): Json {
    const { kind: _, ...smallest } = this.#smallest(this.#table(ROOT))
    return { kind: 'law-enforcement-report', ...smallest }
  }

  placeOf(type: string): Placed {
    const way = this.#ways.get(type) as readonly Step[]
    const path = way.map(({ name, isList }) => `${name}${isList ? '[0]' : ''}`).join('.')
    if (type === ROOT) return { path, value: this.base(), put: (value) => this.#withTargets(value) }
    return {
      path,
      value: this.#smallest(this.#table(type)),
      put: (value) => this.#withTargets(this.#along(way, value)),
    }
  }

  /** Returns an example value of a kind. */
  example(kind: Kind): unknown {
    switch (kind.is) {
      case 'text':
        return kind.refersTo === undefined ? SAMPLES[kind.format]?.right[0] : TARGETS[kind.refersTo]?.id
      case 'code':
        return this.#codes.get(kind.list)
      case 'object':
        return this.#smallest(this.#table(kind.type))
      case 'number':
        return Math.max(kind.from, 1)
      case 'flag':
        return true
      case 'choice':
        return kind.values[0]
      case 'list':
        return [this.example(kind.of)]
      case 'reasons':
        return undefined
    }
  }

  /** Returns an object with all its members, and with texts of maximum length. */
  full({ name, fields, exactly, oneOf }: ObjectTable): Json {
    const chosen = fields.filter(({ name: field }) => !exactly || !oneOf.slice(1).includes(field))
    const entries = chosen.map(({ name: field, kind }) => [field, this.#largest(kind)])
    return {
      ...Object.fromEntries(entries),
      ...(name === ROOT && { kind: 'law-enforcement-report' }),
      ...OWN[name],
    }
  }

  /** Returns the given field if it exists, otherwise the first field with this format. */
  holderOf(
    format: string,
    [name, field]: readonly [string, string] = ['', ''],
  ): { object: ObjectTable; field: string } {
    const known = this.#tables.get(name)
    if (known?.fields.some((row) => row.name === field)) return { object: known, field }
    for (const object of this.#tables.values())
      for (const row of object.fields)
        if (row.kind.is === 'text' && row.kind.format === format) return { object, field: row.name }
    throw new Error(`No field has the format ${format}.`)
  }

  #largest(kind: Kind): unknown {
    if (kind.is === 'text' && kind.refersTo === undefined && kind.most <= LONGEST)
      return textOf(kind.format, kind.most) ?? this.example(kind)
    if (kind.is === 'number') return kind.to
    if (kind.is === 'list') return [this.#largest(kind.of)]
    return this.example(kind)
  }

  #table(type: string): ObjectTable {
    const table = this.#tables.get(type)
    if (table === undefined) throw new Error(`The chapter has no table ${type}.`)
    return table
  }

  #smallest({ name, fields, oneOf }: ObjectTable): Json {
    const needed = fields.filter(({ name: field, must }) => must || field === oneOf[0])
    return {
      ...Object.fromEntries(needed.map(({ name: field, kind }) => [field, this.example(kind)])),
      ...SMALLEST[name],
    }
  }

  /** Puts an object at the end of a path, and makes the smallest object for each step before it. */
  #along(way: readonly Step[], value: Json, type = ROOT): Json {
    const [step, ...rest] = way
    if (step === undefined) return value
    const { name, isList } = step
    const next = this.#table(type).fields.find((row) => row.name === name)?.kind
    const inner = this.#along(rest, value, typeOf(next as Kind))
    const holder = type === ROOT ? this.base() : this.#smallest(this.#table(type))
    return { ...holder, [name]: isList ? [inner] : inner }
  }

  /** Appends the people, items and accounts to which the ids in a referral refer, so that every id has a target. */
  #withTargets(referral: Json): Json {
    const text = JSON.stringify(referral)
    const added = new Map(
      Object.values(TARGETS)
        .filter(({ id, list }) => text.includes(`"${id}"`) && !isIn(referral[list], id))
        .map((target) => [target.list, target.entry]),
    )
    const lists = [...added].flatMap(([list, entry]) => {
      const held = referral[list] ?? []
      return Array.isArray(held) ? [[list, [...held, entry]]] : []
    })
    return { ...referral, ...Object.fromEntries(lists) }
  }

  /** Finds the shortest path to an object of each type. */
  #findWays(): Map<string, readonly Step[]> {
    const ways = new Map<string, readonly Step[]>([[ROOT, []]])
    for (const [type, way] of ways)
      for (const { name, kind } of this.#table(type).fields) {
        const next = typeOf(kind)
        if (next !== undefined && !ways.has(next))
          ways.set(next, [...way, { name, isList: kind.is === 'list' }])
      }
    return ways
  }
}

/** The entries to which ids in examples refer. */
const TARGETS: Readonly<
  Record<string, { readonly id: string; readonly list: string; readonly entry: object }>
> = {
  person: { id: 'named-person', list: 'people', entry: { id: 'named-person', roles: ['witness'] } },
  item: { id: 'named-item', list: 'items', entry: { id: 'named-item', url: 'https://site.example/page' } },
  account: {
    id: 'named-account',
    list: 'accounts',
    entry: { id: 'named-account', service: 'chat', handle: 'x' },
  },
  entry: { id: 'named-person', list: 'people', entry: { id: 'named-person', roles: ['witness'] } },
}

/** Members that the tables cannot give, because ids must differ and an extension must name an existing section. */
const SMALLEST: Readonly<Record<string, Json>> = {
  Person: { id: 'a-person' },
  Item: { id: 'an-item' },
  Account: { id: 'an-account' },
  Reference: { id: 'a-reference' },
  Question: { id: 'a-question' },
  Extension: { section: 'triage' },
}
const OWN = SMALLEST

function isIn(list: unknown, id: string): boolean {
  return Array.isArray(list) && list.some((entry) => (entry as { id?: string } | null)?.id === id)
}

function typeOf(kind: Kind): string | undefined {
  if (kind.is === 'list') return typeOf(kind.of)
  return kind.is === 'object' ? kind.type : undefined
}
