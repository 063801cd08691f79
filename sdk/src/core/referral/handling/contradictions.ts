// Finds handling rules that contradict themselves or the content. docs/spec/referral.md, "Handling"
import type { CONTRADICTIONS } from '../messages/findings.ts'
import { ruledBy } from '../safety/danger.ts'
import type { Handling, Referral } from '../types.ts'

const NARROW: readonly string[] = ['red', 'amber-strict']
const WIDE: readonly string[] = ['green', 'clear']

/** A contradiction, with the path of the field that contains it. */
export interface Contradiction {
  readonly path: string
  readonly rule: keyof typeof CONTRADICTIONS
}

/** Finds contradictions within handling rules (REX-REF-081). Any contradiction is an error, never a warning. */
export function handlingContradictions(handling: Handling): Contradiction[] {
  const { tlp, onward, onwardTo = [], permittedActions = [], attribution } = handling
  const narrow = NARROW.includes(tlp)
  const outward = permittedActions.some((action) => action.startsWith('externally-visible'))
  const rules: readonly (readonly [boolean, string, Contradiction['rule']])[] = [
    [narrow && onward === 'allowed', 'onward', 'onward-despite-label'],
    [narrow && onwardTo.length > 0, 'onwardTo', 'recipients-despite-label'],
    [onward === 'not-allowed' && onwardTo.length > 0, 'onwardTo', 'recipients-despite-onward'],
    [tlp === 'red' && outward, 'permittedActions', 'actions-despite-red'],
    [tlp === 'red' && attribution === 'must', 'attribution', 'attribution-despite-red'],
    [
      permittedActions.includes('none') && permittedActions.length > 1,
      'permittedActions',
      'none-and-actions',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, field, rule]) => ({ path: `handling.${field}`, rule }))
}

/** Finds identifying content under a TLP label that allows sharing beyond the recipient's need to know (REX-REF-082). */
export function handlingTooWide(referral: Partial<Referral>): Contradiction[] {
  if (referral.handling === undefined || !WIDE.includes(referral.handling.tlp)) return []
  const people = ['people', 'contact'] as const
  return people
    .filter((field) => referral[field] !== undefined)
    .map((field) => ({ path: field, rule: 'people-despite-label' }))
}

/**
 * Finds a permission to notify the people concerned although one of them must not be told (REX-REF-097). Only the sender's lint
 * checks this.
 */
export function notificationContradictions({ handling, people = [] }: Referral): Contradiction[] {
  const contradicts = handling.notification === 'may' && ruledBy('must-not-be-told', people).length > 0
  return contradicts ? [{ path: 'handling.notification', rule: 'notification-despite-rule' }] : []
}
