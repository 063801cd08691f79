// The English texts of problems and findings, from the tables that define them. docs/spec/referral.md, "Problems" and "Findings"
import { DESK_PROBLEMS } from '../messages/desk-problems.ts'
import { CATALOGUE, type FindingCode, PHRASES } from '../messages/findings.ts'
import { FORMS } from '../messages/problem.ts'
import { PROBLEMS } from '../messages/problems.ts'
import { WARNINGS } from '../messages/warnings.ts'
import type { Messages } from './translated.ts'

/** English. */
export const EN: Messages = {
  language: 'en',
  unconfirmed: false,
  problems: { ...PROBLEMS, ...DESK_PROBLEMS },
  findings: Object.fromEntries(
    Object.entries({ ...CATALOGUE, ...WARNINGS }).map(([code, [, message, fix]]) => [code, [message, fix]]),
  ) as Record<FindingCode, [string, string]>,
  phrases: PHRASES,
  forms: FORMS,
  remedies: {
    meant: 'Did you mean {suggestion}?',
    listed: '`rex-desk codes {list}` lists them.',
    correct: 'Correct it.',
    whole: 'the referral',
  },
}
