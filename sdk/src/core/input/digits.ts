// Converts digits of other scripts. docs/spec/referral.md, "Content guard"; docs/guide/rex-desk.md, "Names are masked"

const DIGIT = /\p{Nd}/u
const DIGITS = /(?![0-9])\p{Nd}/gu

/** Replaces the digits of all scripts in a text by ASCII digits. */
export function asciiDigits(text: string): string {
  return text.replace(DIGITS, asciiDigit)
}

/** Converts one digit. This relies on Unicode listing the ten digits of a script consecutively. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && DIGIT.test(String.fromCodePoint(point - value - 1))) value += 1
  return String(value)
}
