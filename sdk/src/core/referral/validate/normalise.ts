// Makes lossless changes to a draft before it is checked, each with a notice. docs/spec/referral.md, "Presets"

import { patternOf } from '../codes/codes.ts'
import { matches } from '../formats.ts'
import { furtherPlaces } from '../messages/filled.ts'
import { PHRASES } from '../messages/findings.ts'
import { problem } from '../messages/problem.ts'
import type { PROBLEMS, ProblemCode } from '../messages/problems.ts'
import { isPlain } from './check.ts'

/** A change that was made to a draft without changing its meaning. */
export interface Notice {
  /** Path of the first place that was changed. */
  readonly path: string
  /** Machine code of the change, the same in all versions and languages (REX-REF-144). */
  readonly code: ProblemCode
  /** The change in English, for people. Never repeats case data. */
  readonly message: string
  /** Values of the placeholders in the text of the code. */
  readonly values: Readonly<Record<string, string>>
  /** Number of places that were changed. */
  readonly count: number
}

type Members = Readonly<Record<string, unknown>>
type Note = (field: string, code: keyof typeof PROBLEMS, values?: Notice['values']) => void
type Change = (members: Members, note: Note) => Members

/** For each part of a referral, list fields that may be written in the singular, with one value in place of a list. */
const PLURALS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  accounts: { displayName: 'displayNames', url: 'urls' },
  incident: { country: 'countries' },
  consents: { withholdingReason: 'withholdingReasons' },
}

/** The changes to make in each field of the referral. In a field that is a list, they are made in each entry. */
const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  consents: [plural('consents')],
  incident: [plural('incident')],
  accounts: [plural('accounts'), lowerSchemes],
  items: [lowerSchemes, lowerHashes],
  references: [lowerHashes],
}

/**
 * Lower-cases URL schemes and hexadecimal hashes, and converts singular fields to lists (REX-REF-088). Anything else stays unchanged, so
 * that the check can reject it.
 */
export function normalised(draft: Members): { readonly draft: Members; readonly notices: readonly Notice[] } {
  const counts: Counts = new Map()
  const fields = Object.entries(CHANGES).flatMap(([field, changes]) => {
    const value = Object.hasOwn(draft, field) ? draft[field] : undefined
    const next = changed(value, field, { changes, counts })
    return next === value ? [] : [[field, next] as const]
  })
  const notices = [...counts.values()].map((notice) => ({
    ...notice,
    message: notice.message + furtherPlaces(notice.count, PHRASES),
  }))
  return { draft: fields.length === 0 ? draft : { ...draft, ...Object.fromEntries(fields) }, notices }
}

/** The notices so far, each with its number of changed places, by the message of the notice. */
type Counts = Map<string, Notice & { count: number }>

interface Work {
  readonly changes: readonly Change[]
  readonly counts: Counts
}

function changed(value: unknown, path: string, work: Work): unknown {
  if (Array.isArray(value)) {
    const entries = value.map((entry, i) => changed(entry, `${path}[${i}]`, work))
    return entries.every((entry, i) => entry === value[i]) ? value : entries
  }
  if (!isPlain(value)) return value
  const note: Note = (field, code, values) => {
    const noted = problem(`${path}.${field}`, code, values)
    const held = work.counts.get(noted.message)
    if (held === undefined) work.counts.set(noted.message, { ...noted, code, count: 1 })
    else held.count += 1
  }
  return work.changes.reduce<Members>((members, change) => change(members, note), value)
}

function plural(of: string): Change {
  const names = Object.entries(PLURALS[of] ?? {})
  return (members, note) => {
    const absent = isPlain(members.absent) ? renamed(members.absent, names, (value) => value) : members.absent
    const next = renamed(members, names, (value) => [value].flat(), note)
    return absent === members.absent ? next : { ...next, absent }
  }
}

function renamed(
  members: Members,
  names: readonly (readonly [string, string])[],
  map: (value: unknown) => unknown,
  note: Note = () => {},
): Members {
  const due = names.filter(([one, many]) => Object.hasOwn(members, one) && !Object.hasOwn(members, many))
  if (due.length === 0) return members
  const many = new Map(due)
  for (const [one, list] of due) note(one, 'as-list', { list })
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      const list = many.get(name)
      return list === undefined ? [name, value] : [list, map(value)]
    }),
  )
}

/** Lower-cases the schemes of URLs. Their case has no meaning. Source: RFC 3986, section 3.1. */
function lowerSchemes(members: Members, note: Note): Members {
  const url = lowerScheme(members.url)
  const urls = Array.isArray(members.urls) ? members.urls.map(lowerScheme) : members.urls
  const same = url === members.url
  const all = !Array.isArray(urls) || urls.every((one, i) => one === (members.urls as unknown[])[i])
  if (same && all) return members
  note(same ? 'urls' : 'url', 'scheme-case')
  return { ...members, ...(!same && { url }), ...(!all && { urls }) }
}

function lowerScheme(url: unknown): unknown {
  if (typeof url !== 'string') return url
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]{0,31}:/.exec(url)?.[0] ?? ''
  const lower = scheme.toLowerCase()
  if (lower === scheme) return url
  const next = lower + url.slice(scheme.length)
  return matches('url', next) ? next : url
}

function lowerHashes(members: Members, note: Note): Members {
  if (!Array.isArray(members.hashes)) return members
  const hashes = members.hashes.map(lowerHash)
  const first = hashes.findIndex((hash, i) => hash !== (members.hashes as unknown[])[i])
  if (first === -1) return members
  note(`hashes[${first}].value`, 'hash-case')
  return { ...members, hashes }
}

function lowerHash(hash: unknown): unknown {
  if (!isPlain(hash) || typeof hash.value !== 'string' || typeof hash.type !== 'string') return hash
  const pattern = patternOf('hash-type', hash.type)
  const lower = hash.value.toLowerCase()
  if (pattern === undefined || lower === hash.value) return hash
  const fits = new RegExp(pattern, 'u')
  return !fits.test(hash.value) && fits.test(lower) ? { ...hash, value: lower } : hash
}
