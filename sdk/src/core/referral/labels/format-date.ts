// Partial dates for people. docs/spec/referral.md, "Showing"
import { DATE, instantMs, parseDate, utc } from '../dates.ts'
import { localeOf } from '../locale.ts'

const GREGORIAN = { calendar: 'gregory' }

/**
 * The Gregorian calendar, whatever the reader's language: 2014 stays 2014. Only a tag that asks for another (`fa-u-ca-persian`) gets it,
 * and only for whole days: a year or month alone has parts of two in another calendar.
 */
export function calendarOf(locale: string): { readonly calendar: string } {
  return { calendar: new Intl.Locale(localeOf(locale)).calendar ?? GREGORIAN.calendar }
}

/**
 * A partial date for people, in the language of the locale, in the Gregorian calendar unless the locale names another (`-u-ca-`). Invalid
 * text is returned unchanged.
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
