// Decides whether a word in a text is certainly a person's name, or may be an ordinary word. docs/spec/referral.md, "Lint"
import type { CommonCode } from '../../messages/findings.ts'
import type { Naming } from './naming.ts'
import { isOrdinary, TITLES, type Words } from './ordinary.ts'
import { CHARACTER, type Match, type Token } from './words.ts'

/** For each script without spaces, the minimum number of characters with which a name is certainly not an ordinary word. */
const CERTAIN: readonly (readonly [RegExp, number])[] = [
  [/^[\p{sc=Han}\p{sc=Hangul} ]+$/u, 2],
  [/^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana} ]+$/u, 3],
  [new RegExp(`^[${CHARACTER.slice(1, -1)} ]+$`, 'u'), 4],
]
/** Minimum number of characters of a number or code that cannot occur in a text by chance. */
const UNUSUAL = 6
/** Languages that capitalise every noun. */
const CAPITAL_NOUNS: ReadonlySet<string> = new Set(['de', 'lb', 'gsw', 'nds', 'bar'])

/** The text in which a phrase was found. */
export interface Around {
  readonly text: string
  readonly tokens: readonly Token[]
  /** BCP 47. */
  readonly language: string
  /** Further ordinary words. */
  readonly words: Words | undefined
}

/** Returns the finding for a phrase: a certain leak, a probable name, or an ordinary word that may be a name. */
export function judged(match: Match<Naming>, around: Around): CommonCode {
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

/** Whether a number or code is too unusual to occur by chance, unlike "not known" or "1000". */
function isUnusual(phrase: string, named: string): boolean {
  return phrase.replaceAll(' ', '').length >= UNUSUAL && (/\p{N}/u.test(phrase) || /[@/]/.test(named))
}

/** Judges a full name. "Will Young" may be two ordinary words; "Olena Young" can only be the person. */
function wholeName(phrase: string, lower: boolean, words: Words | undefined): CommonCode {
  if (!phrase.split(' ').every((word) => isOrdinary(word, words))) return 'leak'
  return lower ? 'ordinary-word' : 'leak-word'
}

function ofCharacters(phrase: string, words: Words | undefined): CommonCode {
  const fewest = CERTAIN.find(([script]) => script.test(phrase))?.[1] ?? 0
  const short = [...phrase.replaceAll(' ', '')].length < fewest
  return short || isOrdinary(phrase, words) ? 'ordinary-word' : 'leak-word'
}

/**
 * Whether an ordinary word that is also a name is written as a name: after a title, or capitalised within a sentence whose other words are
 * not ("ask Hope"). A word at the beginning ("Hope is left") or next to other capitals ("Mercy Hospital", "NO HOPE") does not count.
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
