// Suggestions for names and codes that a referral does not have: by meaning, then by spelling. docs/spec/referral.md, "Validation"

import { codesOf, type ListName } from '../codes/codes.ts'
import { closest } from '../problem.ts'

/** What people write for names and codes of REX, in lower case and without separators, and what they mean by it. */
export interface Synonyms {
  /** By list: pairs of spelling and place of the code in the list from 0, separated by spaces. */
  readonly spellings: { readonly [List in ListName]?: string }
  /** By list: pairs of word and code, separated by spaces. */
  readonly meanings: { readonly [List in ListName]?: string }
  /** By name of another system: the field of REX. */
  readonly fields: Readonly<Record<string, string>>
  /** By type and name ("Person.phone"): the part of the object or of the referral that takes it. */
  readonly elsewhere: Readonly<Record<string, string>>
  /** By type and field of one value ("Consent.services"): the field that takes a list. */
  readonly listed: Readonly<Record<string, string>>
}

/** Without them, only what is spelled alike is suggested. */
let synonyms: Synonyms = { spellings: {}, meanings: {}, fields: {}, elsewhere: {}, listed: {} }

/** Suggests by meaning from now on, in the whole program. What is valid does not depend on it. */
export function suggestFrom(all: Synonyms): void {
  synonyms = all
}

/** The field that an unknown name of an object of this type means. Undefined: none is close. */
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

/** The field that takes a list given for a field of one value. */
export function listMeant(type: string, name: string): string | undefined {
  return own(synonyms.listed, `${type}.${name}`)
}

/** The code that an unknown one means: that of a system with the same spelling, one of the same meaning, then the closest in spelling, word by word. */
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

/** The value that is meant by another one, of a choice: those of the lane have a list. */
export function choiceMeant(values: readonly string[], value: string): string | undefined {
  const meant = spelled(synonyms.meanings.lane, folded(value))
  return meant !== undefined && values.includes(meant) ? meant : closest(value, values)
}

/** What a pair with this spelling names: `spelling:code`, separated by spaces. */
function spelled(pairs: string | undefined, plain: string): string | undefined {
  const found = pairs?.split(' ').find((entry) => entry.startsWith(`${plain}:`))
  return found?.slice(plain.length + 1)
}

/** Whether the words are the same but for slips; "cash-assistance" is not like "legal-assistance". */
function eachAlike(words: readonly string[], known: readonly string[]): boolean {
  return (
    words.length === known.length && words.every((word, i) => closest(word, [known[i] ?? '']) !== undefined)
  )
}

/** A name without case and separators: `date_of_birth` and `dateOfBirth` are the same. */
export function folded(name: string): string {
  return name
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
