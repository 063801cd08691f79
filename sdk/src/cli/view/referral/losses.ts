// Shows caseworkers which values an adapter could not convert. Losses that need a person come first. docs/spec/referral.md,
// "Other systems"

import type { Loss, LossCode } from '../../../adapters/index.ts'
import { later, t } from '../../language/language.ts'
import { bad, block, dim, good, heading, type Line, type Piece, warn } from '../../output/lines.ts'
import { counted } from '../words.ts'

/** Groups of losses, most serious first. */
const GROUPS: readonly (readonly [
  codes: readonly LossCode[],
  title: string,
  mark: (text: string) => Piece,
])[] = [
  [['safety'], later`Left out to protect somebody`, bad],
  [['unknown-code', 'invalid', 'one-only'], later`To choose or enter by hand`, warn],
  [['no-field'], later`No field for it`, warn],
  [['changed', 'as-text'], later`Carried in another form`, warn],
  [['media'], later`Never carried`, dim],
  [['stays'], later`Stays with you`, dim],
]

/** Shows the losses by group, each reason once with all its paths. */
export function lossLines(losses: readonly Loss[]): Line[] {
  if (losses.length === 0) return [[good(t`Everything was carried over unchanged.`)]]
  return [
    [
      warn(
        counted(
          losses.length,
          later`{0} value not carried over unchanged.`,
          later`{0} values not carried over unchanged.`,
        ),
      ),
      ' ',
      t`All others were.`,
    ],
    ...GROUPS.flatMap(([codes, title, mark]) => {
      const group = losses.filter(({ code }) => codes.includes(code))
      return group.length === 0 ? [] : [...heading(t(title)), ...reasonLines(group, mark)]
    }),
  ]
}

function reasonLines(group: readonly Loss[], mark: (text: string) => Piece): Line[] {
  const reasons = Map.groupBy(group, ({ message }) => message)
  return [...reasons].flatMap(([message, losses]) => [
    ...block(message, { indent: 2 }),
    ...losses.map(
      ({ from, to }): Line => ({
        pieces: ['    ', mark(from), ...(to === undefined ? [] : [dim(` → ${to}`)])],
        hang: 6,
      }),
    ),
  ])
}
