// Compares observations with the expectations of a scenario.
import type { Seen } from '../../peer/log.ts'
import type { Step } from '../../suite/scenario.ts'
import type { Aliases, Named } from './aliases.ts'

/** Number of characters after which a report truncates a log entry. */
const MOST_SHOWN = 300

/** Members of a step that are not members of the observed value. */
const OWN: ReadonlySet<string> = new Set(['do', 'as', 'of', 'times'])

/** Returns whether `got` has all members of `wanted`. In `wanted`, a final `*` matches any ending, and `null` an absent or empty value. */
export function contains(got: unknown, wanted: unknown): boolean {
  if (wanted === null) return got === undefined || got === '' || got === null
  if (typeof wanted === 'string' && wanted.endsWith('*')) return String(got).startsWith(wanted.slice(0, -1))
  if (Array.isArray(wanted))
    return (
      Array.isArray(got) &&
      got.length === wanted.length &&
      wanted.every((entry, i) => contains(got[i], entry))
    )
  if (typeof wanted !== 'object') return got === wanted
  if (typeof got !== 'object' || got === null) return false
  return Object.entries(wanted).every(([name, value]) =>
    contains((got as Record<string, unknown>)[name], value),
  )
}

/** Returns a predicate for the log entries that match a step. */
export function matcher(step: Step, aliases: Aliases): (seen: Seen) => boolean {
  const { of } = step
  const ids = of === undefined ? undefined : idsOf(aliases.get(of))
  const wanted = Object.fromEntries(
    Object.entries(step)
      .filter(([name]) => !OWN.has(name))
      .map(([name, value]) => [name, resolved(name, value, aliases)]),
  )
  return (seen) =>
    contains(seen, wanted) && (ids === undefined || (seen.about ?? []).some((id) => ids.includes(id)))
}

/** Returns the ids of a message in the log. A desk's message may travel in several envelopes, so its digest counts too. */
function idsOf({ said, envelope = '', digest = '' }: Named): readonly string[] {
  return said ? [envelope] : [envelope, digest]
}

/** Replaces the names of partners and messages with their ids. */
export function resolved(name: string, value: unknown, aliases: Aliases): unknown {
  if (value === null) return value
  if (
    name === 'to' ||
    name === 'organisation' ||
    name === 'recipient' ||
    name === 'responsible' ||
    name === 'who'
  )
    return organisationOf(String(value))
  if (name === 'thread') return aliases.get(value).thread
  if (name === 'heads' || name === 'void') return (value as string[]).map((one) => aliases.digest(one)).sort()
  if (name === 'code' && String(value).startsWith('gap:'))
    return `gap:${aliases.digest(String(value).slice(4))}`
  return value
}

export function organisationOf(name: string): string {
  return name === '' ? '' : `https://${name}.example`
}

/** Formats a log entry for people, without the opened message. */
export function shownSeen({ opened: _, ...seen }: Seen): string {
  const text = JSON.stringify(seen)
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}
