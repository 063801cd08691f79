// Needs: fields that an organisation requires or recommends for the kinds of referral that it accepts. docs/spec/referral.md, "Lint"
import { KINDS } from './kinds.ts'
import { closest } from './messages/closest.ts'
import { deskProblem, invalidReferral, type Problem, problem } from './messages/problem.ts'
import { list, type Node, type ObjectNode, text } from './schema/node.ts'
import { SECTION_CONTENT } from './schema/schema.ts'
import { check } from './validate/check.ts'

/** Needs for a kind, as paths such as `triage.risk`, or `people.dateOfBirth` for every person. Default: none. */
export interface KindNeeds {
  readonly must?: readonly string[]
  readonly should?: readonly string[]
}

/** The kinds of referral that an organisation accepts, each with its needs. */
export type Needs = Readonly<Record<string, KindNeeds>>

/** Maximum number of kinds, number of paths in a list, and characters of a path. */
export const NEEDS_LIMITS = { kinds: 32, paths: 64, path: 200 }
/** Maximum characters of all needs as JSON, because they must fit into a statement. */
const ROOM = 8192

const PATHS = list(text('line', NEEDS_LIMITS.path), NEEDS_LIMITS.paths)
const KIND_NEEDS: ObjectNode = { kind: 'object', name: 'KindNeeds', fields: { must: PATHS, should: PATHS } }
const NEEDS: ObjectNode = {
  kind: 'object',
  name: 'Needs',
  fields: Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, KIND_NEEDS])),
}

/**
 * Checks the needs that this organisation wants to publish (REX-REF-096). They may contain only kinds and paths that this version supports.
 * @throws RexError INVALID_REFERRAL with the path of the first problem
 */
export function parseNeeds(value: unknown): Needs {
  const shape = check(NEEDS, value, '', 'refuse')
  const problems = shape.length > 0 ? shape : contentProblems(value as Needs)
  if (problems.length > 0) throw invalidReferral(problems)
  return value as Needs
}

function contentProblems(needs: Needs): Problem[] {
  const strange = Object.entries(needs).flatMap(([kind, { must = [], should = [] }]) =>
    [...must, ...should].flatMap((path) => pathProblems(kind, path)),
  )
  const large = JSON.stringify(needs).length > ROOM
  return large ? [...strange, problem('', 'characters', { max: `${ROOM}` })] : strange
}

/** Follows a path of the needs through the fields of a referral. Returns the problems of the path. */
function pathProblems(kind: string, path: string): Problem[] {
  let node: Node = SECTION_CONTENT
  for (const name of path.split('.')) {
    const fields = fieldsOf(node)
    const next = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (next === undefined)
      return [deskProblem(kind, 'no-field', { field: path }, closest(name, Object.keys(fields)))]
    node = next
  }
  return []
}

function fieldsOf(node: Node): ObjectNode['fields'] {
  if (node.kind === 'list') return fieldsOf(node.of)
  return node.kind === 'object' ? node.fields : {}
}
