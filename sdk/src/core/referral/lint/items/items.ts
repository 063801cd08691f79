// Lint: items, hashes and classes. docs/spec/referral.md, "Lint"

import { type ListName, patternOf } from '../../codes/codes.ts'
import { compareDates } from '../../dates.ts'
import type { Hash, Item, Reference, Referral } from '../../types.ts'
import { type Finding, finding, missing, when } from '../finding.ts'

/** Returns the findings about items and evidence. */
export function itemFindings({ kind, items = [], references = [] }: Referral): Finding[] {
  return [
    ...items.flatMap((item, i) => [
      ...hostFindings(item, `items[${i}]`),
      ...knownFindings(item, { path: `items[${i}]`, kind }),
      ...hashFindings(item.hashes, `items[${i}]`),
      ...classFindings(item, `items[${i}]`),
    ]),
    ...sameFindings(items),
    ...references.flatMap((reference, i) => referenceFindings(reference, `references[${i}]`)),
  ]
}

function hostFindings({ addresses = [] }: Item, path: string): Finding[] {
  return addresses.flatMap(({ event }, i) =>
    when(event !== 'hosting', 'item-address-of-person', `${path}.addresses[${i}]`),
  )
}

/** Kinds of site whose hosting country nobody can know. */
const NOWHERE: ReadonlySet<string> = new Set(['hidden-service', 'messenger'])
const HIDDEN = /[.](?:onion|i2p)(?=[/:?#]|$)/i

function knownFindings(item: Item, { path, kind }: { path: string; kind: string }): Finding[] {
  const { firstSeen, lastSeen, url, domain, account, siteType = '', access = '' } = item
  const removal = kind === 'content-removal'
  const placed = url !== undefined || domain !== undefined
  const hidden = NOWHERE.has(siteType) || NOWHERE.has(access) || HIDDEN.test(url ?? domain ?? '')
  const order = firstSeen === undefined || lastSeen === undefined ? 0 : compareDates(firstSeen, lastSeen)
  return [
    ...when(order > 0, 'seen-order', path),
    ...when(removal && !placed && account === undefined, 'item-without-location', path),
    ...(removal && placed && !hidden ? missing(item, 'hostingCountry', { path, why: 'hosting' }) : []),
    ...(kind === 'content-verification' || kind === 'advisory'
      ? []
      : missing(item, 'classifications', { path, why: 'viewing' })),
  ]
}

/** Fields that only a `hash-list` has. */
const OF_HASH_LISTS = ['count', 'format', 'hashTypes'] as const

/** Checks a reference. A hash list is useless unless the recipient can verify and read its file (REX-REF-110). */
function referenceFindings(reference: Reference, path: string): Finding[] {
  const { hashes } = reference
  const isHashList = reference.type === 'hash-list'
  const isVerifiable = hashes?.some(({ type }) => type === 'sha256' || type === 'sha512') === true
  return [
    ...hashFindings(hashes, path),
    ...when(isHashList && !isVerifiable, 'hash-list-without-hash', `${path}.hashes`),
    ...OF_HASH_LISTS.flatMap((field) => {
      const given = reference[field] !== undefined
      const code = isHashList ? 'hash-list-incomplete' : 'hash-list-field'
      return when(given !== isHashList, code, `${path}.${field}`)
    }),
  ]
}

function hashFindings(hashes: readonly Hash[] = [], path: string): Finding[] {
  return hashes.flatMap(({ type, value }, i) =>
    when(!fits('hash-type', type, value), 'hash-shape', `${path}.hashes[${i}].value`, { type }),
  )
}

function classFindings({ classifications = [] }: Item, path: string): Finding[] {
  return classifications.flatMap(({ scheme, value }, i) =>
    when(
      !fits('classification-scheme', scheme, value),
      'class-unknown',
      `${path}.classifications[${i}].value`,
      { scheme },
    ),
  )
}

const PATTERNS = new Map<string, RegExp>()

/** Whether a value has the form that its code requires, if the code requires one. */
function fits(list: ListName, code: string, value: string): boolean {
  const source = patternOf(list, code)
  if (source === undefined) return true
  const pattern = PATTERNS.get(source) ?? new RegExp(source, 'u')
  PATTERNS.set(source, pattern)
  return pattern.test(value)
}

/** Finds repeated items, which would be taken down, counted and answered twice. */
function sameFindings(items: readonly Item[]): Finding[] {
  const seen = new Map<string, number>()
  return items.flatMap((item, i) => {
    const key = keyOf(item)
    const first = seen.get(key)
    if (first === undefined) seen.set(key, i)
    return first === undefined ? [] : [finding('items-same', `items[${i}]`, { other: `items[${first}]` })]
  })
}

function keyOf({ url, domain, account, hashes = [] }: Item): string {
  const hashed = hashes.map(({ type, value }) => `${type}:${value}`).sort()
  const place = url !== undefined && URL.canParse(url) ? new URL(url).href : url
  return JSON.stringify([place, domain?.toLowerCase(), account, hashed])
}
