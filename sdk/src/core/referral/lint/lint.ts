// Lint: finds problems that would keep the recipient from acting, before anything is sent. docs/spec/referral.md, "Lint"

import { furtherPlaces } from '../messages/filled.ts'
import { PHRASES } from '../messages/findings.ts'
import { invalidReferral } from '../messages/problem.ts'
import { checked, list, type Node, text } from '../schema/node.ts'
import type { Referral } from '../types.ts'
import { checkArguments, instant } from '../validate/argument.ts'
import { plainReferral } from '../validate/plain.ts'
import { checkReferral } from '../validate/validate.ts'
import { contactFindings } from './contact/contact.ts'
import { addressFindings } from './facts/addresses.ts'
import { fieldFindings } from './fields.ts'
import { type Finding, type Findings, warningFindings } from './finding.ts'
import { itemFindings } from './items/items.ts'
import { leakFindings } from './leaks/leaks.ts'
import type { Words } from './leaks/ordinary.ts'
import { mediaFindings } from './media.ts'
import { NEEDS_OF_RECIPIENTS, needsFindings, type RecipientNeeds } from './needs.ts'
import { peopleFindings } from './people.ts'
import { ruleFindings } from './rules.ts'

/** Options for the lint. */
export interface LintOptions {
  /** Published needs of one or several recipients. */
  readonly for?: RecipientNeeds | readonly RecipientNeeds[]
  /** Unix milliseconds, to find expired content. Default: not checked. */
  readonly now?: number
  /** Ids of findings that a person has confirmed (REX-REF-143). These findings are left out. */
  readonly confirm?: readonly string[]
  /** Further ordinary words that are also names (`@rex/sdk/referral/words`). Default: none, only the built-in, most common words. */
  readonly words?: Words
}

const SEVERITIES = ['error', 'warning', 'info']

const RULES: readonly Findings[] = [
  ruleFindings,
  fieldFindings,
  peopleFindings,
  contactFindings,
  itemFindings,
  addressFindings,
  warningFindings,
]

/** Description of the option `words`. */
export const WORDS = checked<Words>((value) =>
  typeof value === 'string' ? undefined : 'must be words of @rex/sdk/referral/words',
)
/** Description of the option `confirm`. */
export const CONFIRMED: Node = { ...list(text('line', 64), 1024), mayBeEmpty: true }

/**
 * Checks a valid referral before it is sent and returns findings in English, most severe first. An error prevents sending (REX-REF-090). The same
 * finding at several places is reported once, with a count.
 * @throws RexError INVALID_REFERRAL like `parseReferral`, CONFIG_INVALID for the options
 */
export function lint(referral: Referral, options: LintOptions = {}): Finding[] {
  checkArguments({ for: NEEDS_OF_RECIPIENTS, now: instant, confirm: CONFIRMED, words: WORDS }, options)
  const valid = checkReferral(plainReferral(referral), { unknownCodes: 'keep' })
  if (!valid.ok) throw invalidReferral(valid.problems)
  return [...mediaFindings(valid.referral), ...findingsOf(valid.referral, options)]
}

/** Returns the findings for a referral that has already been validated. */
export function findingsOf(
  referral: Referral,
  { for: recipients = [], now, confirm = [], words }: LintOptions = {},
): Finding[] {
  const confirmed = new Set(confirm)
  const found = [
    ...RULES.flatMap((rule) => rule(referral, now)),
    ...leakFindings(referral, words),
    ...[recipients].flat().flatMap((recipient) => needsFindings(referral, recipient)),
  ].filter(({ id }) => id === undefined || !confirmed.has(id))
  return collapsed(found).sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
}

/** Combines equal findings at several places into one. */
function collapsed(findings: readonly Finding[]): Finding[] {
  const same = ({ code, message, id, path }: Finding) =>
    `${code} ${message} ${id} ${path.replace(/\d+/g, '')}`
  return [...Map.groupBy(findings, same).values()].map((group) => {
    const [finding] = group as [Finding]
    return {
      ...finding,
      count: group.length,
      message: finding.message + furtherPlaces(group.length, PHRASES),
    }
  })
}
