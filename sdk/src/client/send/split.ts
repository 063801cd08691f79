// Splits a referral that has too many items for one message into a group. docs/spec/referral.md, "Volume"
import { checkMessageSize } from '../../core/envelope/size.ts'
import { RexError } from '../../core/error.ts'
import { type Draft, expandPresets, type Presets, type Referral } from '../../core/referral/index.ts'
import { refuseBroken } from '../../core/referral/lint/finding.ts'
import { allFindings, findingsBeforeSending } from '../../core/referral/lint/sending.ts'
import { deskProblem, invalidReferral } from '../../core/referral/messages/problem.ts'
import { ITEM } from '../../core/referral/schema/content.ts'
import { list, type Node, type ObjectNode } from '../../core/referral/schema/node.ts'
import { ITEMS, REFERRAL } from '../../core/referral/schema/schema.ts'
import { plainReferral } from '../../core/referral/validate/plain.ts'
import { checkReferral, parseReferral } from '../../core/referral/validate/validate.ts'
import { sectionSizes } from '../../core/referral-codec/section.ts'

/** The schema of a referral before it is split. It allows more items. */
const UNDIVIDED: ObjectNode = { ...REFERRAL, fields: { ...REFERRAL.fields, items: list(ITEM, 100_000) } }
/** The maximum number of referrals in a group. */
const PARTS = 1000

/** The options of `splitReferral`. */
export interface SplitOptions {
  /** The id of the group: 16 random bytes, in lower-case hexadecimal. */
  readonly group: string
  /** The organisation's presets. Default: the built-in presets. */
  readonly presets?: Presets
  /** The current time, in Unix milliseconds. */
  readonly now: number
  /** The ids of findings that a person has confirmed (REX-REF-143). Pass the same ids when you send the parts. Default: none. */
  readonly confirm?: readonly string[]
  /** Called after each part with the number of items in the parts so far. */
  readonly onPart?: (items: number) => void
}

/** The items of a part, from `from` up to but not including `to`. */
type Range = readonly [from: number, to: number]

/**
 * Splits a referral into a group of referrals, each of which fits into one message and is valid on its own
 * (REX-REF-112). Each item is in exactly one part, in the original order, and names of presets are not expanded. The
 * same draft always gives the same parts. Returns a single part if no split is necessary.
 * @throws RexError INVALID_REFERRAL with the path in the draft; LIMIT_EXCEEDED if a single item together with the
 * shared content is too large
 */
export function splitReferral(draft: Draft, options: SplitOptions): Draft[] {
  const given = plainReferral(draft)
  const whole = wholeOf(given, options)
  const { items = [] } = whole
  const ranges = even([0, items.length], Math.ceil(items.length / ITEMS)).flatMap((range) =>
    fitting(whole, range),
  )
  const size = ranges.length
  if (size <= 1) return [given]
  if (size > PARTS)
    throw new RexError('LIMIT_EXCEEDED', `The referral would have ${size} parts.`, {
      path: 'items',
      metadata: { limit: String(PARTS), actual: String(size) },
      hint: 'Keep the list in a lawful store, and refer to it there.',
    })
  return ranges.map((range, i) => {
    const part = { ...partOf(given, range), group: { id: options.group, index: i + 1, size } }
    checkPart(part, options)
    options.onPart?.(range[1])
    return part
  })
}

/** Returns the referral of a draft after all checks except that of the number of items. @throws RexError INVALID_REFERRAL */
function wholeOf(draft: Draft, { presets, now, confirm = [] }: SplitOptions): Referral {
  const checked = checkReferral(expandPresets(draft, presets).referral, {}, UNDIVIDED)
  if (!checked.ok) throw invalidReferral(checked.problems)
  const { referral } = checked
  if (referral.group !== undefined) throw invalidReferral([deskProblem('group', 'in-group')])
  refuseBroken({ findings: allFindings(referral, { now, confirm }) })
  return referral
}

/**
 * Checks that a part is valid on its own. @throws RexError INVALID_REFERRAL, such as for an information request whose
 * questions are all about items in other parts
 */
function checkPart(part: Draft, { presets, now, confirm = [] }: SplitOptions): void {
  const referral = parseReferral(expandPresets(part, presets).referral)
  refuseBroken({ findings: findingsBeforeSending(referral, { now, confirm }) })
}

/** Halves a range until every part fits into a message. */
function fitting(whole: Referral, range: Range): Range[] {
  const sizes = sectionSizes(partOf(whole, range))
  try {
    checkMessageSize(sizes, [sizes])
    return [range]
  } catch (error) {
    if (range[1] - range[0] <= 1) throw error
    return even(range, 2).flatMap((half) => fitting(whole, half))
  }
}

/** Divides a range into `count` ranges whose lengths differ by at most one. */
function even([from, to]: Range, count: number): Range[] {
  const at = (i: number) => from + Math.floor(((to - from) * i) / count)
  return Array.from({ length: count }, (_, i) => [at(i), at(i + 1)] as const)
}

/** Returns a referral with the items of a range, without content that refers only to the other items. */
function partOf<R extends Draft | Referral>(whole: R, [from, to]: Range): R {
  const items = whole.items as Referral['items']
  if (items === undefined) return whole
  const others = new Set([...items.slice(0, from), ...items.slice(to)].map(({ id }) => id))
  return without(REFERRAL, { ...whole, items: items.slice(from, to) }, others) as R
}

/** Removes entries that refer to these ids from a value. Returns undefined if nothing is left. */
function without(node: Node, value: unknown, ids: ReadonlySet<string>): unknown {
  if (node.kind === 'text') return node.refersTo !== undefined && ids.has(String(value)) ? undefined : value
  if (node.kind === 'list' && Array.isArray(value)) {
    const left = value.flatMap((entry) => without(node.of, entry, ids) ?? [])
    return left.length === 0 ? undefined : left
  }
  // Text in place of an object is the name of a preset, and stays.
  if (node.kind !== 'object' || typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, node.fields[name], member] as const)
  const left = members.map(([name, field, member]) => [
    name,
    field === undefined ? member : without(field, member, ids),
  ])
  const lost = left.some(([, member], i) => member === undefined && isAbout(members[i]?.[1]))
  return lost ? undefined : Object.fromEntries(left.filter(([, member]) => member !== undefined))
}

/** Returns whether a field refers to other entries by their ids. An object that loses such a field is removed. */
function isAbout(field: Node | undefined): boolean {
  if (field?.kind === 'list') return isAbout(field.of)
  return field?.kind === 'text' && field.refersTo !== undefined
}
