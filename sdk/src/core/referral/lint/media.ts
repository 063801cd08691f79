// Lint: content that REX never carries. docs/spec/referral.md, "Content guard"
import { REFUSED, REMEDY } from '../guard/guard.ts'
import { mediaPath } from '../media.ts'
import type { Referral } from '../types.ts'
import { error, type Finding } from './finding.ts'

/** The finding about an image or video in the referral. Sending refuses it by itself, so that it is looked for once. */
export function mediaFindings(referral: Referral): Finding[] {
  const path = mediaPath(referral)
  return path === undefined ? [] : [error(path, REFUSED, REMEDY)]
}
