// Lint: content that REX never carries. docs/spec/referral.md, "Content guard"
import { mediaPath } from '../media.ts'
import type { Referral } from '../types.ts'
import { type Finding, finding } from './finding.ts'

/** The finding about an image or video in the referral. Sending refuses it by itself, so that it is looked for once. */
export function mediaFindings(referral: Referral): Finding[] {
  const path = mediaPath(referral)
  return path === undefined ? [] : [finding('media', path)]
}
