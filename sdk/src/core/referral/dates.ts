// Parses and compares partial dates, which are as precise as known: a subset of EDTF (ISO 8601-2, level 1). docs/spec/referral.md, "Texts,
// ids and numbers"

/** The possible times of a partial date in Unix milliseconds, both ends included. A date without a zone is in UTC. */
export interface DateRange {
  /** First possible millisecond; -Infinity for an open start. */
  readonly startMs: number
  /** Last possible millisecond; Infinity for an open end. */
  readonly endMs: number
  /** Whether the date is approximate ("~" or "%"). */
  readonly approximate: boolean
  /** Whether the date is uncertain ("?" or "%"). */
  readonly uncertain: boolean
}

const DAY = 86_400_000
/** Matches a year, month or day with an optional mark for uncertainty or approximation. */
export const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?([?~%])?$/
const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|[+-](\d{2}):(\d{2}))$/
const EXACT = { approximate: false, uncertain: false }

/** Whether a text is a time with a zone (RFC 3339, seconds optional) that exists in the calendar. */
export function isInstant(text: string): boolean {
  return instantMs(text) !== undefined
}

/** Converts an instant to Unix milliseconds. Undefined if the text is not a valid instant. */
export function instantMs(text: string): number | undefined {
  if (typeof text !== 'string') return undefined
  const parts = INSTANT.exec(text)
    ?.slice(1)
    .map((part) => Number(part ?? 0))
  if (parts === undefined) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] = parts
  const valid =
    isDay(year, month, day) && hour < 24 && minute < 60 && second < 60 && zoneHour < 15 && zoneMinute < 60
  return valid ? Date.parse(text) : undefined
}

/** Whether a text is a partial date. */
export function isPartialDate(text: string): boolean {
  return parseDate(text) !== undefined
}

/**
 * Parses a partial date. Undefined if it is not valid. A partial date is a year, month or day, optionally marked with "?", "~" or "%", or
 * an instant; or a range of two such dates in order, joined by "/". Either end of a range may be "..", which means open.
 */
export function parseDate(text: string): DateRange | undefined {
  if (typeof text !== 'string') return undefined
  const [from = '', to, ...more] = text.split('/')
  if (more.length > 0) return undefined
  return to === undefined ? parsePoint(from) : parseInterval(from, to)
}

/** Compares two partial dates: -1 or 1 if one lies entirely before the other, 0 if they overlap or are invalid. */
export function compareDates(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [parseDate(a), parseDate(b)]
  if (left === undefined || right === undefined) return 0
  if (left.endMs < right.startMs) return -1
  return left.startMs > right.endMs ? 1 : 0
}

function parseInterval(from: string, to: string): DateRange | undefined {
  if (from === '..' && to === '..') return undefined
  const start = from === '..' ? { startMs: -Infinity, endMs: -Infinity, ...EXACT } : parsePoint(from)
  const end = to === '..' ? { startMs: Infinity, endMs: Infinity, ...EXACT } : parsePoint(to)
  if (start === undefined || end === undefined || start.startMs > end.endMs) return undefined
  return {
    startMs: start.startMs,
    endMs: end.endMs,
    approximate: start.approximate || end.approximate,
    uncertain: start.uncertain || end.uncertain,
  }
}

function parsePoint(text: string): DateRange | undefined {
  const at = instantMs(text)
  if (at !== undefined) return { startMs: at, endMs: at, ...EXACT }
  const parts = DATE.exec(text)
  if (parts === null) return undefined
  const [year, month, day] = [Number(parts[1]), Number(parts[2] ?? 1), Number(parts[3] ?? 1)]
  if (!isDay(year, month, day)) return undefined
  return {
    startMs: utc(year, month, day),
    endMs: endOf(parts, year, month, day),
    approximate: parts[4] === '~' || parts[4] === '%',
    uncertain: parts[4] === '?' || parts[4] === '%',
  }
}

function endOf(parts: RegExpExecArray, year: number, month: number, day: number): number {
  if (parts[3] !== undefined) return utc(year, month, day) + DAY - 1
  return (parts[2] === undefined ? utc(year + 1, 1, 1) : utc(year, month + 1, 1)) - 1
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(utc(year, month, day))
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** Returns the beginning of a day in Unix milliseconds. Years below 100 are taken literally, not as 19xx. */
export function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}
