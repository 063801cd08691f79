// Splits a text into words, normalised so that all spellings of a word are equal. docs/guide/rex-desk.md, "Names are masked"; docs/guide/desk.md, "Search"
import { asciiDigits } from './text.ts'

/** Characters that count as words: those of scripts without spaces between words, and pictographs. */
const CHARACTER =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{So}]\\p{M}*'
const LETTER = `(?!${CHARACTER})[\\p{L}\\p{N}]`
/** Apostrophes, primes and other signs that people type as apostrophes. */
const APOSTROPHES = "'’ʼ‘‛´`′‵＇ʻʽʾʿʹˈ΄᾽᾿׳ꞌߴ"
/** Matches a word, including any form of apostrophe inside it. */
const WORD = new RegExp(
  `${CHARACTER}|${LETTER}(?:${LETTER}|[\\p{M}\\p{Cf}]|[${APOSTROPHES}](?=${LETTER}))*`,
  'gu',
)
/** Marks that people may omit: accents, points, the Arabic kashida, apostrophes, invisible characters. */
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

/** A word of a text, folded. */
export interface Word {
  /** Positions in the text at which the word begins and ends. */
  readonly start: number
  readonly end: number
  /** The folded letters. */
  readonly letters: string
  /** For each folded letter, the position in the text just after the original letter and its marks. */
  readonly ends: readonly number[]
  /**
   * For each apostrophe in the word, how many folded letters precede it. Another word may begin after the apostrophe, as in "d'Ali", or end
   * before it, as in "Li's".
   */
  readonly breaks: readonly number[]
  /** Whether white space precedes the word. */
  readonly spaced: boolean
}

const folded = new Map<string, string>()

/** Folds a letter: removes case and accents, and converts digits of all scripts to ASCII. */
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

/** Splits a text in normalisation form C into words. */
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
