// The texts of alerts in English.
import type { AlertTexts } from './texts.ts'

export const EN: AlertTexts = {
  unconfirmed: false,
  alerts: {
    urgent: 'An urgent referral arrived.',
    overdue: 'A step is overdue.',
    'not-arrived': 'A message of yours did not arrive.',
    held: 'A message is held until a person decides.',
    conflict: 'This desk and another organisation know different things.',
    keys: 'The certificate or the keys need a person.',
    health: 'The desk needs a person.',
    missed: 'The desk no longer has some changes, so alerts may be missing here.',
  },
  states: { warning: 'warning', critical: 'critical', ended: 'over' },
  several: '{count} alerts',
  test: { subject: 'Test alert', text: 'This is a test. Nothing happened, and nobody needs to act.' },
  thread: 'referral {id}',
  ref: 'case {ref}',
  problem: 'problem {code}',
  exercise: 'test',
  more: '… and {count} more.',
  times: 'Times: {zone}.',
  look: 'To see more: `rex-desk inbox`, `rex-desk status`.',
  footer: 'From the REX desk of {organisation}. This mail contains no case data. Nobody reads answers to it.',
  unconfirmedNote: '',
}
