// What is found before anything is sent: the same, whether it is sent, divided, corrected or only checked. docs/spec/referral.md, "Findings"
import type { Referral } from '../types.ts'
import type { Finding } from './finding.ts'
import { findingsOf, type LintOptions } from './lint.ts'
import { mediaFindings } from './media.ts'
import { WORDS } from './words/index.ts'

/** What the findings depend on beside the referral. */
export type Before = Pick<LintOptions, 'for' | 'confirm'> & {
  /** Unix milliseconds. */
  readonly now: number
}

/** The findings of a valid referral, without media: encoding it looks for those. */
export function findingsBeforeSending(referral: Referral, before: Before): Finding[] {
  return findingsOf(referral, { ...before, words: WORDS })
}

/** The findings of a valid referral that is not encoded. */
export function allFindings(referral: Referral, before: Before): Finding[] {
  return [...mediaFindings(referral), ...findingsBeforeSending(referral, before)]
}
