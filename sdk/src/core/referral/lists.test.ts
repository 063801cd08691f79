// Tests of the code lists and their registry. docs/spec/codes.md
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  codesOf,
  isDecisionBearing,
  knownCode,
  type ListName,
  listVersions,
  patternOf,
} from './codes/codes.ts'
import { KINDS } from './kinds.ts'
import { codeEntry, LISTS } from './lists.ts'
import type { Node } from './schema/node.ts'
import { REFERRAL } from './schema/schema.ts'
import { SECTION_TYPES } from './section.ts'
import type { Strict, StrictReferral, Triage } from './types.ts'
import { folded } from './validate/meant.ts'

const lists = Object.entries(LISTS)

test('every data file is the list that its name says', () => {
  const files = readdirSync(new URL('lists/', import.meta.url)).map((name) => name.replace('.json', ''))
  expect(lists.map(([name]) => name).sort()).toEqual(files.sort())
  for (const [name, list] of lists) expect([list.name, list.version >= 1]).toEqual([name, true])
})

test.each(lists)(
  '%s: codes are kebab-case and unique, and each has a definition and labels in four languages',
  (_, list) => {
    const codes = list.entries.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const { code, label, definition, translations } of list.entries) {
      expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(label && definition).toBeTruthy()
      expect(Object.keys(translations)).toEqual(['es', 'fr', 'ar'])
      for (const text of Object.values(translations)) expect(text.trim()).toBe(text || 'a translation')
    }
  },
)

test('kinds and section types of the code are those of the lists', () => {
  expect(Object.keys(KINDS)).toEqual(LISTS['referral-kind'].entries.map(({ code }) => code))
  expect([...SECTION_TYPES, 'event'].sort()).toEqual(
    LISTS['section-type'].entries.map(({ code }) => code).sort(),
  )
})

test('foreign codes are spelled as their owners spell them', () => {
  expect(codeEntry('incident-type', 'csam')?.crosswalk?.cybertipline).toEqual([
    'Child Pornography (possession, manufacture, and distribution)',
  ])
  expect(codeEntry('incident-type', 'online-enticement')?.crosswalk?.cybertipline).toEqual([
    'Online Enticement of Children for Sexual Acts',
  ])
  expect(codeEntry('tlp', 'amber-strict')?.label).toBe('TLP:AMBER+STRICT')
  expect(codeEntry('hash-type', 'ssvh-safer-hash')?.crosswalk?.ncmec).toEqual(['SSVH_SAFER_HASH'])
})

test('an unknown code is unknown, whatever its name', () => {
  for (const code of ['', 'toString', '__proto__', 'HIGH']) expect(knownCode('risk', code)).toBe(false)
  expect(listVersions()).toMatchObject({ decline: 1, tlp: 1 })
  expect(Object.keys(listVersions())).toEqual(Object.keys(LISTS).sort())
})

test('docs/spec/codes.md is current', async () => {
  await expect(registry()).toMatchFileSnapshot('../../../../docs/spec/codes.md')
})

/** The lists by name, ascending, for generated files. */
const sorted = lists.toSorted(([a], [b]) => (a < b ? -1 : 1))
const quoted = (text: string) => (text.includes("'") ? `"${text}"` : `'${text}'`)
const key = (name: string) => (/[^a-z]/.test(name) ? `'${name}'` : name)
const members = (entries: readonly (readonly [string, string])[]) =>
  entries.map(([name, text]) => `  ${key(name)}: ${text},\n`).join('')

test('codes/data.ts is current', async () => {
  const newer = sorted.filter(([, { version }]) => version > 1)
  const deciding = sorted.filter(([, { decisionBearing }]) => decisionBearing).map(([name]) => name)
  const patterns = sorted.flatMap(([name, { entries }]) => {
    const found = entries.flatMap(({ code, pattern }) =>
      pattern ? `    ${key(code)}: ${quoted(pattern.replaceAll('\\', '\\\\'))},\n` : [],
    )
    return found.length === 0 ? [] : [`  ${key(name)}: {\n${found.join('')}  },\n`]
  })
  await expect(`// The facts about code lists on which decisions depend, generated from lists/*.json by lists.test.ts. docs/spec/codes.md

/** The codes of each list, separated by spaces. */
export const CODES = {
${members(sorted.map(([name, { entries }]) => [name, quoted(entries.map(({ code }) => code).join(' '))]))}} as const

/** Versions of the lists whose version is later than the first. */
export const VERSIONS: { readonly [List in keyof typeof CODES]?: number } = {${newer.length === 0 ? '' : `\n${members(newer.map(([name, { version }]) => [name, String(version)]))}`}}

/** Lists on which decisions depend: a message with an unknown code is held for a person (REX-REF-060). */
export const DECIDING: readonly string[] = ${quoted(deciding.join(' '))}.split(' ')

/** Regular expressions that the value belonging to a code must match. */
export const PATTERNS: { readonly [List in keyof typeof CODES]?: Readonly<Record<string, string>> } = {
${patterns.join('')}}
`).toMatchFileSnapshot('codes/data.ts')
  for (const [name, list] of lists)
    for (const { code, pattern } of list.entries) {
      expect([knownCode(name as ListName, code), patternOf(name as ListName, code)]).toEqual([true, pattern])
      expect(isDecisionBearing(name as ListName)).toBe(list.decisionBearing)
    }
})

/** Returns the code lists that a node and its parts use. */
function listsOf(node: Node): ListName[] {
  if (node.kind === 'code') return [node.list]
  if (node.kind === 'absent') return ['absence']
  if (node.kind === 'list') return listsOf(node.of)
  return node.kind === 'object' ? Object.values(node.fields).flatMap(listsOf) : []
}

test('codes/spellings.ts is current', async () => {
  const used: readonly string[] = listsOf(REFERRAL)
  const rows = sorted.flatMap(([name, { entries }]) => {
    if (!used.includes(name)) return []
    const spellings = new Map<string, string>()
    for (const { code, label, crosswalk = {} } of entries.toReversed())
      for (const spelling of [label, ...Object.values(crosswalk).flat()])
        if (!/[0-9a-f]{8}-/.test(spelling)) spellings.set(folded(spelling), code)
    for (const { code } of entries) spellings.delete(folded(code))
    const text = [...spellings]
      .map(([spelling, code]) => `${spelling}:${codesOf(name as ListName).indexOf(code as never)}`)
      .toSorted()
      .join(' ')
    return text === '' ? [] : [[name, quoted(text)] as const]
  })
  await expect(`// Labels of the codes of each list and their names in other systems, in lower case and without separators, generated from lists/*.json by
// lists.test.ts. Suggestions use them to find the code that somebody meant. docs/spec/referral.md, "Validation"
import type { ListName } from './codes.ts'

/** For each list, pairs of a spelling and the index of its code in the list, separated by spaces. */
export const SPELLINGS: { readonly [List in ListName]?: string } = {
${members(rows)}}
`).toMatchFileSnapshot('codes/spellings.ts')
})

test.each([
  ['en', 'English'],
  ['es', 'Spanish'],
  ['fr', 'French'],
  ['ar', 'Arabic'],
])('labels/%s/labels.ts is current', async (language, name) => {
  const confirmed = sorted.filter(
    ([, { unconfirmed }]) => language !== 'en' && !unconfirmed.includes(language),
  )
  const labels = sorted.map(([list, { entries }]) => {
    const texts = entries.map(({ label, translations }) =>
      language === 'en' ? label : translations[language],
    )
    expect(texts.join()).not.toContain('|')
    return [list, quoted(texts.join('|'))] as const
  })
  await expect(`// Labels of all codes in ${name}, made from lists/*.json by lists.test.ts. docs/spec/codes.md
import type { ListName } from '../../codes/codes.ts'
import type { Labels } from '../words.ts'

export const LABELS: Labels = {
${members(labels)}}

export const CONFIRMED: readonly ListName[] = [${confirmed.map(([list]) => quoted(list)).join(', ')}]
`).toMatchFileSnapshot(`labels/${language}/labels.ts`)
})

test('codes come in the order of the list', () => {
  for (const [name, { entries }] of lists)
    expect(codesOf(name as ListName)).toEqual(entries.map(({ code }) => code))
})

test('strict types refuse codes that no list has, the others keep codes of newer senders', () => {
  const open: Triage = { risk: 'immediate', services: ['cash'] }
  const strict: Strict<Triage> = { risk: 'high', services: ['cash-assistance'], country: 'PL', children: 2 }
  const wide: Triage = strict
  // @ts-expect-error: no code of the list risk
  const risk: Strict<Triage> = { risk: 'immediate' }
  // @ts-expect-error: no code of the list service
  const service: Strict<Triage> = { services: ['cash'] }
  // @ts-expect-error: no code of the list absence
  const reason: Strict<Triage> = { absent: { risk: 'dunno' } }
  // @ts-expect-error: no kind of referral
  const kind: StrictReferral['kind'] = 'placement-request'
  expect([open, wide, risk, service, reason, kind]).toHaveLength(6)
})

function registry(): string {
  return `# Registry of codes

These are the code lists of REX. Each is closed and has a version of its own, independent of the protocol version. A new version only
adds codes; a code is never renamed, removed or given another meaning. The lists are data (\`sdk/src/core/referral/lists/*.json\`), with
translations; this page is generated from them. An unknown code of a list marked **decides** holds the message for a person
([referral](referral.md), REX-REF-060); an unknown code of any other list is shown as it is.

| list | version | | meaning | source |
|---|---|---|---|---|
${sorted.map(([, list]) => `| [${list.name}](#${list.name}) | ${list.version} | ${list.decisionBearing ? '**decides**' : ''} | ${list.title} | ${list.source} |`).join('\n')}

${sorted.map(([, list]) => chapter(list)).join('\n\n')}
`
}

function chapter(list: (typeof lists)[number][1]): string {
  const rows = list.entries.map(({ code, label, definition, crosswalk = {}, pattern }) => {
    const foreign = Object.entries(crosswalk).map(
      ([system, codes]) => `${system} ${codes.map((c) => `\`${c}\``).join(', ')}`,
    )
    const notes = [...foreign, ...(pattern ? [`matches \`${pattern}\``] : [])].join('; ')
    return `| \`${code}\` | ${label} | ${definition} | ${notes} |`
  })
  return `## ${list.name}

${list.title}. Version ${list.version}.

| code | label | meaning | elsewhere |
|---|---|---|---|
${rows.join('\n')}`
}
