// Builds random referrals from the schema, for tests. docs/spec/referral.md, "Fields"
import fc from 'fast-check'
import { codesOf } from '../referral/codes/codes.ts'
import type { FormatName } from '../referral/formats.ts'
import type { Node, ObjectNode, Target } from '../referral/schema/node.ts'
import { REFERRAL } from '../referral/schema/schema.ts'
import { isSectionType, SECTION_TYPES } from '../referral/section.ts'
import type { Referral } from '../referral/types.ts'

/** Random texts of each format. */
const EXAMPLES: Readonly<Record<FormatName, fc.Arbitrary<string>>> = {
  'group-id': fc.constantFrom('0123456789abcdef0123456789abcdef'),
  prose: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }).filter((text) => !text.includes('\0')),
  name: fc.constantFrom('Олена', 'สมชาย', 'مريم\u200f', 'O’Brien', '李小龍', 'a'),
  line: fc.constantFrom('user-7', '+380 44 000 00 00', 'ab:cd', 'Ünïcode'),
  'local-id': fc.constantFrom('child', 'p-1', 'url.17', 'constructor', 'X'),
  code: fc.constantFrom('own-code', 'x1'),
  language: fc.constantFrom('en', 'uk-Cyrl', 'ar-Latn', 'und'),
  country: fc.constantFrom('UA', 'TH'),
  'partial-date': fc.constantFrom(
    '2014',
    '2014-05~',
    '2014-05-09',
    '../2016',
    '2014/2016-03',
    '2026-05-09T14:30Z',
  ),
  instant: fc.constantFrom('2026-05-09T14:30:00+02:00', '2026-05-09T14:30Z'),
  clock: fc.constantFrom('00:00', '23:59'),
  zone: fc.constantFrom('Europe/Kyiv', 'UTC'),
  url: fc.webUrl(),
  organisation: fc.constantFrom('https://ngo.example', 'https://police.example/cyber'),
  decimal: fc.constantFrom('-12.50', '0'),
  'network-address': fc.constantFrom('192.0.2.1', '2001:db8::1'),
}

/** Generates any value that a node describes. References to ids do not resolve yet. */
export function arbitrary(node: Node): fc.Arbitrary<unknown> {
  switch (node.kind) {
    case 'text':
      return EXAMPLES[node.format]
    case 'code':
      return fc.constantFrom(...codesOf(node.list), 'newer-code')
    case 'choice':
      return fc.constantFrom(...node.values)
    case 'flag':
      return fc.boolean()
    case 'integer':
      return fc.oneof(
        fc.integer({ min: Math.max(node.min, -(2 ** 31)), max: Math.min(node.max, 2 ** 31 - 1) }),
        fc.constantFrom(node.min, node.max),
      )
    case 'list':
      return fc
        .array(arbitrary(node.of), { minLength: 1, maxLength: Math.min(2, node.max) })
        .map(withUniqueIds)
    case 'absent':
      return fc.dictionary(fc.constantFrom(...node.fields), fc.constantFrom('unknown', 'declined'), {
        minKeys: 1,
        noNullPrototype: true,
      })
    case 'object':
      return arbitraryObject(node)
    case 'checked':
      throw new Error('A referral has no such field.')
  }
}

/** Generates any object that a node describes, with or without its optional fields. */
export function arbitraryObject({ fields, rule }: ObjectNode): fc.Arbitrary<object> {
  const names = rule === undefined ? [] : 'exactlyOne' in rule ? rule.exactlyOne : rule.atLeastOne
  const free = Object.entries(fields).filter(([name]) => !names.includes(name))
  const base = fc.record(Object.fromEntries(free.map(([name, field]) => [name, arbitrary(field)])), {
    requiredKeys: free.filter(([, field]) => field.required).map(([name]) => name),
    noNullPrototype: true,
  })
  const chosen =
    names.length === 0
      ? fc.constant({})
      : fc
          .constantFrom(...names)
          .chain((name) => arbitrary(fields[name] as Node).map((value) => ({ [name]: value })))
  return fc.tuple(base, chosen).map(([a, b]) => withoutContradiction({ ...a, ...b }))
}

/** Keeps only the first entry with each id. */
function withUniqueIds(entries: unknown[]): unknown[] {
  const ids = entries.map((entry) => (entry as { id?: string } | null)?.id)
  return entries.filter((_, i) => ids[i] === undefined || ids.indexOf(ids[i]) === i)
}

/** Drops absence reasons of fields that have a value. */
function withoutContradiction(value: Record<string, unknown>): object {
  const reasons = Object.entries(value.absent ?? {}).filter(([name]) => value[name] === undefined)
  const { absent: _, ...rest } = value
  return reasons.length === 0 ? rest : { ...rest, absent: Object.fromEntries(reasons) }
}

/** Ids by the kind of entry that they identify. */
type Ids = Readonly<Record<Target, readonly string[]>>

/** Any valid referral. Ids are unique, references resolve, and each extension names a section type that referrals have. Other codes may be unknown. */
export const anyReferral: fc.Arbitrary<Referral> = arbitraryObject(REFERRAL).map((value) => {
  let referral = withIds(value as Record<string, unknown>)
  // Repeat until nothing changes, because other entries may refer to an entry that was removed.
  for (let before = -1; before !== idsOf(referral).entry.length; ) {
    const ids = idsOf(referral)
    before = ids.entry.length
    referral = resolved(REFERRAL, referral, { ids, turn: { count: 0 } }) as Record<string, unknown>
  }
  return referral as unknown as Referral
})

const IDENTIFIED = ['people', 'items', 'accounts', 'references', 'questions']

/** Gives every entry a unique id. */
function withIds(referral: Record<string, unknown>): Record<string, unknown> {
  const numbered = IDENTIFIED.flatMap((field) => {
    const list = referral[field] as object[] | undefined
    return list === undefined
      ? []
      : [[field, list.map((entry, i) => ({ ...entry, id: `${field}-${i + 1}` }))]]
  })
  return { ...referral, ...Object.fromEntries(numbered) }
}

function idsOf(referral: Readonly<Record<string, unknown>>): Ids {
  const of = (field: string) => ((referral[field] ?? []) as { id: string }[]).map(({ id }) => id)
  return { person: of('people'), account: of('accounts'), item: of('items'), entry: IDENTIFIED.flatMap(of) }
}

interface Resolving {
  readonly ids: Ids
  /** Counts the references, so that they are spread over all ids. */
  readonly turn: { count: number }
}

/** Replaces references by ids that exist. Undefined if the value needs a reference for which no id exists. */
function resolved(node: Node, value: unknown, how: Resolving): unknown {
  if (node.kind === 'text' && node.refersTo !== undefined) {
    const known = how.ids[node.refersTo]
    return known[how.turn.count++ % Math.max(1, known.length)]
  }
  if (node.kind === 'list') {
    const list = (value as unknown[]).flatMap((entry) => resolved(node.of, entry, how) ?? [])
    return list.length === 0 ? undefined : list
  }
  if (node.kind === 'code' && node.list === 'section-type' && !isSectionType(value as string))
    return SECTION_TYPES[how.turn.count++ % SECTION_TYPES.length]
  return node.kind === 'object'
    ? resolvedObject(node, value as Readonly<Record<string, unknown>>, how)
    : value
}

function resolvedObject(node: ObjectNode, value: Readonly<Record<string, unknown>>, how: Resolving): unknown {
  const members = Object.entries(value).flatMap(([name, member]) => {
    const kept = resolved(node.fields[name] as Node, member, how)
    return kept === undefined ? [] : [[name, kept] as const]
  })
  const has = (name: string) => members.some(([held]) => held === name)
  const lacks = Object.entries(node.fields).some(([name, field]) => field.required === true && !has(name))
  const names =
    node.rule === undefined ? [] : 'exactlyOne' in node.rule ? node.rule.exactlyOne : node.rule.atLeastOne
  if (lacks || (names.length > 0 && !names.some(has))) return undefined
  return members.length === 0 ? undefined : Object.fromEntries(members)
}
