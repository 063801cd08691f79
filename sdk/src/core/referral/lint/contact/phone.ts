// Finds telephone numbers as people write them, and compares them as E.164 numbers. docs/spec/referral.md, "Lint"
import { asciiDigits } from '../../../input/text.ts'

/** A telephone number. */
export interface Phone {
  /** Possible forms of the number: the single form with the country code if that is known, otherwise all forms within a country. */
  readonly forms: readonly string[]
  /** Whether the number was written with its country code. */
  readonly international: boolean
  /** Digits of the extension, if one was given. */
  readonly extension?: string
}

/** Minimum number of digits of a number that is compared. Shorter numbers may lack the area code and equal many others. */
const FEWEST = 7
/** Maximum digits: a number (ITU-T E.164) with an international prefix and a trunk prefix in parentheses. */
const MOST = 15 + 6

const SEPARATOR = '[\\s().\\-/\\u00b7\\u2010-\\u2015\\u2212]'
/** Matches a telephone number that no letter or further digit directly precedes or follows. */
const NUMBER = new RegExp(
  `(?<![\\p{L}\\p{N}_@.])[+]?\\(?[+]?\\d(?:${SEPARATOR}{0,4}\\d){${FEWEST - 1},${MOST}}(?![\\p{L}\\d_@])`,
  'gu',
)
const EXTENSION =
  /^[\s,;(]*(?:ext(?:ension)?|x|#|poste|anexo|int(?:erno)?|durchwahl|apt|доб(?:авочный)?|дод|وصلة|تحويلة|داخلي|转|分机|內線|内線)[\s.:=]*(\d{1,8})/iu
/** Matches links that open a chat with a telephone number. */
const LINKS = /(?:wa\.me\/|signal\.me\/#p\/|t\.me\/|[?&](?:phone|number)=)(?:\+|%2b)?(\d{7,15})/gi

/** Finds the telephone numbers in a text. */
export function phonesIn(text: string): Phone[] {
  if ((text.match(/\p{Nd}/gu)?.length ?? 0) < FEWEST) return []
  const plain = asciiDigits(text.normalize('NFKC').replace(/\p{Cf}/gu, ''))
  const linked = [...plain.matchAll(LINKS)].map(([, digits = '']) => ({
    forms: [e164(digits)],
    international: true,
  }))
  const written = [...plain.replace(LINKS, ' ').matchAll(NUMBER)].flatMap(({ 0: run, index }) =>
    numbersOf(run, plain.slice(index + run.length)),
  )
  return [...linked, ...written]
}

/** Splits a run of digits and separators into numbers, because a slash or wide gap may join several numbers. */
function numbersOf(run: string, rest: string): Phone[] {
  const parts = run.split(/\s*\/\s*|\s{3,}/)
  const whole = parts.length > 1 && parts.every((part) => countDigits(part) >= FEWEST)
  const each = whole ? parts : [run]
  const extension = EXTENSION.exec(rest)?.[1]
  return each.flatMap((part, i) => phoneOf(part, i === each.length - 1 ? extension : undefined))
}

function phoneOf(written: string, extension: string | undefined): Phone[] {
  const plus = written.includes('+')
  const digits = written.replace(/\(0\)/g, '').replace(/\D/g, '')
  const prefix = plus ? '' : (/^00(?=[1-9])/.exec(digits)?.[0] ?? '')
  const rest = digits.slice(prefix.length)
  const international = plus || prefix !== ''
  const forms = international ? [e164(rest)] : nationalForms(rest)
  if (forms.length === 0 || rest.length < FEWEST || rest.length > MOST) return []
  return [{ forms, international, ...(extension !== undefined && { extension }) }]
}

function countDigits(text: string): number {
  return text.replace(/\D/g, '').length
}

/** Returns the last digits of a number, which all its forms share. Equal numbers have equal ends. */
export function endOf({ forms }: Phone): string {
  return forms[0]?.slice(-FEWEST) ?? ''
}

/** Whether two numbers reach the same telephone. Different extensions of the same number do not. */
export function samePhone(a: Phone, b: Phone): boolean {
  if (a.extension !== undefined && b.extension !== undefined && a.extension !== b.extension) return false
  if (a.international && b.international) return a.forms[0] === b.forms[0]
  return a.forms.some((x) => b.forms.some((y) => endsAlike(x, y)))
}

function endsAlike(x: string, y: string): boolean {
  return x.length < y.length ? y.endsWith(x) : x.endsWith(y)
}

/**
 * A country code at the beginning of a number. Lists the codes of one and two digits; all others have three. Source: ITU-T E.164, list of
 * country codes.
 */
const COUNTRY = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/

/** Converts a number with its country code to E.164: removes the trunk prefix and mobile digits that some people leave in. */
function e164(digits: string): string {
  const country = COUNTRY.exec(digits)?.[0] ?? ''
  const rest = digits.slice(country.length).replace(/^0+/, '')
  // In Mexico (until 2019) and Argentina, numbers of mobile telephones get an extra digit when they are dialled from abroad.
  if (country === '52') return country + rest.replace(/^1(?=\d{10}$)/, '')
  if (country === '54') return country + rest.replace(/^9(?=\d{10}$)/, '')
  return country + rest
}

/** Trunk prefixes other than 0: 1 in North America; 8 in Russia and others; 80 in Belarus; 06 in Hungary; 01, 044 and 045 in Mexico. */
const TRUNK = /^(?:1(?=\d{10}$)|80?(?=\d{8,10}$)|06|01|04[45])/

/** Returns the forms that a number may have within its country and that have enough digits for a comparison. */
function nationalForms(digits: string): string[] {
  const zeros = digits.replace(/^0+/, '')
  const mobile = zeros.replace(/^(\d{2,4})15(?=\d{6,8}$)/, '$1')
  const forms = new Set([zeros, digits.replace(TRUNK, ''), ...(mobile.length === 10 ? [mobile] : [])])
  return [...forms].filter((form) => form.length >= FEWEST)
}
