// Splits texts in all scripts into words, and finds phrases among the words. docs/spec/referral.md, "Lint"

/** Scripts without spaces between words, or with suffixes that no space separates. Every character counts as a word. */
export const CHARACTER =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]'
const WORD = new RegExp(`${CHARACTER}|(?:(?!${CHARACTER})[\\p{L}\\p{N}\\p{M}])+`, 'gu')
/** Matches a text of only ASCII characters, which needs no normalisation. Most texts are such texts. */
export const ASCII = /^\p{ASCII}*$/u
const ASCII_WORD = /[A-Za-z0-9]+/g
/** Characters that a spelling may omit: accents, Hebrew and Arabic vowel points, the tatweel, and invisible characters. */
const OPTIONAL =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\p{Cf}]/gu
/** Arabic and Hebrew prefixes that are joined to the next word, such as "and", "to", "by" and "from". */
const JOINED = /^[وفبلكובלמשכ](?=\p{L}{3})/u

/** Splits a text into words without accents and points. */
export function wordsOf(text: string): string[] {
  return plainText(text).match(ASCII.test(text) ? ASCII_WORD : WORD) ?? []
}

/** Returns the words of a text in lower case, joined by single spaces. Two spellings of a name have the same phrase. */
export function phraseOf(text: string): string {
  return wordsOf(text).join(' ').toLowerCase()
}

/** A word and its place in the plain text. */
export interface Token {
  readonly word: string
  readonly start: number
  readonly end: number
}

/** Splits a plain text into words with their places. */
export function tokensOf(plain: string): Token[] {
  return [...plain.matchAll(ASCII.test(plain) ? ASCII_WORD : WORD)].map(({ 0: word, index }) => ({
    word,
    start: index,
    end: index + word.length,
  }))
}

/** Removes accents, points and invisible characters from a text. */
export function plainText(text: string): string {
  return ASCII.test(text) ? text : text.normalize('NFKD').replace(OPTIONAL, '').normalize('NFC')
}

/** Phrases and all their beginnings. A complete phrase is mapped to a value, a mere beginning to undefined. */
export type Phrases<T> = Map<string, T | undefined>

/** Makes a table of phrases, whose words must be joined by single spaces. */
export function phrasesOf<T>(whole: readonly (readonly [phrase: string, value: T])[]): Phrases<T> {
  const phrases: Phrases<T> = new Map()
  for (const [phrase] of whole)
    for (let end = phrase.indexOf(' '); end !== -1; end = phrase.indexOf(' ', end + 1))
      phrases.set(phrase.slice(0, end), undefined)
  for (const [phrase, value] of whole) phrases.set(phrase, value)
  return phrases
}

/** A phrase found among words, from `start` to before `end`. */
export interface Match<T> {
  readonly phrase: string
  readonly value: T
  readonly start: number
  readonly end: number
}

/** Finds all phrases in these words; at each place, only the longest. */
export function matchesIn<T>(words: readonly string[], phrases: Phrases<T>): Match<T>[] {
  return words.flatMap((word, start) => {
    for (const first of firstsOf(word)) {
      const match = longest(first, { words, start, phrases })
      if (match !== undefined) return [match]
    }
    return []
  })
}

/**
 * Returns the forms of a word to look up: as written and, if prefixes are joined to it, without the first prefix and without
 * the first two.
 */
function firstsOf(word: string): string[] {
  const one = word.replace(JOINED, '')
  return one === word ? [word] : [word, one, one.replace(JOINED, '')]
}

/** Finds the longest phrase at `start`. `first` replaces the word at `start`, which may have a joined prefix. */
function longest<T>(
  first: string,
  { words, start, phrases }: { words: readonly string[]; start: number; phrases: Phrases<T> },
): Match<T> | undefined {
  let phrase = first
  let found: Match<T> | undefined
  for (let end = start + 1; phrases.has(phrase); end++) {
    const value = phrases.get(phrase)
    if (value !== undefined) found = { phrase, value, start, end }
    if (words[end] === undefined) break
    phrase = `${phrase} ${words[end]}`
  }
  return found
}
