// Records for a conversion which values of the input were carried, and why others were not. docs/spec/referral.md, "Other systems"
import type { Loss, LossCode } from './adapter.ts'

/** The reason why a value was lost or changed. */
export interface Why {
  readonly code: LossCode
  readonly message: string
}

/** Members of an object that has not been checked yet. */
export type Members = Record<string, unknown>

/** A value and its path. */
export interface Located<T = unknown> {
  readonly value: T
  readonly path: string
}

/** The result of converting one value with a `Form`. */
export interface Converted {
  /** The converted value. Undefined: nothing was carried. */
  readonly value?: unknown
  /** Why the value was changed or lost. Undefined: it was carried unchanged. */
  readonly why?: Why
  /** Why parts of the value were changed or lost, by the path of the part within the value, such as `[1]` or `.language`. */
  readonly inside?: ReadonlyMap<string, Why>
}

/** For every value of an input, records whether it was carried, or why not. A later record for a value replaces the earlier one. */
export class Conversion {
  readonly #unmapped: (path: string) => Why
  /** The loss of each value, by path. Undefined: the value was carried unchanged. */
  readonly #fates = new Map<string, Omit<Loss, 'from'> | undefined>()

  /** `unmapped` returns the reason for a value of which nothing was recorded. */
  constructor(unmapped: (path: string) => Why) {
    this.#unmapped = unmapped
  }

  /** Records that all values under a path were carried unchanged. */
  carry({ value, path }: Located): void {
    for (const leaf of leavesOf(value, path)) this.#fates.set(leaf.path, undefined)
  }

  /** Records that values under a path were changed or not carried. */
  lose({ value, path }: Located, why: Why, to?: string): void {
    for (const leaf of leavesOf(value, path))
      this.#fates.set(leaf.path, { ...(to !== undefined && { to }), ...why })
  }

  /** Records the result of converting a value. `to`: path of the result in the output. A failure does not replace an earlier success. */
  account({ value, path }: Located, { value: made, why, inside }: Converted, to?: string): void {
    for (const leaf of leavesOf(value, path)) {
      const part = partOf(inside, leaf.path.slice(path.length)) ?? why
      if (part === undefined) this.carry(leaf)
      else if (made !== undefined || !this.carried(leaf.path)) this.lose(leaf, part, to)
    }
  }

  /** Whether the value at a path was carried unchanged. */
  carried(path: string): boolean {
    return this.#fates.has(path) && this.#fates.get(path) === undefined
  }

  /** Whether any part of the value at a path was carried. */
  reached(path: string): boolean {
    return this.carried(path) || this.#fates.get(path)?.code === 'changed'
  }

  /** Returns the losses of an input, in its order: every value that was not carried unchanged. */
  losses({ value, path }: Located): Loss[] {
    return [...leavesOf(value, path)].flatMap((leaf) =>
      this.carried(leaf.path)
        ? []
        : [{ from: leaf.path, ...(this.#fates.get(leaf.path) ?? this.#unmapped(leaf.path)) }],
    )
  }
}

/** Returns why the part at a path was changed or lost: the reason recorded for this part, or else for the smallest part around it. */
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

/** Yields the texts, numbers and flags in a value with their paths. Empty texts and nulls are skipped. */
export function* leavesOf(value: unknown, path = ''): Generator<Located> {
  if (Array.isArray(value)) {
    for (const [i, entry] of value.entries()) yield* leavesOf(entry, `${path}[${i}]`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) yield* leavesOf(member, memberOf(path, name))
  } else if (value !== undefined && value !== null && value !== '') {
    yield { value, path }
  }
}

/** Returns the path of a member. Names that are not field names are quoted and shortened, so that a path remains one readable line. */
export function memberOf(path: string, name: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? name : JSON.stringify(name.slice(0, 64))
  return path === '' ? plain : `${path}.${plain}`
}
