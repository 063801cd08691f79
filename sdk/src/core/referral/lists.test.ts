// Tests of the code lists and their registry. docs/spec/codes.md
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { KINDS } from './kinds.ts'
import { codeEntry, knownCode, LISTS, listVersions } from './lists.ts'
import { SECTION_TYPES } from './section.ts'

const lists = Object.entries(LISTS)
const READ_FIRST = [
  'referral-kind',
  'decline',
  'withdrawal',
  'outcome',
  'progress',
  'item-outcome',
  'absence',
  'risk',
  'service',
]

test('every data file is a list of its name', () => {
  const files = readdirSync(new URL('lists/', import.meta.url)).map((name) => name.replace('.json', ''))
  expect(lists.map(([name]) => name).sort()).toEqual(files.sort())
  for (const [name, list] of lists) expect([list.name, list.version >= 1]).toEqual([name, true])
})

test.each(lists)(
  '%s: codes are kebab-case and stand once, everything has label and definition',
  (_, list) => {
    const codes = list.entries.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const { code, label, definition, translations } of list.entries) {
      expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(label && definition).toBeTruthy()
      if (translations) expect(Object.keys(translations)).toEqual(['es', 'fr', 'ar'])
    }
  },
)

test('lists that people read first are translated', () => {
  const untranslated = READ_FIRST.flatMap((name) =>
    LISTS[name as keyof typeof LISTS].entries.filter(({ translations }) => translations === undefined),
  )
  expect(untranslated).toEqual([])
})

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
