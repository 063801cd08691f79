// Shows what a referral file implies: the contents of presets, and the plan of its kind. docs/guide/rex-desk.md, "Referral files"

import { type ExpandedPreset, type Notice, sectionPlan, sections } from '../../../core/referral/index.ts'
import type { ReadReferral } from '../../input/referral.ts'
import { label, t } from '../../language/language.ts'
import { dim, heading, type Line } from '../../output/lines.ts'
import { facts } from '../words.ts'
import { contentLines } from './referral.ts'

/** Shows presets with their contents, and which sections are sent immediately and which are withheld. */
export function explainLines({ referral, explained }: ReadReferral): Line[] {
  const types = sections(referral).map(({ type }) => type)
  const { atOnce, staged } = sectionPlan(referral.kind, types)
  const names = (list: readonly string[]) =>
    list.map((type) => label('section-type', type)).join(', ') || t`nothing`
  return [
    ...presetLines(explained),
    t`Unless you choose otherwise, a ${referral.kind} gives`,
    ...facts([
      ['at once', names(atOnce)],
      ['after accept', names(staged)],
    ]),
    ...heading(t`Findings`),
  ]
}

/** Shows the lossless changes made to the file when it was read (REX-REF-088). */
export function noticeLines(notices: readonly Notice[]): Line[] {
  return notices.map(({ path, message }) => [dim(t`changed  `), `${path} ${message}`])
}

/** Shows the contents that replace the names of presets (REX-REF-086). */
export function presetLines(explained: readonly ExpandedPreset[]): Line[] {
  return explained.flatMap(({ path, preset, content }) => [
    t`The preset "${preset}" of ${path} stands for:`,
    ...contentLines(Object(content), 2),
    '',
  ])
}
