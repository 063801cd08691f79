// Lint: content that REX never carries. docs/spec/referral.md, "Content guard"
import { mediaPath } from '../media.ts'
import type { Referral } from '../types.ts'
import { type Finding, finding } from './finding.ts'

/** Returns the finding about an image or video in the referral. Sending omits this rule, because encoding already searches for media. */
export function mediaFindings(referral: Referral): Finding[] {
  const path = mediaPath(referral)
  return path === undefined ? [] : [finding('media', path)]
}
