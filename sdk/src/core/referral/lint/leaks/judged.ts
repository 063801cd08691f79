// Whether a name among the words of a text means the person, or may be an ordinary word. docs/spec/referral.md, "Lint"
import type { FindingCode } from '../messages/catalogue.ts'
import type { Naming } from './naming.ts'
import { isOrdinary, TITLES, type Words } from './ordinary.ts'
import { CHARACTER, type Match, type Token } from './words.ts'

/** Fewest characters of a name that is no ordinary word, in scripts without spaces. */
const CERTAIN: readonly (readonly [RegExp, number])[] = [
  [/^[\p{sc=Han}\p{sc=Hangul} ]+$/u, 2],
  [/^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana} ]+$/u, 3],
  [new RegExp(`^[${CHARACTER.slice(1, -1)} ]+$`, 'u'), 4],
]
/** Fewest characters of a number or code that is not found by chance. */
const UNUSUAL = 6
/** Languages that write every noun with a capital. */
const CAPITAL_NOUNS: ReadonlySet<string> = new Set(['de', 'lb', 'gsw', 'nds', 'bar'])

/** Where a phrase was found. */
export interface Around {
  readonly text: string
  readonly tokens: readonly Token[]
  /** BCP 47. */
  readonly language: string
  /** Further ordinary words. */
  readonly words: Words | undefined
}

/** The finding for a phrase: a leak, a name, or a word that may also be a name. */
export function judged(match: Match<Naming>, around: Around): FindingCode {
  const { kind, phrase, text: named } = match.value
  if (kind === 'number') return isUnusual(phrase, named) ? 'leak' : 'leak-word'
  const letters = /^[\p{L}\p{M} ]+$/u.test(phrase)
  const spaced = phrase.includes(' ')
  if (new RegExp(`^(?:${CHARACTER}| )+$`, 'u').test(phrase)) return ofCharacters(phrase, around.words)
  if (!letters) return 'leak'
  const lower = around.tokens.slice(match.start, match.end).every(({ word }) => word === word.toLowerCase())
  if (spaced && kind === 'place') return 'leak-word'
  if (spaced && kind === 'name') return wholeName(phrase, lower, around.words)
  if (phrase.toUpperCase() === phrase) return isOrdinary(phrase, around.words) ? 'ordinary-word' : 'leak-word'
  if (lower) return 'ordinary-word'
  if (kind === 'chosen' && named === named.toLowerCase()) return 'ordinary-word'
  return isOrdinary(phrase, around.words) && !standsAsName(match, around) ? 'ordinary-word' : 'leak-word'
}

/** Whether a number or code is found nowhere by chance: "not known" and "1000" may be. */
function isUnusual(phrase: string, named: string): boolean {
  return phrase.replaceAll(' ', '').length >= UNUSUAL && (/\p{N}/u.test(phrase) || /[@/]/.test(named))
}

/** "Will Young" may be two ordinary words; "Olena Young" is nobody else. */
function wholeName(phrase: string, lower: boolean, words: Words | undefined): FindingCode {
  if (!phrase.split(' ').every((word) => isOrdinary(word, words))) return 'leak'
  return lower ? 'ordinary-word' : 'leak-word'
}

function ofCharacters(phrase: string, words: Words | undefined): FindingCode {
  const fewest = CERTAIN.find(([script]) => script.test(phrase))?.[1] ?? 0
  const short = [...phrase.replaceAll(' ', '')].length < fewest
  return short || isOrdinary(phrase, words) ? 'ordinary-word' : 'leak-word'
}

/**
 * Whether a word that is also a name is written as one: with a capital within a sentence whose other words have none ("ask Hope"), or
 * after a title. Not at the beginning ("Hope is left"), not beside other capitals ("Mercy Hospital", "NO HOPE").
 */
function standsAsName({ start, end }: Match<Naming>, { text, tokens, language }: Around): boolean {
  const [before, first, after] = [tokens[start - 1], tokens[start], tokens[end]]
  if (first === undefined) return false
  if (before !== undefined && TITLES.has(before.word.toLowerCase())) return true
  const begins = before === undefined || /[.!?:;…•\n\r"“«(*–—-]/u.test(text.slice(before.end, first.start))
  const loud = first.word.length > 1 && first.word === first.word.toUpperCase()
  const beside = [before, after].some((token) => token !== undefined && isCapital(token.word))
  return !begins && !loud && !beside && !CAPITAL_NOUNS.has(language.toLowerCase().split('-')[0] ?? '')
}

function isCapital(word: string): boolean {
  const [first = ''] = word
  return first !== first.toLowerCase()
}
