// Tests of the code lists and their registry. docs/spec/codes.md
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { KINDS } from './kinds.ts'
import { codeEntry, knownCode, LISTS, listVersions } from './lists.ts'
import { SECTION_TYPES } from './section.ts'
import type { Strict, StrictReferral, Triage } from './types.ts'

const lists = Object.entries(LISTS)

test('every data file is a list of its name', () => {
  const files = readdirSync(new URL('lists/', import.meta.url)).map((name) => name.replace('.json', ''))
  expect(lists.map(([name]) => name).sort()).toEqual(files.sort())
  for (const [name, list] of lists) expect([list.name, list.version >= 1]).toEqual([name, true])
})

test.each(lists)(
  '%s: codes are kebab-case and stand once, everything has a label in four languages and a definition',
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

test('the types have the codes of the lists', async () => {
  const sorted = lists.toSorted(([a], [b]) => (a < b ? -1 : 1))
  const words = sorted.map(([name, { entries }]) => {
    const key = name.includes('-') ? `'${name}'` : name
    return `  readonly ${key}: '${entries.map(({ code }) => code).join(' ')}'\n`
  })
  await expect(`// The codes of every list as types, made from lists/*.json by lists.test.ts. docs/spec/codes.md

/** The codes of each list, separated by spaces. */
export interface CodeWords {
${words.join('')}}
`).toMatchFileSnapshot('types/codes.ts')
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
  const sorted = lists.map(([, list]) => list).sort((a, b) => (a.name < b.name ? -1 : 1))
  return `# Registry of codes

These are the code lists of REX. Each is closed and has a version of its own, independent of the protocol version. A new version only
adds codes; a code is never renamed, removed or given another meaning. The lists are data (\`sdk/src/core/referral/lists/*.json\`), with
translations; this page is generated from them. An unknown code of a list marked **decides** holds the message for a person
([referral](referral.md), REX-REF-060); an unknown code of any other list is shown as it is.

| list | version | | meaning | source |
|---|---|---|---|---|
${sorted.map((list) => `| [${list.name}](#${list.name}) | ${list.version} | ${list.decisionBearing ? '**decides**' : ''} | ${list.title} | ${list.source} |`).join('\n')}

${sorted.map(chapter).join('\n\n')}
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
