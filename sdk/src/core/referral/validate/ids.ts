// Ids within a referral: each stands for one thing, and what refers to one finds it. docs/spec/referral.md, "Texts, ids and numbers"

import { type Place, type Problem, pathOf, problem } from '../problem.ts'
import type { Node, Target } from '../schema/node.ts'
import { REFERRAL } from '../schema/schema.ts'
import type { Referral } from '../types.ts'

type Known = Readonly<Record<Target, ReadonlySet<string>>>

interface Search {
  readonly known: Known
  readonly place: Place | undefined
}

interface Placed {
  readonly id: string
  readonly path: string
}

/** Ids that stand twice, and references to ids that are not there (REX-REF-045). For whole referrals only. */
export function idProblems(referral: Referral): Problem[] {
  const people = idsOf('people', referral.people)
  const accounts = idsOf('accounts', referral.accounts)
  const entries = [
    ...people,
    ...accounts,
    ...idsOf('items', referral.items),
    ...idsOf('references', referral.references),
    ...idsOf('questions', referral.questions),
  ]
  const known = { person: setOf(people), account: setOf(accounts), entry: setOf(entries) }
  return [...repeated(entries), ...dangling(REFERRAL, referral, { known, place: undefined })]
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
    if (seen.has(id)) return [problem(path, 'stands twice; every id of a referral is its own')]
    seen.add(id)
    return []
  })
}

/** References to ids that are not there. */
function dangling(node: Node, value: unknown, { known, place }: Search): Problem[] {
  if (value === undefined || !refers(node)) return []
  if (node.kind === 'list') {
    return (value as unknown[]).flatMap((entry, step) =>
      dangling(node.of, entry, { known, place: { step, within: place } }),
    )
  }
  if (node.kind === 'object') {
    const members = value as Readonly<Record<string, unknown>>
    return Object.entries(node.fields).flatMap(([step, field]) =>
      dangling(field, members[step], { known, place: { step, within: place } }),
    )
  }
  const refersTo = node.kind === 'text' ? node.refersTo : undefined
  const found = refersTo === undefined || known[refersTo].has(value as string)
  return found ? [] : [problem(pathOf(place), 'refers to an id that is not in the referral')]
}

const referring = new WeakMap<Node, boolean>()

/** Whether anything below a node refers to an id. */
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
