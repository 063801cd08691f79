// The codes of every list, and what decisions need to know of them. Labels, definitions and mappings are elsewhere, so that programs
// load only what they show. docs/spec/codes.md, docs/adr/0042-codes-labels-and-schema-apart.md
import { CODES, DECIDING, PATTERNS, VERSIONS } from './data.ts'

/** Name of a code list. */
export type ListName = keyof typeof CODES

/** A code of the named list that this version knows. */
export type KnownCode<List extends ListName> = Words<(typeof CODES)[List]>

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text

const KNOWN: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(CODES).map(([list, codes]) => [list, codes.split(' ')]),
)

const NEWER: ReadonlyMap<string, number> = new Map(Object.entries(VERSIONS))

/** The names of all lists, ascending. */
export const LIST_NAMES = [...KNOWN.keys()] as readonly ListName[]

/** The codes of a list that this version knows, in the order of the list. */
export function codesOf<List extends ListName>(list: List): readonly KnownCode<List>[] {
  return (KNOWN.get(list) ?? []) as readonly KnownCode<List>[]
}

/** Whether this version knows the code. */
export function knownCode<List extends ListName>(list: List, code: string): code is KnownCode<List> {
  return KNOWN.get(list)?.includes(code) === true
}

/** The version of a list that this program knows. */
export function listVersion(list: ListName): number {
  return NEWER.get(list) ?? 1
}

/** The versions of all lists, ascending by name, as published by an organisation. */
export function listVersions(): Record<string, number> {
  return Object.fromEntries(LIST_NAMES.map((list) => [list, listVersion(list)]))
}

/** Whether an unknown code of the list holds the message for a person (REX-REF-060). */
export function isDecisionBearing(list: ListName): boolean {
  return DECIDING.includes(list)
}

/** The regular expression, for the flag `u`, of values that a code classifies, if it has one: a hash, a class of a scheme. */
export function patternOf(list: ListName, code: string): string | undefined {
  const patterns = PATTERNS[list]
  return patterns !== undefined && Object.hasOwn(patterns, code) ? patterns[code] : undefined
}
