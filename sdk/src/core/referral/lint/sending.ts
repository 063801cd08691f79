// Runs the lint before sending. The findings are the same for sending, splitting, correcting and mere checking. docs/spec/referral.md,
// "Findings"
import type { Referral } from '../types.ts'
import type { Finding } from './finding.ts'
import { findingsOf, type LintOptions } from './lint.ts'
import { mediaFindings } from './media.ts'
import './warnings.ts'
import { WORDS } from './words/index.ts'

/** Inputs of the findings in addition to the referral. */
export type Before = Pick<LintOptions, 'for' | 'confirm'> & {
  /** Unix milliseconds. */
  readonly now: number
}

/** Returns the findings for a valid referral, except those about media, because encoding searches for media. */
export function findingsBeforeSending(referral: Referral, before: Before): Finding[] {
  return findingsOf(referral, { ...before, words: WORDS })
}

/** Returns all findings, including those about media, for a valid referral that will not be encoded. */
export function allFindings(referral: Referral, before: Before): Finding[] {
  return [...mediaFindings(referral), ...findingsBeforeSending(referral, before)]
}
