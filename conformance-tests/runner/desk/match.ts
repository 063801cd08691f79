// Compares what was seen with what a scenario wants.
import type { Seen } from '../../peer/log.ts'
import type { Step } from '../../suite/scenario.ts'
import type { Aliases, Named } from './aliases.ts'

/** Members of a step that are not members of the observed value. */
const OWN: ReadonlySet<string> = new Set(['do', 'as', 'of', 'times'])

/** Whether all members of `wanted` are in `got`. A text that ends with `*` is a beginning; `null` stands for an absent or empty value. */
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

/** What a step wants to see: entries of the log that match it. */
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

/** What is said of a partner's message is said of one envelope; a message of the desk may travel in several. */
function idsOf({ said, envelope = '', digest = '' }: Named): readonly string[] {
  return said ? [envelope] : [envelope, digest]
}

/** Names of partners and messages become their ids. */
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

/** An entry in words, without what only programs read. */
export function shownSeen({ opened: _, ...seen }: Seen): string {
  return JSON.stringify(seen)
}
