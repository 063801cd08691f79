// Tests that the tables of the specification are generated from the data that the code uses. docs/spec/referral.md
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FORMATS, type Format } from './formats.ts'
import { KINDS } from './kinds.ts'
import { DESK_PROBLEMS } from './messages/desk-problems.ts'
import { CATALOGUE } from './messages/findings.ts'
import { PROBLEMS } from './messages/problems.ts'
import { WARNINGS } from './messages/warnings.ts'
import { DOCUMENTED } from './schema/fixture.ts'
import type { Node, ObjectNode } from './schema/node.ts'
import { REFERRAL } from './schema/schema.ts'
import { SECTION_TYPES, SECTIONS } from './section.ts'

const CHAPTER = '../../../../docs/spec/referral.md'

const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ') || '–'

const TABLES: Readonly<Record<string, () => string>> = {
  kinds,
  sections,
  formats,
  problems,
  findings,
  fields,
}

test('docs/spec/referral.md is current', async () => {
  const chapter = readFileSync(new URL(CHAPTER, import.meta.url), 'utf8')
  const current = chapter.replace(
    /<!-- (\w+) -->.*?<!-- \/\1 -->/gs,
    (_, name: string) => `<!-- ${name} -->\n${TABLES[name]?.()}\n<!-- /${name} -->`,
  )
  await expect(current).toMatchFileSnapshot(CHAPTER)
})

test('every requirement occurs once', () => {
  const chapter = readFileSync(new URL(CHAPTER, import.meta.url), 'utf8')
  const ids = [...chapter.matchAll(/^\*\*(REX-REF-\d{3})\*\*/gm)].map(([, id]) => id)
  expect(ids.length).toBeGreaterThan(40)
  expect(ids).toEqual([...new Set(ids)].sort())
})

function kinds(): string {
  const rows = Object.entries(KINDS).map(
    ([kind, { must, should, mustNot, staged }]) =>
      `| \`${kind}\` | ${list(must)} | ${list(should)} | ${list(mustNot)} | ${staged ? 'after accept' : 'at once'} |`,
  )
  return table('| kind | must have | should have | must not have | identifying sections |', rows)
}

function sections(): string {
  const rows = SECTION_TYPES.map(
    (type) =>
      `| \`${type}\` | ${list(SECTIONS[type].fields)} | ${SECTIONS[type].identifying ? 'yes' : 'no'} |`,
  )
  return table('| type | fields | identifying |', rows)
}

function formats(): string {
  const rows = Object.entries<Format>(FORMATS).map(
    ([name, { pattern, says }]) => `| \`${name}\` | ${says} | \`${pattern.replaceAll('|', '\\|')}\` |`,
  )
  return table('| format | meaning | pattern |', rows)
}

function findings(): string {
  const rows = Object.entries({ ...CATALOGUE, ...WARNINGS }).map(
    ([code, [severity, message, fix]]) => `| \`${code}\` | ${severity} | ${message} | ${fix} |`,
  )
  return table('| code | severity | message, after the path | remedy |', rows)
}

function problems(): string {
  const rows = Object.entries({ ...PROBLEMS, ...DESK_PROBLEMS }).map(
    ([code, text]) => `| \`${code}\` | ${text} |`,
  )
  return table('| code | text, after the path |', rows)
}

function fields(): string {
  const chapters = new Map<string, string>()
  collect(REFERRAL, chapters)
  return [...chapters.values()].join('\n\n')
}

function collect(node: ObjectNode, chapters: Map<string, string>): void {
  const description = DOCUMENTED.get(node.name)?.description
  const rows = Object.entries(node.fields).map(([name, field]) => {
    const must = field.required === true ? 'yes' : ''
    return `| \`${name}\` | ${must} | ${kindOf(field)} | ${DOCUMENTED.get(`${node.name}.${name}`)?.description} |`
  })
  const rule =
    node.rule &&
    !description?.includes('At least one of') &&
    ('exactlyOne' in node.rule
      ? `Exactly one of ${list(node.rule.exactlyOne)}.`
      : `At least one of ${list(node.rule.atLeastOne)}.`)
  const head = `### ${node.name}\n\n${[description, rule].filter(Boolean).join(' ')}`
  chapters.set(node.name, `${head}\n\n${table('| field | must | value | meaning |', rows)}`)
  for (const field of Object.values(node.fields)) {
    const inner = field.kind === 'list' ? field.of : field
    if (inner.kind === 'object' && !chapters.has(inner.name)) collect(inner, chapters)
  }
}

function kindOf(node: Node): string {
  switch (node.kind) {
    case 'text':
      return `${node.format}, ≤ ${node.max}${node.refersTo ? `; id of ${node.refersTo === 'person' ? 'a person' : node.refersTo === 'account' ? 'an account' : node.refersTo === 'item' ? 'an item' : 'an entry'}` : ''}`
    case 'code':
      return `code of [${node.list}](codes.md#${node.list})`
    case 'choice':
      return list(node.values)
    case 'flag':
      return 'true or false'
    case 'integer':
      return `whole number, ${node.min} to ${node.max}`
    case 'list':
      return `1 to ${node.max}: ${kindOf(node.of)}`
    case 'absent':
      return `reasons for ${list(node.fields)}`
    case 'object':
      return `[${node.name}](#${node.name.toLowerCase()})`
    case 'checked':
      throw new Error('A referral has no such field.')
  }
}

function table(head: string, rows: readonly string[]): string {
  const rule = head.replace(/[^|]+/g, '---')
  return [head, rule, ...rows].join('\n')
}
