// Finds dates of birth in texts, in digits or with the name of the month. docs/guide/rex-desk.md, "Names are masked"
import { type Word, wordsOf } from '../../../core/input/words.ts'
import type { Span } from './seek.ts'

/** A date or month in digits without leading zeros. */
interface Birthday {
  readonly year: string
  readonly month: string
  /** Absent if only the month is known. */
  readonly day?: string
  /** Set for a date in another calendar, which is found in a text only together with its year. */
  readonly foreign?: true
}

const DATE = /(\d{4})-(\d{2})(?:-(\d{2}))?/g
/** Languages whose month names are recognised. */
const LANGUAGES = 'en es fr ar de nl it pt pl uk ru ro tr fa sv el hu cs bg hr fi da'.split(' ')
/** Maximum number of words between day and month, as in "9th of May" or "9 de mayo". */
const BETWEEN = 2
const ORDINAL = /^(\d{1,2})(?:st|nd|rd|th|er|e|o|a|º|ª|t\d{2,6}z?)?$/
/** Other calendars in which people write dates of birth. */
const CALENDARS = ['persian', 'islamic-umalqura', 'islamic-civil', 'buddhist']
const ROMAN = 'i ii iii iv v vi vii viii ix x xi xii'.split(' ')

/** Returns every date and month that these partial dates contain, and the same dates in other calendars. */
function birthdaysOf(dates: readonly string[]): Birthday[] {
  return dates.flatMap((date) =>
    [...date.matchAll(DATE)].flatMap(([whole, year = '', month = '', day]) => [
      { year, month: plain(month), ...(day !== undefined && { day: plain(day) }) },
      ...(day === undefined ? [] : CALENDARS.map((calendar) => inCalendar(whole, calendar))),
    ]),
  )
}

/** Converts a day to the digits of another calendar. */
function inCalendar(date: string, calendar: string): Birthday {
  const parts = { calendar, timeZone: 'UTC', year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const format = new Intl.DateTimeFormat('en', parts).formatToParts(Date.parse(date))
  const figure = (type: string) => plain(format.find((part) => part.type === type)?.value ?? '')
  return { year: figure('year'), month: figure('month'), day: figure('day'), foreign: true }
}

function plain(figures: string): string {
  return String(Number(figures))
}

/** Prepares a search for dates of birth. A year alone is not masked, because it only gives the age. */
export function seekingBirthdays(dates: readonly string[]): (words: readonly Word[]) => Span[] {
  const days = new Map<string, Birthday>()
  for (const birthday of birthdaysOf(dates)) for (const key of keysOf(birthday)) days.set(key, birthday)
  if (days.size === 0) return () => []
  return (words) => words.flatMap((_, i) => spanAt(words, i, days) ?? [])
}

/** Returns all spellings of a date: in digits in any usual order, with a two-digit year, and with the name of the month. */
function keysOf({ year, month, day, foreign }: Birthday): string[] {
  const short = plain(year.slice(2))
  const m = `m${month}`
  const months = [`${year} ${month}`, `${month} ${year}`, `${m} ${year}`, `${year} ${m}`]
  if (day === undefined) return months
  const padded = [month, day].map((part) => part.padStart(2, '0'))
  const compact = [
    `${year}${padded[0]}${padded[1]}`,
    `${padded[1]}${padded[0]}${year}`,
    `${padded[0]}${padded[1]}${year}`,
    `${year.slice(2)}${padded[0]}${padded[1]}`,
    `${padded[1]}${padded[0]}${year.slice(2)}`,
  ]
  const figures = [year, short].flatMap((y) => [
    `${y} ${month} ${day}`,
    `${day} ${month} ${y}`,
    `${month} ${day} ${y}`,
    `${y} ${day} ${month}`,
    `${day} r${month} ${y}`,
  ])
  if (foreign) return [...figures, ...compact, `${day} ${m} ${year}`]
  return [
    ...months,
    ...figures,
    ...compact,
    `${day} ${m}`,
    `${m} ${day}`,
    `${day} ${month}`,
    `${month} ${day}`,
  ]
}

/** Returns the longest date that begins at this word. */
function spanAt(words: readonly Word[], i: number, days: ReadonlyMap<string, Birthday>): Span | undefined {
  const first = partOf(words[i] as Word)
  if (first === undefined) return undefined
  let key = first
  let end = days.has(key) ? words[i]?.end : undefined
  let between = 0
  let count = 1
  for (let w = i + 1; w < words.length && count < 3 && between <= BETWEEN; w++) {
    const word = words[w] as Word
    const part = partOf(word)
    if (part === undefined) between += 1
    else {
      key += ` ${part}`
      count += 1
      // Two numbers count as a date only without a space, as in 9/5, because "5 children, 9 years" is not a date.
      if (days.has(key) && (count > 2 || key.includes('m') || !word.spaced)) end = word.end
    }
  }
  return end === undefined ? undefined : { start: (words[i] as Word).start, end }
}

/** Returns a number without leading zeros, or a month name as "m" and its number. */
function partOf({ letters }: Word): string | undefined {
  const [, ordinal] = ORDINAL.exec(letters) ?? []
  if (ordinal !== undefined) return plain(ordinal)
  const [, compact] = /^(\d{6}|\d{8})t\d{2,6}z?$/.exec(letters) ?? []
  if (compact !== undefined) return compact
  if (/^\d{4}$/.test(letters) || /^\d{6}$|^\d{8}$/.test(letters)) return letters
  const roman = ROMAN.indexOf(letters) + 1
  if (roman > 0) return `r${roman}`
  const month = months().get(letters)
  return month === undefined ? undefined : `m${month}`
}

let names: Map<string, number> | undefined

/** Returns the number of each month by its names: long and short, in the form used within a date and in the form used alone. */
function months(): Map<string, number> {
  names ??= new Map(
    LANGUAGES.flatMap((language) =>
      (['long', 'short'] as const).flatMap((month) =>
        [{ month }, { month, day: 'numeric' as const }].flatMap((form) => namesIn(language, form)),
      ),
    ),
  )
  return names
}

function namesIn(language: string, form: Intl.DateTimeFormatOptions): [string, number][] {
  const format = new Intl.DateTimeFormat(language, { ...form, calendar: 'gregory', timeZone: 'UTC' })
  return Array.from({ length: 12 }, (_, month) => {
    const parts = format.formatToParts(Date.UTC(2001, month, 15))
    const name = parts.find(({ type }) => type === 'month')?.value ?? ''
    return [wordsOf(name.normalize('NFC'))[0]?.letters ?? '', month + 1] as [string, number]
  }).filter(([name]) => name.length > 2 && !/^\d/.test(name))
}
