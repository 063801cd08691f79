// Words of a text in a form in which all their spellings are equal. docs/guide/rex-desk.md, "Names are masked"

/** Scripts without spaces between words, and pictures: every character counts as a word. */
const CHARACTER =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{So}]\\p{M}*'
const LETTER = `(?!${CHARACTER})[\\p{L}\\p{N}]`
/** Apostrophes within a word belong to it, however they are typed. */
const WORD = new RegExp(`${CHARACTER}|${LETTER}(?:${LETTER}|[\\p{M}\\p{Cf}]|['’ʼ‘´\`](?=${LETTER}))*`, 'gu')
/** What is written or left out at will: accents, points, the Arabic stretcher, apostrophes, invisible characters. */
const OPTIONAL = /[\p{Mn}\p{Cf}\u0640'’ʼ‘´`]/gu
/** Letters that Unicode does not decompose, as people type them where they are missing. */
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
}

/** A word of a text. */
export interface Word {
  /** Where it begins and ends in the text. */
  readonly start: number
  readonly end: number
  /** Its folded letters. */
  readonly letters: string
  /** For each of them, where in the text the letter ends that it comes from. */
  readonly ends: readonly number[]
  /** White space stands before it. */
  readonly spaced: boolean
}

const folded = new Map<string, string>()

/** A letter without case and accents; digits of all scripts as ASCII. */
function foldLetter(letter: string): string {
  let form = folded.get(letter)
  if (form === undefined) {
    const plain = letter.toLowerCase().normalize('NFKD').replace(OPTIONAL, '').normalize('NFC')
    form = [...plain].map((one) => LETTERS[one] ?? digit(one)).join('')
    if (folded.size < 65_536) folded.set(letter, form)
  }
  return form
}

function digit(letter: string): string {
  if (!/\p{Nd}/u.test(letter)) return letter
  const code = letter.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1
  return String(value)
}

/** The words of a text in normalisation form C. */
export function wordsOf(text: string): Word[] {
  let before = 0
  return [...text.matchAll(WORD)].map(({ 0: word, index: start }) => {
    const spaced = /\s/.test(text.slice(before, start))
    let at = start
    let letters = ''
    const ends: number[] = []
    for (const letter of word) {
      at += letter.length
      const form = foldLetter(letter)
      letters += form
      if (form === '' && ends.length > 0 && /[\p{M}\p{Cf}]/u.test(letter)) ends[ends.length - 1] = at
      for (let i = 0; i < form.length; i++) ends.push(at)
    }
    before = at
    return { start, end: at, letters, ends, spaced }
  })
}
