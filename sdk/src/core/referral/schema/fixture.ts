// Collects descriptions of every field from the types, and examples from the example referrals. docs/spec/referral.md, "Validation"
import { readdirSync, readFileSync } from 'node:fs'
import { codesOf, type ListName } from '../codes/codes.ts'
import type { FormatName } from '../formats.ts'
import type { Node } from './node.ts'
import { REFERRAL } from './schema.ts'

/** Files that declare the types, relative to `core/referral`. */
export const TYPE_FILES = [
  'types.ts',
  'types/common.ts',
  'types/case.ts',
  'types/people.ts',
  'types/content.ts',
]

/** Reads a file of types. */
export const sourceOf = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

/** The documentation of a field in the types. */
export interface Documented {
  readonly description: string
  readonly list?: string | undefined
  readonly absent?: readonly string[] | undefined
}

/** Matches an exported type with a docstring of one line: docstring, name and body. */
const TYPE = /\/\*\* ([^\n]*) \*\/\nexport interface (\w+) \{\n(.*?)\n\}/gs
const ANY_TYPE = /\/\*\*((?:(?!\*\/).)*)\*\/\n(?:export )?interface (\w+)[^{]*\{\n(.*?)\n\}/gs
const FIELD = /\/\*\*((?:(?!\*\/).)*)\*\/\n {2}readonly (\w+)\??:((?:(?!\n {2}\/\*\*).)*)/gs
/** Matches the generated example at the end of a docstring. */
const EXAMPLE = / @example .*$/

/** Extracts the docstrings of types and fields from a source, under keys such as "Person" and "Person.dateOfBirth". */
export function documented(source: string): ReadonlyMap<string, Documented> {
  return new Map(
    [...source.matchAll(ANY_TYPE)].flatMap(
      ([, description = '', type = '', body = '']): [string, Documented][] => [
        [type, { description: plain(description) }],
        ...[...body.matchAll(FIELD)].map(([, text = '', field, value = '']): [string, Documented] => [
          `${type}.${field}`,
          {
            description: plain(text),
            list: /Code<'([a-z-]+)'>/.exec(value)?.[1],
            absent: [...value.matchAll(/'(\w+)'/g)].map(([, name = '']) => name),
          },
        ]),
      ],
    ),
  )
}

/** Returns the text of a docstring on one line, without its example. */
function plain(docstring: string): string {
  return docstring
    .replaceAll(/\n\s*\*?/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(EXAMPLE, '')
}

/** Docstrings of the types of a referral. */
export const DOCUMENTED = documented(TYPE_FILES.map(sourceOf).join(''))

/** Returns the source of types with the current example in the docstring of each field. */
export function withExamples(source: string): string {
  return source.replace(TYPE, (whole, _, type: string, body: string) =>
    whole.replace(
      body,
      body.replace(
        /\/\*\* ([^\n]*) \*\/(\n {2}readonly (\w+)\??:)/g,
        (_all, text: string, rest: string, field: string) => {
          const example = EXAMPLES.get(`${type}.${field}`)
          const tail = example === undefined ? '' : ` @example ${JSON.stringify(example)}`
          return `/** ${text.replace(EXAMPLE, '')}${tail} */${rest}`
        },
      ),
    ),
  )
}

/** Examples of formats, for fields that no example referral has. */
const OF_FORMAT: { readonly [Format in FormatName]?: string } = {
  'local-id': 'child',
  language: 'uk',
  country: 'UA',
  'partial-date': '2014-05~',
  instant: '2026-05-09T14:30:00+02:00',
  clock: '15:30',
  zone: 'Europe/Kyiv',
  url: 'https://site.example/page',
  organisation: 'https://ngo.example',
  decimal: '-12.50',
  'network-address': '192.0.2.7',
}
/** Maximum length of an example, because a longer one would hide the meaning. */
const LONGEST = 60

const DIRECTORY = new URL('../../../../../examples/referrals/', import.meta.url)

/** The example referrals, without files that contain batches. */
export const REFERRALS: readonly unknown[] = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith('.json') && !name.includes('batch'))
  .sort()
  .map((name) => JSON.parse(readFileSync(new URL(name, DIRECTORY), 'utf8')))

/** Example values of fields that hold text, a code or a number, under keys such as "Person.dateOfBirth". */
export const EXAMPLES: ReadonlyMap<string, unknown> = collected()

function collected(): Map<string, unknown> {
  const examples = new Map<string, unknown>()
  for (const referral of REFERRALS) collect(REFERRAL, referral, examples)
  addMissing(REFERRAL, examples)
  return examples
}

/** Collects, for each field, the first value in a referral. */
function collect(node: Node, value: unknown, examples: Map<string, unknown>): void {
  if (node.kind === 'list') for (const entry of value as unknown[]) collect(node.of, entry, examples)
  if (node.kind !== 'object') return
  const members = value as Readonly<Record<string, unknown>>
  for (const [name, field] of Object.entries(node.fields)) {
    const place = `${node.name}.${name}`
    const found = members[name]
    if (found === undefined) continue
    if (isLeaf(field) && !examples.has(place) && JSON.stringify(found).length <= LONGEST)
      examples.set(place, found)
    collect(field, found, examples)
  }
}

function addMissing(node: Node, examples: Map<string, unknown>): void {
  if (node.kind === 'list') addMissing(node.of, examples)
  if (node.kind !== 'object') return
  for (const [name, field] of Object.entries(node.fields)) {
    const place = `${node.name}.${name}`
    const example = isLeaf(field) && !examples.has(place) ? exampleOf(field) : undefined
    if (example !== undefined) examples.set(place, example)
    addMissing(field, examples)
  }
}

function isLeaf(node: Node): boolean {
  if (node.kind === 'list') return isLeaf(node.of)
  return node.kind === 'text' || node.kind === 'code' || node.kind === 'choice' || node.kind === 'integer'
}

function exampleOf(node: Node): unknown {
  if (node.kind === 'text') return OF_FORMAT[node.format]
  if (node.kind === 'code') return codesOf(node.list as ListName)[0]
  if (node.kind === 'choice') return node.values[0]
  if (node.kind !== 'list') return undefined
  const entry = exampleOf(node.of)
  return entry === undefined ? undefined : [entry]
}
