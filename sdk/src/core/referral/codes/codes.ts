// The codes of every list, with the facts on which decisions depend. Labels, definitions and mappings are in other files, so that programs
// load only what they show. docs/spec/codes.md, docs/adr/0042-codes-labels-and-schema-apart.md
import { CODES, DECIDING, PATTERNS, VERSIONS } from './data.ts'

/** Name of a code list. */
export type ListName = keyof typeof CODES

/** A code of the named list that this version supports. */
export type KnownCode<List extends ListName> = Words<(typeof CODES)[List]>

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text

const KNOWN: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(CODES).map(([list, codes]) => [list, codes.split(' ')]),
)

const NEWER: ReadonlyMap<string, number> = new Map(Object.entries(VERSIONS))

/** The names of all lists, ascending. */
export const LIST_NAMES = [...KNOWN.keys()] as readonly ListName[]

/** Returns the codes of a list that this version supports, in the order of the list. */
export function codesOf<List extends ListName>(list: List): readonly KnownCode<List>[] {
  return (KNOWN.get(list) ?? []) as readonly KnownCode<List>[]
}

/** Whether this version supports the code. */
export function knownCode<List extends ListName>(list: List, code: string): code is KnownCode<List> {
  return KNOWN.get(list)?.includes(code) === true
}

/** Returns the version of a list that this program supports. */
export function listVersion(list: ListName): number {
  return NEWER.get(list) ?? 1
}

/** Returns the versions of all lists, ascending by name, in the form that organisations publish. */
export function listVersions(): Record<string, number> {
  return Object.fromEntries(LIST_NAMES.map((list) => [list, listVersion(list)]))
}

/** Whether a message with an unknown code of this list is held for a person (REX-REF-060). */
export function isDecisionBearing(list: ListName): boolean {
  return DECIDING.includes(list)
}

/**
 * Returns the regular expression (for the flag `u`) of the values that a code classifies, such as hashes or the classes of a scheme.
 * Undefined if the code has none.
 */
export function patternOf(list: ListName, code: string): string | undefined {
  const patterns = PATTERNS[list]
  return patterns !== undefined && Object.hasOwn(patterns, code) ? patterns[code] : undefined
}
