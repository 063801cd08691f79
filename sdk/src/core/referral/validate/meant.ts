// Suggests corrections for unknown names and codes, by meaning, then by spelling. docs/spec/referral.md, "Validation"

import { codesOf, type ListName } from '../codes/codes.ts'
import { closest } from '../messages/closest.ts'

/**
 * Words that people write in place of names and codes of REX, and what these words mean. The words are in lower case and
 * without separators.
 */
export interface Synonyms {
  /** For each list, pairs of a spelling and the index of its code in the list, separated by spaces. */
  readonly spellings: { readonly [List in ListName]?: string }
  /** For each list, pairs of a word and a code, separated by spaces. */
  readonly meanings: { readonly [List in ListName]?: string }
  /** The field of REX for each name in another system. */
  readonly fields: Readonly<Record<string, string>>
  /** The part of the object or referral where a wrong field ("Person.phone") belongs. */
  readonly elsewhere: Readonly<Record<string, string>>
  /** The field that accepts a list, for each field with a single value ("Consent.services"). */
  readonly listed: Readonly<Record<string, string>>
}

/** The synonyms in use. While they are empty, only similar spellings are suggested. */
let synonyms: Synonyms = { spellings: {}, meanings: {}, fields: {}, elsewhere: {}, listed: {} }

/** Sets the synonyms for the whole program, so that suggestions follow the meaning. This does not change which referrals are valid. */
export function suggestFrom(all: Synonyms): void {
  synonyms = all
}

/** Returns the field that an unknown name in an object of this type probably means. Undefined if no field is close. */
export function fieldMeant(type: string, name: string, fields: readonly string[]): string | undefined {
  const plain = folded(name)
  const same = fields.find((field) => folded(field) === plain)
  const known = own(synonyms.fields, plain)
  return (
    same ??
    own(synonyms.elsewhere, `${type}.${name}`) ??
    (known !== undefined && fields.includes(known) ? known : closest(name, fields))
  )
}

function own(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Returns the field that accepts a list, for a field with a single value for which a list was given. */
export function listMeant(type: string, name: string): string | undefined {
  return own(synonyms.listed, `${type}.${name}`)
}

/**
 * Returns the code that an unknown code probably means. The first of: the code with the same spelling here or in another system; a code of the
 * same meaning; the code with the closest spelling, word by word.
 */
export function codeMeant(list: ListName, code: string): string | undefined {
  const plain = folded(code)
  const codes = codesOf(list)
  const same =
    codes.find((known) => folded(known) === plain) ??
    codes[Number(spelled(synonyms.spellings[list], plain) ?? -1)] ??
    spelled(synonyms.meanings[list], plain)
  if (same !== undefined) return same
  const words = code.split('-')
  const alike = codes.filter((known) => eachAlike(words, known.split('-')))
  return closest(code, alike)
}

/** Returns the value of a choice that a wrong value probably means. Only the lane has synonyms. */
export function choiceMeant(values: readonly string[], value: string): string | undefined {
  const meant = spelled(synonyms.meanings.lane, folded(value))
  return meant !== undefined && values.includes(meant) ? meant : closest(value, values)
}

/** Finds the pair `spelling:value` with this spelling and returns the value. `pairs` are separated by spaces. */
function spelled(pairs: string | undefined, plain: string): string | undefined {
  const found = pairs?.split(' ').find((entry) => entry.startsWith(`${plain}:`))
  return found?.slice(plain.length + 1)
}

/** Whether each word equals the known word at its position, except for typing errors: "cash-assistance" is not "legal-assistance". */
function eachAlike(words: readonly string[], known: readonly string[]): boolean {
  return (
    words.length === known.length && words.every((word, i) => closest(word, [known[i] ?? '']) !== undefined)
  )
}

/** Removes case and separators from a name, so that `date_of_birth` and `dateOfBirth` become equal. */
export function folded(name: string): string {
  return name
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
