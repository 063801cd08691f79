// Checks values that untyped programs pass to the entry point, and reports faults with their path. docs/spec/overview.md, "Input"
import { RexError } from '../../input/refusal.ts'
import { invalidReferral, type Problem } from '../messages/problem.ts'
import { checked, type Node, type ObjectNode } from '../schema/node.ts'
import { PARTIAL_REFERRAL } from '../schema/schema.ts'
import { check } from './check.ts'
import { plainCopy, plainReferral } from './plain.ts'

/**
 * Runs work on a referral or a part of a referral. If the work fails because the value has the wrong shape, throws the problems of the
 * value instead.
 * @throws RexError INVALID_REFERRAL
 */
export function workingOn<T>(referral: unknown, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (RexError.is(error)) throw error
    const problems = check(PARTIAL_REFERRAL, plainReferral(referral), '', 'keep')
    throw problems.length > 0 ? invalidReferral(problems) : error
  }
}

/** Rejects options of the wrong shape. @throws RexError CONFIG_INVALID with the path of the first problem */
export function checkArguments(fields: Readonly<Record<string, Node>>, options: unknown): void {
  const refuse = ({ path, message }: Problem) =>
    new RexError('CONFIG_INVALID', `The options: ${path || 'they'} ${message}.`, { path })
  const node: ObjectNode = { kind: 'object', name: 'Options', fields }
  const [first] = check(node, plainCopy(options, { refuse, programs: true }), '', 'refuse')
  if (first !== undefined) throw refuse(first)
}

/** A time in Unix milliseconds. */
export const instant = checked<number>((value) =>
  Number.isFinite(value) ? undefined : 'must be a time in Unix milliseconds',
)
