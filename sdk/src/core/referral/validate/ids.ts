// Checks that ids within a referral are unique and that every reference resolves. docs/spec/referral.md, "Texts, ids and numbers"

import { type Place, pathOf } from '../../input/path.ts'
import { type Problem, problem } from '../messages/problem.ts'
import type { Node, Target } from '../schema/node.ts'
import { REFERRAL } from '../schema/schema.ts'
import type { SectionContent } from '../section.ts'
import type { Referral } from '../types.ts'

/** Lists whose entries have ids. */
const LISTS = ['people', 'accounts', 'items', 'references', 'questions'] as const

type Known = Readonly<Record<Target, ReadonlySet<string>>>

interface Search {
  readonly known: Known
  readonly place: Place | undefined
  readonly problems: Problem[]
}

interface Placed {
  readonly id: string
  readonly path: string
}

/** Finds duplicate ids and references to missing ids (REX-REF-045). Only for whole referrals. */
export function idProblems(referral: Referral): Problem[] {
  const people = idsOf('people', referral.people)
  const accounts = idsOf('accounts', referral.accounts)
  const items = idsOf('items', referral.items)
  const entries = [
    ...people,
    ...accounts,
    ...items,
    ...idsOf('references', referral.references),
    ...idsOf('questions', referral.questions),
  ]
  const known = { person: setOf(people), account: setOf(accounts), item: setOf(items), entry: setOf(entries) }
  const problems = repeated(entries)
  findDangling(REFERRAL, referral, { known, place: undefined, problems })
  return problems
}

/** Returns the ids of all entries in a referral, or in a part of it if only some sections are available. */
export function entryIds({
  people,
  accounts,
  items,
  references,
  questions,
}: SectionContent): ReadonlySet<string> {
  const lists: readonly (readonly { readonly id: string }[] | undefined)[] = [
    people,
    accounts,
    items,
    references,
    questions,
  ]
  return new Set(lists.flatMap((list = []) => list.map(({ id }) => id)))
}

function idsOf(field: string, entries: readonly { readonly id: string }[] = []): Placed[] {
  return entries.map(({ id }, i) => ({ id, path: `${field}[${i}].id` }))
}

function setOf(placed: readonly Placed[]): ReadonlySet<string> {
  return new Set(placed.map(({ id }) => id))
}

function repeated(entries: readonly Placed[]): Problem[] {
  const seen = new Set<string>()
  return entries.flatMap(({ id, path }) => {
    if (seen.has(id)) return [problem(path, 'id-twice')]
    seen.add(id)
    return []
  })
}

/** Finds ids that occur twice in a part of a referral (REX-REF-031). */
export function repeatedIds(content: Partial<Referral>): Problem[] {
  return LISTS.flatMap((list) => repeated(idsOf(list, content[list])))
}

/** Adds a problem to `problems` for each reference to an id that does not exist. */
function findDangling(node: Node, value: unknown, { known, place: within, problems }: Search): void {
  if (value === undefined || !refers(node)) return
  if (node.kind === 'list') {
    for (const [step, entry] of (value as unknown[]).entries())
      findDangling(node.of, entry, { known, place: { step, within }, problems })
  } else if (node.kind === 'object') {
    const members = value as Readonly<Record<string, unknown>>
    for (const step in node.fields)
      if (members[step] !== undefined)
        findDangling(node.fields[step] as Node, members[step], { known, place: { step, within }, problems })
  } else if (
    node.kind === 'text' &&
    node.refersTo !== undefined &&
    !known[node.refersTo].has(value as string)
  )
    problems.push(problem(pathOf(within), 'id-unknown'))
}

const referring = new WeakMap<Node, boolean>()

/** Whether a node or anything below it refers to an id. */
function refers(node: Node): boolean {
  let known = referring.get(node)
  if (known === undefined) {
    known = childrenOf(node).some(refers) || (node.kind === 'text' && node.refersTo !== undefined)
    referring.set(node, known)
  }
  return known
}

function childrenOf(node: Node): Node[] {
  if (node.kind === 'list') return [node.of]
  return node.kind === 'object' ? Object.values(node.fields) : []
}
