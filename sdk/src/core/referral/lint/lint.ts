// Lint: finds problems that would keep the recipient from acting, before anything is sent. docs/spec/referral.md, "Lint"

import { invalidReferral } from '../problem.ts'
import type { Referral } from '../types.ts'
import { checkArguments, instant } from '../validate/argument.ts'
import { plainReferral } from '../validate/plain.ts'
import { checkReferral } from '../validate/validate.ts'
import { contactFindings } from './contact/contact.ts'
import { contentFindings } from './content.ts'
import { contradictionFindings } from './facts/contradictions.ts'
import { plausibleFindings } from './facts/plausible.ts'
import { fieldFindings } from './fields.ts'
import { type Finding, type Findings, NEEDS_OF_RECIPIENTS, type RecipientNeeds } from './finding.ts'
import { leakFindings } from './leaks.ts'
import { mediaFindings } from './media.ts'
import { needsFindings } from './needs.ts'
import { peopleFindings } from './people.ts'
import { ruleFindings } from './rules.ts'

/** Options of the lint. */
export interface LintOptions {
  /** Published needs of the recipient, or of several. */
  readonly for?: RecipientNeeds | readonly RecipientNeeds[]
  /** Unix milliseconds, to find expired content. Default: not checked. */
  readonly now?: number
}

const SEVERITIES = ['error', 'warning', 'info']

const RULES: readonly Findings[] = [
  ruleFindings,
  fieldFindings,
  peopleFindings,
  leakFindings,
  contactFindings,
  contentFindings,
  contradictionFindings,
  plausibleFindings,
]

/**
 * Improvements to a valid referral before it is sent, most severe first. An error prevents sending (REX-REF-090). The same finding at
 * several places is reported once, with a count. @throws RexError INVALID_REFERRAL as `parseReferral`, CONFIG_INVALID for the options
 */
export function lint(referral: Referral, options: LintOptions = {}): Finding[] {
  checkArguments({ for: NEEDS_OF_RECIPIENTS, now: instant }, options)
  const checked = checkReferral(plainReferral(referral), { unknownCodes: 'keep' })
  if (!checked.ok) throw invalidReferral(checked.problems)
  return [...mediaFindings(checked.referral), ...findingsOf(checked.referral, options)]
}

/** The findings of a referral that is known to be valid. */
export function findingsOf(referral: Referral, { for: recipients = [], now }: LintOptions = {}): Finding[] {
  const found = [
    ...RULES.flatMap((rule) => rule(referral, now)),
    ...[recipients].flat().flatMap((recipient) => needsFindings(referral, recipient)),
  ]
  return collapsed(found).sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
}

function collapsed(findings: readonly Finding[]): Finding[] {
  return [
    ...Map.groupBy(
      findings,
      ({ severity, message, path }) => `${severity} ${message} ${path.replace(/\d+/g, '')}`,
    ).values(),
  ].map(([first, ...more]) => {
    const finding = first as Finding
    return more.length === 0
      ? finding
      : { ...finding, message: `${finding.message} (and ${more.length} more)` }
  })
}
