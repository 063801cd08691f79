// Formats partial dates for people. docs/spec/referral.md, "Showing"
import { DATE, instantMs, parseDate, utc } from '../dates.ts'
import { localeOf } from '../locale.ts'

const GREGORIAN = { calendar: 'gregory' }

/**
 * Returns the calendar for a locale: Gregorian for every language, so that 2014 stays 2014, unless the tag asks for another
 * calendar (`fa-u-ca-persian`). Another calendar is used only for whole days, because a Gregorian year or month covers parts of
 * two years or months of that calendar.
 */
export function calendarOf(locale: string): { readonly calendar: string } {
  return { calendar: new Intl.Locale(localeOf(locale)).calendar ?? GREGORIAN.calendar }
}

/**
 * Formats a partial date in the language of the locale, and in the Gregorian calendar unless the locale names another (`-u-ca-`). Returns
 * invalid text unchanged.
 * @throws RexError MALFORMED for an invalid locale
 */
export function formatDate(text: string, locale = 'en'): string {
  if (parseDate(text) === undefined) return text
  return text
    .split('/')
    .map((point) => formatPoint(point, locale))
    .join(' – ')
}

function formatPoint(point: string, locale: string): string {
  if (point === '..') return '…'
  const at = instantMs(point)
  if (at !== undefined) return formatUtc(at, { dateStyle: 'medium', timeStyle: 'short' }, locale)
  const parts = DATE.exec(point)
  const date = utc(Number(parts?.[1]), Number(parts?.[2] ?? 1), Number(parts?.[3] ?? 1))
  const marks = { '~': '≈ ', '?': '? ', '%': '≈? ' }[parts?.[4] ?? ''] ?? ''
  return marks + formatUtc(date, precisionOf(parts), locale)
}

function precisionOf(parts: RegExpExecArray | null): Intl.DateTimeFormatOptions {
  return {
    year: 'numeric',
    ...(parts?.[2] !== undefined && { month: 'long' }),
    ...(parts?.[3] !== undefined && { day: 'numeric' }),
  }
}

function formatUtc(ms: number, options: Intl.DateTimeFormatOptions, locale: string): string {
  const zone = options.timeStyle === undefined ? '' : ' UTC'
  const isWhole = options.day !== undefined || options.dateStyle !== undefined
  const calendar = isWhole ? calendarOf(locale) : GREGORIAN
  const format = new Intl.DateTimeFormat(localeOf(locale), {
    ...options,
    ...calendar,
    timeZone: 'UTC',
  })
  return format.format(ms) + zone
}
