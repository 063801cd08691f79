// Digits of other scripts. docs/spec/referral.md, "Content guard"; docs/guide/rex-desk.md, "Names are masked"

const DIGIT = /\p{Nd}/u
const DIGITS = /(?![0-9])\p{Nd}/gu

/** The text with the digits of all scripts as ASCII digits. */
export function asciiDigits(text: string): string {
  return text.replace(DIGITS, asciiDigit)
}

/** Unicode lists the ten digits of a script one after the other. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && DIGIT.test(String.fromCodePoint(point - value - 1))) value += 1
  return String(value)
}
