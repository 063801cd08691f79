// Keeps account of a conversion: which values of the input were carried, and why others were not. docs/spec/referral.md, "Other systems"
import type { Loss, LossCode } from './adapter.ts'

/** Why something is lost. */
export interface Why {
  readonly code: LossCode
  readonly message: string
}

/** Members of an object of which nothing is known yet. */
export type Members = Record<string, unknown>

/** A value and its path. */
export interface Located<T = unknown> {
  readonly value: T
  readonly path: string
}

/** What a form makes of a value. */
export interface Converted {
  /** Undefined: nothing was carried. */
  readonly value?: unknown
  /** Undefined: it was carried as it was. */
  readonly why?: Why
  /** Losses of parts, by their path within the value, such as `[1]` or `.language`. */
  readonly inside?: ReadonlyMap<string, Why>
}

/** Accounts for every value of an input. The last account of a value counts. */
export class Conversion {
  readonly #unmapped: (path: string) => Why
  /** By path; undefined: carried as it was. */
  readonly #fates = new Map<string, Omit<Loss, 'from'> | undefined>()

  /** `unmapped` explains values of which nothing was said. */
  constructor(unmapped: (path: string) => Why) {
    this.#unmapped = unmapped
  }

  /** All values under a path were carried as they were. */
  carry({ value, path }: Located): void {
    for (const leaf of leavesOf(value, path)) this.#fates.set(leaf.path, undefined)
  }

  /** Values under a path were not carried, or otherwise than they were. */
  lose({ value, path }: Located, why: Why, to?: string): void {
    for (const leaf of leavesOf(value, path))
      this.#fates.set(leaf.path, { ...(to !== undefined && { to }), ...why })
  }

  /** Accounts for a value that a form converted; `to` is the path where it belongs. A failed attempt does not undo an earlier success. */
  account({ value, path }: Located, { value: made, why, inside }: Converted, to?: string): void {
    for (const leaf of leavesOf(value, path)) {
      const part = partOf(inside, leaf.path.slice(path.length)) ?? why
      if (part === undefined) this.carry(leaf)
      else if (made !== undefined || !this.carried(leaf.path)) this.lose(leaf, part, to)
    }
  }

  /** Whether the value at a path was carried as it was. */
  carried(path: string): boolean {
    return this.#fates.has(path) && this.#fates.get(path) === undefined
  }

  /** Whether something of the value at a path was carried. */
  reached(path: string): boolean {
    return this.carried(path) || this.#fates.get(path)?.code === 'changed'
  }

  /** The losses of an input, in its order: all that was not carried. */
  losses({ value, path }: Located): Loss[] {
    return [...leavesOf(value, path)].flatMap((leaf) =>
      this.carried(leaf.path)
        ? []
        : [{ from: leaf.path, ...(this.#fates.get(leaf.path) ?? this.#unmapped(leaf.path)) }],
    )
  }
}

/** The loss of a part, or of what it is in. */
function partOf(inside: Converted['inside'], path: string): Why | undefined {
  for (
    let part = path;
    part !== '';
    part = part.slice(0, Math.max(0, part.lastIndexOf('.'), part.lastIndexOf('[')))
  ) {
    const why = inside?.get(part)
    if (why !== undefined) return why
  }
  return undefined
}

/** The texts, numbers and flags of a value with their paths. Empty texts and nulls are none. */
export function* leavesOf(value: unknown, path = ''): Generator<Located> {
  if (Array.isArray(value)) {
    for (const [i, entry] of value.entries()) yield* leavesOf(entry, `${path}[${i}]`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) yield* leavesOf(member, memberOf(path, name))
  } else if (value !== undefined && value !== null && value !== '') {
    yield { value, path }
  }
}

/** The path of a member. Names that are not field names are quoted and shortened, so that a path stays one readable line. */
export function memberOf(path: string, name: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? name : JSON.stringify(name.slice(0, 64))
  return path === '' ? plain : `${path}.${plain}`
}
