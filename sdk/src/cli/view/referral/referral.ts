// The content of a referral for people: every field, in the order of the sections. docs/guide/rex-desk.md

import type { Referral } from '../../../core/referral/index.ts'
import { defang } from '../../../core/referral/labels/names.ts'
import { fieldTitle, isolate, safeContact, safety, t } from '../../language/language.ts'
import { defangText } from '../../output/defang.ts'
import { bad, block, bold, dim, heading, type Line, widthOf } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { outcomeCounts, words } from '../words.ts'

/** Limits on the display of long lists. */
export interface Extent {
  /** Maximum number of entries of a list. */
  readonly most: number
}

const DEFAULT: Extent = { most: 20 }

/** Shows every section of the referral. The rules of safe contact come before contact data. */
export function referralLines(referral: Partial<Referral>, extent: Extent = DEFAULT): Line[] {
  const { kind: _kind, test: _test, lane: _lane, group: _group, ...sections } = referral
  return Object.entries(sections).flatMap(([section, content]) => [
    ...heading(title(section)),
    ...(section === 'contact' ? safeContactLines(referral) : []),
    ...(typeof content === 'object' ? nested(content, { indent: 2, extent }) : [`  ${String(content)}`]),
  ])
}

/** Shows the rules of safe contact, which must be read before any number or address. */
function safeContactLines(referral: Partial<Referral>): Line[] {
  const rules = safeContact(referral).flatMap((rule) => block(rule, { indent: 4, lead: bad('  ! ') }))
  return rules.length === 0 ? [] : [['  ', bold(safety`Read this before any contact`)], ...rules, '']
}

/** Shows the content of an event: every member that is set. */
export function contentLines(
  content: Readonly<Record<string, unknown>>,
  indent: number,
  extent: Extent = DEFAULT,
): Line[] {
  const telling = Object.entries(content).filter(
    ([, value]) => value !== '' && value !== 0 && value !== false && value !== undefined && !isEmpty(value),
  )
  const shown = telling.map(([member, value]) => [member, inShort(member, value, extent)] as const)
  return shown.length === 0 ? [] : memberLines(Object.fromEntries(shown), { indent, extent })
}

/** If a list of outcomes is too long to show, replaces it with the number of items for each outcome (REX-THR-078). */
function inShort(member: string, value: unknown, { most }: Extent): unknown {
  const isLong = member === 'itemOutcomes' && Array.isArray(value) && value.length > most
  return isLong ? outcomeCounts(value) : value
}

interface Layout {
  readonly indent: number
  readonly extent: Extent
}

function nested(value: object, layout: Layout): Line[] {
  return Array.isArray(value) ? listLines(value, layout) : memberLines(value, layout)
}

function listLines(list: readonly unknown[], layout: Layout): Line[] {
  const shown = list.slice(0, layout.extent.most)
  const more = list.length - shown.length
  return [
    ...shown.flatMap((entry, i) => entryLines(entry, i + 1, layout)),
    ...(more > 0 ? [[' '.repeat(layout.indent), dim(t`and ${more} more; --all shows them`)]] : []),
  ]
}

function entryLines(entry: unknown, place: number, { indent, extent }: Layout): Line[] {
  const short = inline(entry)
  const margin = ' '.repeat(indent)
  if (short !== undefined) return block(short, { indent: indent + 2, lead: `${margin}- ` })
  const { id, ...members } = entry as { id?: unknown }
  return [
    [margin, bold(isText(id) ? id : `${place}.`)],
    ...memberLines(members, { indent: indent + 2, extent }),
  ]
}

function memberLines(members: object, { indent, extent }: Layout): Line[] {
  const entries = Object.entries(members)
  const width = Math.min(20, Math.max(...entries.map(([key]) => widthOf(title(key)))))
  return entries.flatMap(([key, value]) => {
    const named = title(key).toLowerCase()
    const label = `${' '.repeat(indent)}${isolate(named)}${' '.repeat(Math.max(0, width - widthOf(named)))}  `
    const short = inline(value, key)
    if (short === undefined) return [[dim(label.trimEnd())], ...nested(value, { indent: indent + 2, extent })]
    return block(short, { indent: widthOf(label), lead: dim(label) })
  })
}

/** Formats a value that fits into a line or paragraph. Returns undefined if it needs separate lines. */
function inline(value: unknown, key = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return scalar(value, key)
  if (!Array.isArray(value)) return compact(value, key)
  if (value.some((entry) => typeof entry === 'object') && value.length > 1) return undefined
  const parts = value.map((entry) => inline(entry, key))
  return parts.includes(undefined) ? undefined : parts.join(', ')
}

const DIGEST = /^[0-9a-f]{64}$/

function scalar(value: unknown, key: string): string {
  if (typeof value === 'boolean') return value ? t`yes` : t`no`
  if (typeof value === 'number' && key.endsWith('Ms')) return localTime(value)
  if (typeof value !== 'string') return String(value)
  if (DIGEST.test(value)) return value.slice(0, 8)
  return key === 'url' || key === 'urls' || key === 'domain' ? defang(value) : defangText(value)
}

type Members = Readonly<Record<string, unknown>>

/** Small objects with a customary one-line form. If an object has any other member, all members are listed. */
const COMPACT: readonly ((members: Members) => string | undefined)[] = [
  ({ text, language, ...rest }) =>
    isText(text) && empty(rest) ? `${defangText(text)}${tag(language)}` : undefined,
  ({ kind, full, language, ...rest }) =>
    isText(full) && empty(rest) ? `${full} (${words(String(kind))}${tag(language, ', ')})` : undefined,
  ({ type, value, issuer, ...rest }) =>
    isText(type) && isText(value) && empty(rest)
      ? `${words(type)}: ${value}${isText(issuer) ? ` (${issuer})` : ''}`
      : undefined,
  ({ id, text, absence, path, ...rest }) =>
    isText(id) && (isText(text) || isText(absence)) && empty(rest)
      ? `${id}: ${isText(text) ? defangText(text) : `(${absence})`}${isText(path) ? ` [${path}]` : ''}`
      : undefined,
  ({ type, to, ...rest }) =>
    isText(type) && isText(to) && empty(rest) ? `${to}: ${words(type)}` : undefined,
  ({ scheme, code, name, ...rest }) =>
    (isText(code) || isText(name)) && empty(rest) && (scheme === undefined || isText(scheme))
      ? `${isText(name) ? name : code}${isText(code) ? ` (${[scheme, code].filter(isText).join(' ')})` : ''}`
      : undefined,
  ({ scheme, value, by, on, ...rest }) =>
    isText(scheme) && isText(value) && empty(rest)
      ? [`${scheme}: ${value}`, isText(by) ? t`by ${by}` : '', on].filter(Boolean).join(', ')
      : undefined,
  ({ from, until, days, zone, ...rest }) =>
    isText(from) && isText(until) && empty(rest)
      ? `${Array.isArray(days) ? days.join(' ') : t`every day`} ${from}-${until} ${zone}`
      : undefined,
]

function compact(members: object, key: string): string | undefined {
  for (const form of COMPACT) {
    const text = form(members as Members)
    if (text !== undefined) return text
  }
  if (key !== 'absent') return undefined
  return Object.entries(members)
    .map(([field, reason]) => `${title(field).toLowerCase()}: ${words(String(reason))}`)
    .join(', ')
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function empty(rest: object): boolean {
  return Object.keys(rest).length === 0
}

function tag(language: unknown, before = ' '): string {
  if (!isText(language) || language === 'und') return ''
  return before === ' ' ? ` [${language}]` : `${before}${language}`
}

function title(key: string): string {
  const spaced = key.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return fieldTitle(spaced[0]?.toUpperCase() + spaced.slice(1))
}
