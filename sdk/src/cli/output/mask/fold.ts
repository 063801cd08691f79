// Words of a text, normalised so that all their spellings are equal. docs/guide/rex-desk.md, "Names are masked"
import { asciiDigits } from '../../../core/input/digits.ts'

/** Scripts without spaces between words, and pictographs: every character counts as a word. */
const CHARACTER =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{So}]\\p{M}*'
const LETTER = `(?!${CHARACTER})[\\p{L}\\p{N}]`
/** Apostrophes, primes and other signs that people type for them. */
const APOSTROPHES = "'’ʼ‘‛´`′‵＇ʻʽʾʿʹˈ΄᾽᾿׳ꞌߴ"
/** Apostrophes inside a word belong to it, in any typed form. */
const WORD = new RegExp(
  `${CHARACTER}|${LETTER}(?:${LETTER}|[\\p{M}\\p{Cf}]|[${APOSTROPHES}](?=${LETTER}))*`,
  'gu',
)
/** Optional marks: accents, points, the Arabic kashida, apostrophes, invisible characters. */
const OPTIONAL = new RegExp(`[\\p{Mn}\\p{Cf}\u0640\u0621${APOSTROPHES}]`, 'gu')
/** Letters that Unicode does not decompose, with the letters that people type instead. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
  ٱ: 'ا',
  ڪ: 'ك',
  ہ: 'ه',
  ھ: 'ه',
  ە: 'ه',
  ۃ: 'ه',
  ے: 'ي',
  ں: 'ن',
  ς: 'σ',
}

/** A word of a text. */
export interface Word {
  /** Position in the text. */
  readonly start: number
  readonly end: number
  /** The folded letters. */
  readonly letters: string
  /** For each folded letter, the end in the text of its original letter. */
  readonly ends: readonly number[]
  /** Numbers of folded letters before an apostrophe: "Li's" and "d'Ali" have a word within. */
  readonly breaks: readonly number[]
  /** White space precedes the word. */
  readonly spaced: boolean
}

const folded = new Map<string, string>()

/** A letter without case or accents; digits of all scripts as ASCII. */
function foldLetter(letter: string): string {
  let form = folded.get(letter)
  if (form === undefined) {
    const plain = letter
      .toLowerCase()
      .replace(OPTIONAL, '')
      .normalize('NFKD')
      .replace(OPTIONAL, '')
      .normalize('NFC')
    form = [...plain].map((one) => LETTERS[one] ?? asciiDigits(one)).join('')
    if (folded.size < 65_536) folded.set(letter, form)
  }
  return form
}

/** The words of a text in normalisation form C. */
export function wordsOf(text: string): Word[] {
  let before = 0
  return [...text.matchAll(WORD)].map(({ 0: word, index: start }) => {
    const spaced = /\s/.test(text.slice(before, start))
    let at = start
    let letters = ''
    const ends: number[] = []
    const breaks: number[] = []
    for (const letter of word) {
      at += letter.length
      const form = foldLetter(letter)
      letters += form
      if (form === '' && ends.length > 0 && /[\p{M}\p{Cf}]/u.test(letter)) ends[ends.length - 1] = at
      for (let i = 0; i < form.length; i++) ends.push(at)
      if (form === '' && APOSTROPHES.includes(letter)) breaks.push(letters.length)
    }
    before = at
    return { start, end: at, letters, ends, breaks, spaced }
  })
}
