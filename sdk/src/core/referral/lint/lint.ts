// Lint: what would keep the recipient from acting, said before anything is sent. docs/spec/referral.md, "Lint"

import type { Referral } from '../types.ts'
import { contactFindings } from './contact.ts'
import { contentFindings } from './content.ts'
import { fieldFindings } from './fields.ts'
import type { Finding, Findings, RecipientNeeds } from './finding.ts'
import { leakFindings } from './leaks.ts'
import { needsFindings } from './needs.ts'
import { peopleFindings } from './people.ts'
import { ruleFindings } from './rules.ts'

/** How to lint. */
export interface LintOptions {
  /** What the recipient says it needs, or each of several. */
  readonly for?: RecipientNeeds | readonly RecipientNeeds[]
  /** Unix milliseconds, to find what has expired. Default: not checked. */
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
]

/**
 * What should be better before a valid referral is sent, the worst first. An error means: not to be sent like this
 * (REX-REF-090). The same finding at many places is reported once, with how often.
 */
export function lint(referral: Referral, { for: recipients = [], now }: LintOptions = {}): Finding[] {
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
