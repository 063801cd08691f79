// Computes when a digest is sent: at a time of day in a time zone. docs/guide/alerts.md, "How many mails"

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Whether a text names a time zone. */
export function isZone(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 64) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch {
    return false
  }
}

/**
 * Returns the first time after `fromMs` at which clocks in the zone show `at`, `HH:MM`. If clocks skip that time, returns the time after
 * the skip.
 */
export function nextDigest({ at, zone }: { at: string; zone: string }, fromMs: number): number {
  const [hours = 0, minutes = 0] = at.split(':').map(Number)
  const today = wallTime(fromMs, zone)
  const midnight = today - (((today % DAY) + DAY) % DAY)
  for (let day = -1; ; day++) {
    const atMs = instantOf(midnight + day * DAY + (hours * 60 + minutes) * MINUTE, zone)
    if (atMs > fromMs) return atMs
  }
}

/** Returns the instant at which clocks in the zone show this time. */
function instantOf(wallMs: number, zone: string): number {
  const first = wallMs - (wallTime(wallMs, zone) - wallMs)
  return first - (wallTime(first, zone) - wallMs)
}

/** Returns the time that clocks in the zone show, as if it were UTC. */
function wallTime(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(ms)
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value)
  return (
    Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) +
    (ms - Math.floor(ms / 1000) * 1000)
  )
}

/** Returns a time as people in the zone write it: `2026-11-30 08:12`. */
export function timeIn(zone: string, ms: number): string {
  return new Date(wallTime(ms, zone)).toISOString().slice(0, 16).replace('T', ' ')
}
