// Finds secrets in texts, in any usual spelling and in linear time. docs/guide/rex-desk.md, "Names are masked"
import { type Word, wordsOf } from '../../../core/input/words.ts'
import { isUnspaced } from './written-together.ts'

/** Number of letters of a secret to compare: enough to identify it, and few enough to limit the time (T-058). */
const COMPARED = 48
/** Words with more letters than this are found in inflected forms too, such as plurals. */
const SHORT = 3
/** A secret of one word is found with spaces inside only if it has at least this many letters: "in a" is not the name Ina. */
const SPACED = 5
/** Words such as "and", "to" and "the" in Arabic and Hebrew, which are joined to the next word. */
const JOINED = /^(?:[وفبلك]?(?:ال|لل)?|[ובלמשכה]{1,2})(?=\p{L}{2})/u

/** A part of a text, from index `start` up to but not including `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

interface Node {
  readonly next: Map<string, Node>
  /** Whether a secret ends at this letter. */
  ends?: boolean
  /** Whether the secret that ends here may be written with spaces inside. */
  spaced?: boolean
}

/** Finds the secrets in a text in normalisation form C. Returns spans in order and without overlaps. */
type Seek = (text: string, words: readonly Word[]) => Span[]

/** Prepares a search for secrets in any spelling. */
export function seeking(secrets: readonly string[]): Seek {
  const root: Node = { next: new Map() }
  const signs = new Set<string>()
  const alone = new Set<string>()
  for (const secret of secrets) {
    const text = secret.normalize('NFC')
    const words = wordsOf(text)
    const letters = words.map((word) => word.letters).join('')
    if (letters === '' && text.trim() !== '') signs.add(text.trim())
    if (isUnspaced(letters) && [...letters].length === 1) {
      alone.add(letters)
      continue
    }
    for (const form of formsOf(text, letters)) add(root, form, words.length > 1)
  }
  return (text, words) =>
    [...spansOf(root, words), ...signsIn(text, signs), ...aloneIn(words, alone)].toSorted(
      (a, b) => a.start - b.start,
    )
}

/**
 * Returns the forms of a secret to search for: with umlauts both as one letter and as two (ü, ue), and telephone numbers
 * both without a country code and with 00.
 */
function formsOf(text: string, letters: string): string[] {
  const umlauts = text.replace(/[äöüø]/giu, (letter) => `${letter}e`).replace(/å/giu, 'aa')
  const written = wordsOf(umlauts)
    .map((word) => word.letters)
    .join('')
  const plain = letters.replace(/([aou])e/g, '$1')
  return [...new Set([letters, written, plain, ...numbersOf(text, letters)])].filter((form) => form !== '')
}

function numbersOf(text: string, digits: string): string[] {
  const [, international] = /^\s*(?:\+|00)([\d\s().\-/]+)$/.exec(text) ?? []
  const number = international?.replace(/\D/g, '') ?? ''
  if (number.length < 8) return /^0\d{7,}$/.test(digits) ? [digits.slice(1)] : []
  const national = [1, 2, 3].map((country) => number.slice(country)).filter((rest) => rest.length >= 6)
  return [number, `00${number}`, ...national.flatMap((rest) => [rest, `0${rest}`])]
}

function add(root: Node, letters: string, spaced: boolean): void {
  let node = root
  // Split into UTF-16 units, not characters, because `endOf` also reads the words of a text unit by unit.
  const compared = letters.slice(0, COMPARED).split('')
  for (const letter of compared) {
    let next = node.next.get(letter)
    if (next === undefined) {
      next = { next: new Map() }
      node.next.set(letter, next)
    }
    node = next
  }
  node.ends = true
  node.spaced = node.spaced === true || spaced || compared.length >= SPACED
}

function spansOf(root: Node, words: readonly Word[]): Span[] {
  const spans: Span[] = []
  let free = 0
  for (const [i, word] of words.entries()) {
    if (word.start < free) continue
    const offsets = new Set([0, JOINED.exec(word.letters)?.[0].length ?? 0, ...word.breaks])
    for (const offset of offsets) {
      const end = endOf(root, words, { i, offset })
      if (end === undefined) continue
      const start = offset === 0 ? word.start : (word.ends[offset - 1] as number)
      spans.push({ start, end })
      free = end
      break
    }
  }
  return spans
}

/** Returns the end of the longest secret that begins at this letter of a word. */
function endOf(
  root: Node,
  words: readonly Word[],
  { i, offset }: { i: number; offset: number },
): number | undefined {
  let node: Node | undefined = root
  let spaced = false
  let length = 0
  let found: number | undefined
  for (let w = i; w < words.length && length < COMPARED; w++) {
    const word = words[w] as Word
    if (w > i) spaced ||= word.spaced
    for (let at = w === i ? offset : 0; at < word.letters.length; at++) {
      node = node.next.get(word.letters[at] as string)
      if (node === undefined) return found
      length += 1
      const whole = at === word.letters.length - 1 || word.breaks.includes(at + 1)
      const inNumber = /^\d\d/.test(word.letters.slice(at, at + 2))
      if (node.ends === true && (whole || (length > SHORT && !inNumber)) && (!spaced || node.spaced === true))
        found = at === word.letters.length - 1 ? word.end : word.ends[at]
    }
  }
  return found
}

/**
 * Finds names of a single character, such as 明. The same character is also part of many ordinary words, so it is found only
 * if no other letter is next to it.
 */
function aloneIn(words: readonly Word[], alone: ReadonlySet<string>): Span[] {
  return words.filter(
    ({ letters, start, end }, i) =>
      alone.has(letters) && words[i - 1]?.end !== start && words[i + 1]?.start !== end,
  )
}

/** Finds secrets without letters, such as a handle made of symbols, as whole words between spaces. */
function signsIn(text: string, signs: ReadonlySet<string>): Span[] {
  if (signs.size === 0) return []
  return [...text.matchAll(/\S+/g)]
    .filter(([word]) => signs.has(word))
    .map(({ 0: word, index }) => ({ start: index, end: index + word.length }))
}
