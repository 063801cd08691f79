// Whether two numbers, addresses or handles are the same in another spelling. docs/spec/referral.md, "Lint"

/** A telephone number as people write it, perhaps after the name of a service. */
const PHONE = /^[^\d@/]*?\+?[\d\s().\-/·–]{6,}(?:\s*(?:ext|x)[.\s]*\d+)?$/u
/**
 * Fewest digits of a telephone number that is compared. Fewer would not tell it from others if only one of two is written with its
 * country.
 */
const FEWEST = 7

/** A value in the form in which it is compared. */
export interface Form {
  /** The digits of a telephone number. Default: it is none. */
  readonly digits?: string
  readonly text: string
}

/** Whether two values of channels or identifiers reach the same. Telephone numbers are compared as E.164 numbers, with or without country. */
export function sameValue(a: string, b: string): boolean {
  return sameForm(formOf(a), formOf(b))
}

/** The form of a value. */
export function formOf(value: string): Form {
  const digits = digitsOf(value)
  return { text: folded(value), ...(digits !== undefined && { digits }) }
}

/** Whether two forms mean the same number, address or handle. */
export function sameForm({ digits: x, text: a }: Form, { digits: y, text: b }: Form): boolean {
  if (x === undefined || y === undefined) return a === b
  return x.length < y.length ? y.endsWith(x) : x.endsWith(y)
}

/** The digits of a telephone number without the prefix of international or trunk calls. Undefined: no telephone number. */
function digitsOf(value: string): string | undefined {
  const plain = ascii(value.normalize('NFKC')).replace(/^tel:/i, '')
  if (!PHONE.test(plain)) return undefined
  const digits = plain
    .replace(/(?:ext|x)[.\s]*\d+$/i, '')
    .replace(/\(0\)/g, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '')
  return digits.length < FEWEST ? undefined : digits
}

/** Digits of all scripts as ASCII digits. */
function ascii(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0
    let value = 0
    while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value++
    return String(value)
  })
}

/** Without case, white space around, a leading "@", "mailto:" and a closing slash. */
function folded(value: string): string {
  return value
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/^mailto:|^@|\/$/g, '')
}
