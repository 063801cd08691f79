// Tests the mapping to other standards: its fields exist, its page is current, and the adapter preserves what the mapping promises.
// docs/mapping/README.md
import { readdirSync, readFileSync } from 'node:fs'
import { primero } from '@rex/sdk/adapters'
import { expandPresets, lint, parseReferral } from '@rex/sdk/referral'
import { expect, test } from 'vitest'
import { leavesOf } from '../../sdk/src/adapters/conversion.ts'
import type { Node } from '../../sdk/src/core/referral/schema/node.ts'
import { REFERRAL } from '../../sdk/src/core/referral/schema/schema.ts'

interface Row {
  readonly standard: string
  readonly field: string
  readonly rex: string
  readonly status: '=' | '~' | 'x' | '-'
  readonly note?: string
}

const PAGE = new URL('../mapping/README.md', import.meta.url)
const { legend, rows }: { legend: Record<string, string>; rows: readonly Row[] } = JSON.parse(
  readFileSync(new URL('../mapping/mapping.json', import.meta.url), 'utf8'),
)

/** Returns the referral paths in a cell. `people[].names[].parts given, family` contains one path, followed by codes. */
const pathsOf = ({ rex }: Row) => rex.match(/\b[a-z][A-Za-z]*(?:\[\]|\.[a-z][A-Za-z]*)+(?:\[\])?/g) ?? []

/** Returns whether the schema has a field at a path. */
function exists(path: string): boolean {
  let node: Node | undefined = REFERRAL
  for (const step of path.replaceAll('[]', '.[]').split('.')) {
    if (node?.kind === 'list' && step !== '[]') node = node.of
    if (step === '[]') node = node?.kind === 'list' ? node.of : undefined
    else node = node?.kind === 'object' ? node.fields[step] : undefined
  }
  return node !== undefined
}

test('every path of the mapping is a field of a referral', () => {
  const paths = rows.flatMap(pathsOf)
  expect(paths.length).toBeGreaterThan(100)
  expect(paths.filter((path) => !exists(path))).toEqual([])
})

test('a row appears once; a row that is not lossless names no field or states the loss', () => {
  const keys = rows.map(({ standard, field }) => `${standard}: ${field}`)
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
  for (const { status } of rows) expect(Object.keys(legend)).toContain(status)
})

test('docs/mapping/README.md is current', async () => {
  await expect(page()).toMatchFileSnapshot(PAGE.pathname)
})

/** Fields that are not in the default forms of a Primero case, but in answers, events, version 1 or other systems. */
const ELSEWHERE = new Set(['biometrics_id', 'consent_overridden', 'unaccompanied_separated_status'])

test('the adapter converts every lossless field of Primero in the ten cases', () => {
  const folder = new URL('../../sdk/src/testing/primero/', import.meta.url)
  const carried = new Set<string>()
  for (const name of readdirSync(folder)) {
    const { input, options } = JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
    const { losses } = primero.toReferral(input, options)
    const lost = new Set(losses.map(({ from }) => from))
    for (const { path } of leavesOf(input))
      if (!lost.has(path))
        carried.add(
          path
            .replace(/\[\d+\]/g, '')
            .split('.')
            .at(-1) ?? '',
        )
  }
  const fields = rows
    .filter(
      ({ standard, status, rex }) =>
        standard.startsWith('Primero') && status === '=' && /\[|\.|narrative/.test(rex),
    )
    .flatMap(
      ({ field }) =>
        field.match(/\b(?:[a-z]+(?:_[a-z]+)+|sex|age|estimated|nationality|ethnicity|religion)\b/g) ?? [],
    )
  expect(fields.length).toBeGreaterThan(30)
  expect(fields.filter((field) => !carried.has(field) && !ELSEWHERE.has(field))).toEqual([])
})

interface Form {
  readonly title: string
  /** Losses of information that remain. `where` is the path of the text that preserves the information, or empty. */
  readonly losses: readonly { readonly what: string; readonly where: string }[]
}

const FORMS = new URL('../mapping/forms/', import.meta.url)
const forms: Readonly<Record<string, Form>> = JSON.parse(
  readFileSync(new URL('../mapping/forms.json', import.meta.url), 'utf8'),
)
const carriedForm = (name: string) =>
  parseReferral(expandPresets(JSON.parse(readFileSync(new URL(`${name}.json`, FORMS), 'utf8'))).referral)

test('every form of the field is converted, and its losses are listed', () => {
  expect(Object.keys(forms)).toEqual(readdirSync(FORMS).map((name) => name.replace('.json', '')))
  expect(Object.keys(forms).length).toBeGreaterThan(11)
})

test.each(Object.keys(forms))('%s can be sent as test traffic, and stands where its losses say', (name) => {
  const referral = carriedForm(name)
  expect(referral.test).toBe(true)
  const findings = lint(referral, { now: Date.parse('2026-11-29T12:00Z') })
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  const paths = [...leavesOf(referral)].map(({ path }) => path)
  for (const { where } of forms[name]?.losses ?? [])
    expect(
      paths.some((path) => where === '' || path.startsWith(where)),
      where,
    ).toBe(true)
  // Count extensions as losses, because they contain information for which there is no field.
  const own = (referral.extensions ?? []).map((_, i) => `extensions[${i}]`)
  const listed = forms[name]?.losses.map(({ where }) => where) ?? []
  expect(own.filter((path) => !listed.some((where) => where.startsWith(path)))).toEqual([])
})

function page(): string {
  const standards = [...new Set(rows.map(({ standard }) => standard))]
  const counts = standards.map((standard) => {
    const of = (status: string) =>
      rows.filter((row) => row.standard === standard && row.status === status).length
    return `| [${standard}](#${anchor(standard)}) | ${of('=')} | ${of('~')} | ${of('x')} | ${of('-')} |`
  })
  return `# Mapping to the standards of the field

How the fields of other standards map to those of a referral. This page is made from [\`mapping.json\`](mapping.json), data that programs can
use; \`docs/check/mapping.test.ts\` compares. Codes of other lists stand beside the codes of REX ([registry](../spec/codes.md), "elsewhere").
Cases of Primero are converted by an adapter ([REX-REF-120](../spec/referral.md#other-systems)); the others are done by hand.

${Object.entries(legend)
  .map(([status, meaning]) => `- \`${status}\`: ${meaning}.`)
  .join('\n')}

| standard | = | ~ | x | - |
|---|---|---|---|---|
${counts.join('\n')}

${standards.map(chapter).join('\n\n')}

## Forms

Forms of the field, filled in with invented people and converted by hand ([files](forms)). These values have no field:

${Object.entries(forms).map(formChapter).join('\n\n')}
`
}

function formChapter([name, { title, losses }]: [string, Form]): string {
  const rows = losses.map(
    ({ what, where }) => `| ${what} | ${where === '' ? 'not carried' : `\`${where}\``} |`,
  )
  return `### ${title}

[\`${name}\`](forms/${name}.json)

| no field for | now in |
|---|---|
${rows.join('\n')}`
}

const anchor = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')

function chapter(standard: string): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const own = rows.filter((row) => row.standard === standard)
  return `## ${standard}

| field | in a referral | | remark |
|---|---|---|---|
${own.map(({ field, rex, status, note = '' }) => `| ${cell(field)} | ${rex === '-' ? '' : `\`${cell(rex)}\``} | \`${status}\` | ${cell(note)} |`).join('\n')}`
}
