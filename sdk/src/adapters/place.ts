// Places in a referral to which a row of a mapping refers: fields, and list entries identified by their content. docs/spec/referral.md, "Other
// systems"
import { type Located, leavesOf, type Members, memberOf } from './conversion.ts'

/** Describes a list entry by its fields. If the list has no such entry, `put` creates one with these fields. */
export interface Entry {
  /** Fields of the entry. A field that is a list matches if it includes these values. */
  readonly is: Readonly<Record<string, unknown>>
  /** Fields of `is` that an entry may lack and still match. */
  readonly perhaps?: readonly string[]
  /** For some fields of the entry, values that they must not have. */
  readonly not?: Readonly<Record<string, readonly unknown[]>>
}

/** A place in a referral, as the steps that lead to it: names of fields, and list entries. */
export type Place = readonly (string | Entry)[]

/** A value found at a place, and the fields by which the list entries on the way were found. */
export interface Found extends Located {
  readonly by: readonly Located[]
}

/** Finds the value at a place. Returns undefined if there is none. */
export function find(root: unknown, place: Place): Found | undefined {
  let here: Located = { value: root, path: '' }
  const by: Located[] = []
  for (const step of place) {
    const next = typeof step === 'string' ? member(here, step) : entry(here, step)
    if (next === undefined) return undefined
    here = next
    if (typeof step !== 'string') by.push(...fieldsOf(here, step))
  }
  return { ...here, by }
}

/** Puts a value at a place, and creates everything that leads to it. Returns its path. */
export function put(root: Members, place: Place, value: unknown): string {
  let here: Located = { value: root, path: '' }
  for (const [i, step] of place.entries()) {
    const next = place[i + 1]
    if (typeof step !== 'string') here = madeEntry(here, step)
    else if (next === undefined) here = setMember(here, step, value)
    else here = member(here, step) ?? setMember(here, step, typeof next === 'string' ? {} : [])
  }
  return here.path
}

/** Returns the path that a place has, or would have if a value were put there. */
export function pathOf(root: unknown, place: Place): string {
  let here: Located = { value: root, path: '' }
  for (const step of place) {
    const next = typeof step === 'string' ? member(here, step) : entry(here, step)
    here = next ?? { value: undefined, path: newPath(here, step) }
  }
  return here.path
}

function newPath({ value, path }: Located, step: string | Entry): string {
  if (typeof step === 'string') return memberOf(path, step)
  return `${path}[${Array.isArray(value) ? value.length : 0}]`
}

function member({ value, path }: Located, name: string): Located | undefined {
  const found = typeof value === 'object' && value !== null ? (value as Members)[name] : undefined
  return found === undefined ? undefined : { value: found, path: memberOf(path, name) }
}

function entry({ value, path }: Located, step: Entry): Located | undefined {
  const index = Array.isArray(value) ? value.findIndex((one) => fits(one, step)) : -1
  return index < 0 ? undefined : { value: (value as unknown[])[index], path: `${path}[${index}]` }
}

/** Returns the values of the fields by which an entry was found. */
function fieldsOf({ value, path }: Located, { is }: Entry): Located[] {
  return Object.entries(is).flatMap(([name, wanted]) =>
    [...leavesOf((value as Members)[name], memberOf(path, name))].filter(
      (leaf) => !Array.isArray(wanted) || wanted.includes(leaf.value),
    ),
  )
}

function fits(value: unknown, { is, perhaps = [], not = {} }: Entry): boolean {
  const members = value as Members | null
  if (members === null) return false
  return (
    Object.entries(is).every(([name, wanted]) => {
      const held = members[name]
      if (held === undefined) return perhaps.includes(name)
      if (!Array.isArray(wanted)) return held === wanted
      return Array.isArray(held) && wanted.every((one) => held.includes(one))
    }) && Object.entries(not).every(([name, refused]) => !refused.includes(members[name]))
  )
}

function setMember({ value, path }: Located, name: string, fresh: unknown): Located {
  ;(value as Members)[name] = fresh
  return { value: fresh, path: memberOf(path, name) }
}

function madeEntry(here: Located, step: Entry): Located {
  const held = entry(here, step)
  if (held !== undefined) return held
  const list = here.value as unknown[]
  list.push(structuredClone(step.is))
  return { value: list.at(-1), path: `${here.path}[${list.length - 1}]` }
}
