// The effect of a send, shown before sending. docs/guide/rex-desk.md

import type { Preview } from '../../../client/api/sending.ts'
import type { Referral } from '../../../core/referral/index.ts'
import { label, safety, t } from '../../language/language.ts'
import { bad, bold, dim, type Line, warn } from '../../output/lines.ts'
import { facts, size } from '../words.ts'
import { noticeLines, presetLines } from './explain.ts'
import { findingLines } from './findings.ts'

/** Shows the recipients with their sections, and the lint findings. */
export function previewLines(
  referral: Referral,
  { recipients, findings, presets, notices }: Preview,
): Line[] {
  return [
    [
      bold(label('referral-kind', referral.kind)),
      '  ',
      referral.test ? warn(safety`TEST TRAFFIC`) : bold(safety`A REAL CASE`),
      ...(referral.lane === 'urgent' ? ['  ', bad(t`URGENT`)] : []),
    ],
    ...recipients.flatMap(recipientLines),
    '',
    ...presetLines(presets),
    ...noticeLines(notices),
    ...findingLines(findings),
  ]
}

function recipientLines({
  organisation,
  suite,
  sections,
  staged,
  bytes,
}: Preview['recipients'][number]): Line[] {
  const names = (types: readonly string[]) => types.map((type) => label('section-type', type)).join(', ')
  return [
    '',
    [t`to `, bold(organisation), dim(`  ${t`${suite}, ${size(bytes)} sealed`}`)],
    ...facts([
      ['at once', names(sections) || t`nothing`],
      [
        'held back',
        staged.length === 0 ? t`nothing` : t`${names(staged)} (until they accept and you disclose)`,
      ],
    ]),
  ]
}
