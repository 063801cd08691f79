// Digits of all scripts. docs/spec/referral.md, "Lint"

/** Replaces the digits of all scripts by ASCII digits. */
export function asciiDigits(text: string): string {
  return text.replace(/[^\P{Nd}0-9]/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0
    let value = 0
    while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value++
    return String(value)
  })
}
