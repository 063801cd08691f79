// Splits names in Chinese characters, kanji and Hangul, which are written without spaces. Returns their parts in both orders, and the ways to call
// somebody by one character. docs/guide/rex-desk.md, "Names are masked"

const HAN = /^[\p{sc=Han}々〆]+$/u
const HANGUL = /^\p{sc=Hangul}+$/u
/** Maximum length of a name to split. Longer names are foreign or titles. */
const LONGEST = 6
/** Maximum characters of a family name, as in 長谷川. */
const LONGEST_FAMILY = 3
/** Characters that people put before a name of one character. `BEHIND`: words that they put after such a name. */
const BEFORE = ['小', '老', '阿']
const BEHIND =
  '先生 女士 小姐 太太 同学 同學 老师 老師 医生 醫生 阿姨 叔叔 奶奶 爷爷 妈妈 媽媽 爸爸 哥哥 姐姐 弟弟 妹妹 家 氏 某 さん ちゃん くん 君 様 さま'.split(
    ' ',
  )
const BEHIND_HANGUL = '씨 군 양 선생님'.split(' ')

/**
 * Divides a name written without spaces into family name and given name, at every possible place. Returns both parts, and
 * both in the other order.
 */
export function partsTogether(word: string): string[] {
  const letters = [...word]
  if (!isUnspaced(word) || letters.length > LONGEST) return []
  if (letters.length === 1) return calledBy(word)
  const most = Math.min(LONGEST_FAMILY, letters.length - 1)
  return Array.from({ length: most }, (_, i) => i + 1).flatMap((length) => {
    const [family, given] = [letters.slice(0, length).join(''), letters.slice(length).join('')]
    // A single character also occurs in many ordinary words, so it is hidden only in forms of address such as 小明.
    const parts = [family, given].flatMap((part) => ([...part].length > 1 ? [part] : calledBy(part)))
    return [...parts, `${given}${family}`]
  })
}

/** Whether a name or part of a name is written in characters that each count as a word. */
export function isUnspaced(word: string): boolean {
  return HAN.test(word) || HANGUL.test(word)
}

/** Returns the ways to call somebody by one character of a name. */
function calledBy(letter: string): string[] {
  if (HANGUL.test(letter)) return BEHIND_HANGUL.map((behind) => `${letter}${behind}`)
  return [
    `${letter}${letter}`,
    ...BEFORE.map((before) => `${before}${letter}`),
    ...BEHIND.map((behind) => `${letter}${behind}`),
  ]
}
