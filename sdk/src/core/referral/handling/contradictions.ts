// Handling rules that contradict themselves or their content. docs/spec/referral.md, "Handling"
import { type Problem, problem } from '../problem.ts'
import type { Handling, Referral } from '../types.ts'

const NARROW: readonly string[] = ['red', 'amber-strict']
const WIDE: readonly string[] = ['green', 'clear']

/** Contradictions within handling rules (REX-REF-081): each is a refusal, never a warning. */
export function handlingContradictions(handling: Handling): Problem[] {
  const { tlp, onward, onwardTo = [], permittedActions = [], attribution } = handling
  const narrow = NARROW.includes(tlp)
  const outward = permittedActions.some((action) => action.startsWith('externally-visible'))
  const rules: readonly (readonly [boolean, string, string])[] = [
    [narrow && onward === 'allowed', 'onward', 'allows onward sharing, which the TLP label forbids'],
    [narrow && onwardTo.length > 0, 'onwardTo', 'names organisations that the TLP label excludes'],
    [
      onward === 'not-allowed' && onwardTo.length > 0,
      'onwardTo',
      'names organisations although onward sharing is not allowed',
    ],
    [tlp === 'red' && outward, 'permittedActions', 'permits visible actions, which TLP:RED forbids'],
    [
      tlp === 'red' && attribution === 'must',
      'attribution',
      'demands naming the sender, which TLP:RED forbids',
    ],
    [
      permittedActions.includes('none') && permittedActions.length > 1,
      'permittedActions',
      'permits nothing and yet names permitted actions',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, field, message]) => problem(`handling.${field}`, message))
}

/** Identifying content with a label that allows sharing beyond the recipient's need to know (REX-REF-082). */
export function handlingTooWide(referral: Partial<Referral>): Problem[] {
  if (referral.handling === undefined || !WIDE.includes(referral.handling.tlp)) return []
  const people = ['people', 'contact'] as const
  return people
    .filter((field) => referral[field] !== undefined)
    .map((field) => problem(field, 'identifies people under a TLP label that allows it to spread'))
}
