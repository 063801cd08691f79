// What an adapter could not carry, for caseworkers. Losses that need a person come first. docs/spec/referral.md, "Other systems"
import type { Loss, LossCode } from '../../../adapters/index.ts'
import { bad, block, dim, good, heading, type Line, type Piece, warn } from '../../output/lines.ts'
import { counted } from '../words.ts'

/** Groups of losses, most serious first. */
const GROUPS: readonly (readonly [
  codes: readonly LossCode[],
  title: string,
  mark: (text: string) => Piece,
])[] = [
  [['safety'], 'Left out to protect somebody', bad],
  [['unknown-code', 'invalid', 'one-only'], 'To choose or enter by hand', warn],
  [['no-field'], 'No field for it', warn],
  [['changed', 'as-text'], 'Carried in another form', warn],
  [['media'], 'Never carried', dim],
  [['stays'], 'Stays with you', dim],
]

/** Shows the losses by group, each reason once with all its paths. */
export function lossLines(losses: readonly Loss[]): Line[] {
  if (losses.length === 0) return [[good('Everything was carried over unchanged.')]]
  return [
    [warn(`${counted(losses.length, 'value')} not carried over unchanged.`), ' All others were.'],
    ...GROUPS.flatMap(([codes, title, mark]) => {
      const group = losses.filter(({ code }) => codes.includes(code))
      return group.length === 0 ? [] : [...heading(title), ...reasonLines(group, mark)]
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
