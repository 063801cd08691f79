// Extracts the words and numbers by which a thread is found. Reads names, identifiers, contacts and references, but no free
// texts. docs/guide/desk.md, "Search"
import { ReferralSection } from '@rex/proto/core/v1/referral'
import { asciiDigits } from '../../core/input/text.ts'
import { wordsOf } from '../../core/input/words.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'

/** The number of last digits that identify a telephone number, so that grouping and country code do not matter. */
const NUMBER = 7
/** Numbers as people write them: with spaces between their digits, or without. */
const NUMBERS = [/\+?\(?\d[\d\s().\-/]*\d/g, /\d[\d().\-/]*\d/g]

/** Returns the words of a text, folded. The parts of a word with an apostrophe count as words, too. */
export function searchWords(text: string): string[] {
  return wordsOf(text.normalize('NFKC')).flatMap(({ letters, breaks }) =>
    breaks.length === 0
      ? [letters]
      : [letters, ...[0, ...breaks].map((from, i) => letters.slice(from, breaks[i]))],
  )
}

/** Returns the words and numbers of a value, such as a telephone number or the name of an account. */
export function searchValue(value: string): string[] {
  const number = numberOf(asciiDigits(value.normalize('NFKC')))
  return number === undefined ? searchWords(value) : [...searchWords(value), number]
}

/** Returns the term for a number, or undefined if the text has too few digits. */
function numberOf(text: string): string | undefined {
  const digits = text.replace(/\D/g, '')
  return digits.length < NUMBER ? undefined : `#${digits.slice(-NUMBER)}`
}

/**
 * Returns the ways to read a search text. Each way is a list of terms, all of which a thread must have. Only the writer knows which digits
 * belong to one number, so digits are read as numbers that may contain spaces, as numbers without spaces, and as words.
 */
export function readingsOf(text: string): string[][] {
  const plain = asciiDigits(text.normalize('NFKC'))
  const readings = [...NUMBERS.map((form) => withNumbers(plain, form)), lettersOf(plain)]
  const distinct = new Map(readings.map((terms) => [terms.join(' '), terms]))
  return [...distinct.values()]
}

/** Returns the terms of a text: parts that have this form and enough digits count as numbers, the rest as words. */
function withNumbers(text: string, form: RegExp): string[] {
  const numbers = (text.match(form) ?? []).flatMap((one) => numberOf(one) ?? [])
  const rest = text.replace(form, (one) => (numberOf(one) === undefined ? one : ' '))
  return [...numbers, ...lettersOf(rest)]
}

function lettersOf(text: string): string[] {
  return wordsOf(text).flatMap(({ letters }) => (letters === '' ? [] : [letters]))
}

/** Returns the words and numbers by which a thread is found, each once. */
export function textTermsOf({ summary, messages, conflicts }: OpenThread): Set<string> {
  const terms = new Set<string>(summary.ref === undefined ? [] : searchValue(summary.ref))
  const add = (found: readonly string[]) => {
    for (const term of found) terms.add(term)
  }
  for (const { event, sections } of [...messages, ...conflicts]) {
    if (event.content?.$case === 'accept') add(searchValue(event.content.value.reference))
    for (const section of sections) addSection(add, section)
  }
  terms.delete('')
  return terms
}

const FOUND_BY: ReadonlySet<string> = new Set(['people', 'contact', 'incident', 'accounts', 'references'])

function addSection(
  add: (found: readonly string[]) => void,
  { type, content }: OpenThread['messages'][number]['sections'][number],
): void {
  if (!FOUND_BY.has(type)) return
  const { people, contact, incident, accounts, references } = ReferralSection.decode(content)
  for (const { names, identifiers } of people) {
    for (const { full, parts } of names)
      for (const text of [full, ...parts.map((part) => part.text)]) add(searchWords(text))
    for (const { value } of identifiers) add(searchValue(value))
  }
  for (const { value } of [...(contact?.channels ?? []), ...(contact?.never ?? [])]) add(searchValue(value))
  for (const { value } of incident?.identifiers ?? []) add(searchValue(value))
  for (const { handle, displayNames, identifiers } of accounts) {
    for (const name of displayNames) add(searchWords(name))
    for (const value of [handle, ...identifiers.map((one) => one.value)]) add(searchValue(value))
  }
  for (const { locator } of references) add(searchValue(locator))
}
