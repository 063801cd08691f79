// Finds telephone numbers in texts in linear time, however they are grouped, with or without country and area code. docs/guide/rex-desk.md, "Names
// are masked"
import { asciiDigits } from '../../../core/input/text.ts'
import type { Span } from './seek.ts'

/** Minimum digits of a number for this search. Shorter numbers are found only as words. */
const FEWEST = 7
/** Number of digits at the end that identify a number. People may leave out the digits before them. */
const COMPARED = 7
/** Number of digits of a local number without its area code. */
const LOCAL = 6
/** Maximum number of digits before the compared digits: `00`, and a country, trunk or area code. */
const MOST_PREFIX = 9
/** Characters that may stand between two digits of a number. */
const BETWEEN = '[\\s().\\/\\p{Pd}\\p{Cf}\\u2212\\u00b7\\u2022_]{0,3}'
const RUN = new RegExp(`(?:\\+${BETWEEN})?\\p{Nd}(?:${BETWEEN}\\p{Nd})+`, 'gu')
const NUMBER = /^\s*(?:tel:|sms:|whatsapp:)?[+\p{Nd}\s().\-/\p{Pd}\p{Cf}·]+$/iu

/** Prepares a search for the numbers among secrets. */
export function seekingNumbers(secrets: readonly string[]): (text: string) => Span[] {
  const numbers = secrets.filter((secret) => NUMBER.test(secret)).map(digitsOf)
  const long = numbers.filter((number) => number.length >= FEWEST)
  const ends = new Set(long.map((number) => number.slice(-COMPARED)))
  const local = new Set(long.map((number) => number.slice(-LOCAL)))
  if (ends.size === 0) return () => []
  return (text) => [...text.matchAll(RUN)].flatMap((run) => spansIn(run[0], run.index, { ends, local }))
}

interface Sought {
  readonly ends: ReadonlySet<string>
  readonly local: ReadonlySet<string>
}

/** Returns the numbers in a run of digits, which may contain several. */
function spansIn(run: string, start: number, { ends, local }: Sought): Span[] {
  const places = [...run.matchAll(/\p{Nd}/gu)].map(({ 0: letter, index }) => ({
    value: asciiDigits(letter),
    at: index,
    end: index + letter.length,
  }))
  const digits = places.map(({ value }) => value).join('')
  if (local.has(digits)) return [{ start, end: start + run.length }]
  const spans: Span[] = []
  let free = 0
  for (let i = COMPARED; i <= places.length; i++) {
    const last = places[i - 1] as (typeof places)[number]
    const goesOn = places[i]?.at === last.end
    if (goesOn || !ends.has(digits.slice(i - COMPARED, i))) continue
    const from = Math.max(free, i - COMPARED - MOST_PREFIX)
    const first = from === 0 ? 0 : (places[from]?.at as number)
    spans.push({ start: start + first, end: start + last.end })
    free = i
  }
  return spans
}

function digitsOf(text: string): string {
  return asciiDigits(text).replace(/\D/g, '')
}
