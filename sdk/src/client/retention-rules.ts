// Parses the rules for how long threads are kept after they have ended: `retention.json` in the desk directory. docs/guide/desk.md, "Retention"
import { RexError } from '../core/error.ts'
import { codesOf } from '../core/referral/index.ts'
import { STATES, type State } from '../core/thread/transitions.ts'

const DAY = 24 * 60 * 60_000
/** Days per unit. Months and years count as their longest, so that no period is shorter than people expect. */
const DAYS = { d: 1, w: 7, m: 31, y: 366 }
const SPAN = /^([1-9][0-9]{0,3})([dwmy])$/
const ALL = '*'
const ENDED = 'keepAfterEnd'

/** How many milliseconds to keep threads after their end, by kind (`*`: all kinds) and state (`keepAfterEnd`: all end states). */
export type RetentionRules = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Parses and validates the rules. @throws RexError CONFIG_INVALID with the path of the first problem */
export function parseRetention(value: unknown): RetentionRules {
  const kinds = new Set<string>([ALL, ...codesOf('referral-kind')])
  const states = new Set<string>([ENDED, ...endedStates()])
  return mapOf(value, '', kinds, (rules, kind) =>
    mapOf(rules, `${kind}.`, states, (span, state) => spanOf(span, `${kind}.${state}`)),
  )
}

/**
 * Returns how long a thread is kept after its end, or undefined if it is kept forever. The more specific rule applies; kind takes precedence over
 * state.
 */
export function keepMsOf(rules: RetentionRules, kind: string, state: State): number | undefined {
  const found = [kind, ALL].flatMap((name) => [rules.get(name)?.get(state), rules.get(name)?.get(ENDED)])
  return found.find((ms) => ms !== undefined)
}

/** Returns the shortest time for which any thread is kept, or undefined if there are no rules. */
export function shortestMsOf(rules: RetentionRules): number | undefined {
  const all = [...rules.values()].flatMap((states) => [...states.values()])
  return all.length === 0 ? undefined : Math.min(...all)
}

function endedStates(): string[] {
  return Object.entries(STATES).flatMap(([name, { terminal }]) => (terminal ? [name] : []))
}

function mapOf<T>(
  value: unknown,
  path: string,
  names: ReadonlySet<string>,
  read: (value: unknown, name: string) => T,
): Map<string, T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(path.slice(0, -1), 'must be an object')
  const map = new Map<string, T>()
  for (const [name, member] of Object.entries(value)) {
    if (!names.has(name)) throw wrong(`${path}${name}`, `is none of ${[...names].join(', ')}`)
    map.set(name, read(member, name))
  }
  return map
}

function spanOf(value: unknown, path: string): number {
  const [, count, unit] = SPAN.exec(typeof value === 'string' ? value : '') ?? []
  if (count === undefined) throw wrong(path, 'must be a time such as 90d, 26w, 6m or 2y')
  return Number(count) * DAYS[unit as keyof typeof DAYS] * DAY
}

function wrong(path: string, problem: string): RexError {
  return new RexError('CONFIG_INVALID', `${path || 'The rules'} ${problem}.`, { path })
}
