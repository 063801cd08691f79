// Formats times for people: local, with the zone, and relative to now. docs/guide/rex-desk.md
import { t } from '../language/language.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The latest time that a Date can hold, in milliseconds (ECMA-262, section 21.4.1.1). */
const LAST = 8.64e15

/** Formats a local date and time with its zone, such as `2026-03-04 14:05 GMT+1`. Default zone: that of this computer. */
export function localTime(ms: number, timeZone?: string): string {
  if (!(Math.abs(ms) <= LAST)) return t`no such time`
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(timeZone !== undefined && { timeZone }),
  }).formatToParts(ms)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((entry) => entry.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')} ${part('timeZoneName')}`
}

/** Formats a time relative to `now`, to the minute: `in 3 h`, `2 days 23 h ago`, `now`. */
export function distance(ms: number, now: number): string {
  const away = Math.abs(ms - now)
  if (away < MINUTE) return t`now`
  const text = length(away)
  return ms > now ? t`in ${text}` : t`${text} ago`
}

/** Parses a date or time: `2026-03-04`, `2026-03-04 14:05`, `2026-03-04T14:05:00+01:00`, or `3h`, `2d`, `30min` from `now`. */
export function parseTime(text: string, now: number): number | undefined {
  const span = /^\+?(\d{1,4})\s*(min|h|d)$/.exec(text)
  if (span !== null)
    return now + Number(span[1]) * (span[2] === 'min' ? MINUTE : span[2] === 'h' ? HOUR : DAY)
  const clock = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text)
  if (clock === null) return undefined
  const [, date, time = '23:59:59', zone = ''] = clock
  const ms = Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(ms) || !existing(date as string) ? undefined : ms
}

/** Formats a length with two units, because it may be a deadline: "2 days" would be wrong for 2 days and 23 hours. */
function length(ms: number): string {
  const [whole, part] = ms < 2 * DAY ? ([HOUR, MINUTE] as const) : ([DAY, HOUR] as const)
  const [many, more] = [Math.floor(ms / whole), Math.floor((ms % whole) / part)]
  const units = [many === 0 ? '' : unit(many, whole), more === 0 ? '' : unit(more, part)]
  return units.filter((text) => text !== '').join(' ')
}

function unit(count: number, ms: number): string {
  if (ms === DAY) return t`${count} days`
  return ms === HOUR ? t`${count} h` : t`${count} min`
}

function existing(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date)
}
