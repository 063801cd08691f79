// Words of texts in all scripts, and phrases found among them. docs/spec/referral.md, "Lint"

/** Scripts without spaces between words, or with suffixes that nothing separates: every character counts as a word. */
export const CHARACTER =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]'
const WORD = new RegExp(`${CHARACTER}|(?:(?!${CHARACTER})[\\p{L}\\p{N}\\p{M}])+`, 'gu')
/** Fast path for most texts: ASCII has no optional characters and no alternative forms. */
export const ASCII = /^\p{ASCII}*$/u
const ASCII_WORD = /[A-Za-z0-9]+/g
/** Characters that spellings may omit: accents, Hebrew and Arabic vowel points, the tatweel, invisible characters. */
const OPTIONAL =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\p{Cf}]/gu
/** "And", "to", "by", "from", … in Arabic and Hebrew: prefixes joined to the next word. */
const JOINED = /^[وفبلكובלמשכ](?=\p{L}{3})/u

/** The words of a text, without accents and points. */
export function wordsOf(text: string): string[] {
  return plainText(text).match(ASCII.test(text) ? ASCII_WORD : WORD) ?? []
}

/** A word and its place in the plain text. */
export interface Token {
  readonly word: string
  readonly start: number
  readonly end: number
}

/** The words of a plain text with their places. */
export function tokensOf(plain: string): Token[] {
  return [...plain.matchAll(ASCII.test(plain) ? ASCII_WORD : WORD)].map(({ 0: word, index }) => ({
    word,
    start: index,
    end: index + word.length,
  }))
}

/** A text without accents, points and invisible characters. */
export function plainText(text: string): string {
  return ASCII.test(text) ? text : text.normalize('NFKD').replace(OPTIONAL, '').normalize('NFC')
}

/** Phrases and their beginnings; of a complete phrase, what it stands for. */
export type Phrases<T> = Map<string, T | undefined>

/** A table of phrases, each of words joined by one space. */
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

/** All phrases in these words; at each place, the longest. */
export function matchesIn<T>(words: readonly string[], phrases: Phrases<T>): Match<T>[] {
  return words.flatMap((word, start) => {
    for (const first of firstsOf(word)) {
      const match = longest(first, { words, start, phrases })
      if (match !== undefined) return [match]
    }
    return []
  })
}

/** A word, and what remains of it without joined prepositions. */
function firstsOf(word: string): string[] {
  const one = word.replace(JOINED, '')
  return one === word ? [word] : [word, one, one.replace(JOINED, '')]
}

/** The longest phrase that begins with `first` in place of the word at `start`. */
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
