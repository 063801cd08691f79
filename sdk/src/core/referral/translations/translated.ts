// Translates problems and findings to languages other than English. docs/spec/referral.md, "Problems" and "Findings"

import type { FormatName } from '../formats.ts'
import type { Finding } from '../lint/finding.ts'
import { beside, filled, furtherPlaces } from '../messages/filled.ts'
import type { FindingCode, PhraseKey } from '../messages/findings.ts'
import type { Problem } from '../messages/problem.ts'
import type { ProblemCode } from '../messages/problems.ts'

/** Findings that protect somebody. Unconfirmed translations of these findings are shown with the English (REX-REF-102). */
export const PROTECTING: ReadonlySet<string> = new Set<FindingCode>([
  'leak',
  'leak-word',
  'ordinary-word',
  'leak-id',
  'contact-missing',
  'reaches-suspected',
  'reaches-not-contacted',
  'reaches-not-told',
  'channel-forbidden',
  'channel-leads-to',
  'device-of-suspected',
  'school-of-suspected',
  'address-shared',
  'address-also-shared',
  'consent-by-suspected',
  'consent-perhaps-by-suspected',
  'informed-not-told',
  'messages-on-shared-device',
])

/** The texts of all problems and findings in one language. */
export interface Messages {
  /** BCP 47. */
  readonly language: string
  /** Whether a competent person has yet to confirm the texts (REX-REF-102). */
  readonly unconfirmed: boolean
  /** Text of each problem and lossless change by code, with the same placeholders as in English. */
  readonly problems: Readonly<Record<ProblemCode, string>>
  /** Message and remedy of each finding by code, with the same placeholders as in English. */
  readonly findings: Readonly<Record<FindingCode, readonly [message: string, fix: string]>>
  readonly phrases: Readonly<Record<PhraseKey, string>>
  /** For each format, the text that follows "must be". */
  readonly forms: Readonly<Record<FormatName, string>>
  /**
   * Remedies of problems. `meant`: if a value is suggested; `listed`: if a list shows the codes; `correct`: otherwise. `whole` stands for the
   * whole referral, in place of a path.
   */
  readonly remedies: Readonly<Record<'meant' | 'listed' | 'correct' | 'whole', string>>
}

/** A problem, a lossless change or a finding. */
export type Translatable = Pick<Problem, 'code' | 'message' | 'values'> &
  Partial<Pick<Finding, 'fix' | 'count'>>

/** Translates problems, changes and findings. Adds the English to unconfirmed translations that protect somebody. */
export function translated<One extends Translatable>(all: readonly One[], messages: Messages): One[] {
  return all.map((one) => inLanguage(one, messages))
}

/** Returns the remedy of a problem: to use the suggestion, to look into the code list, or to correct the value. */
export function remedyOf({ suggestion, values }: Problem, { remedies }: Messages): string {
  if (suggestion !== undefined) return filled(remedies.meant, { suggestion }, {})
  return values.list === undefined ? remedies.correct : filled(remedies.listed, values, {})
}

function inLanguage<One extends Translatable>(one: One, messages: Messages): One {
  const { code, values, count = 1, fix } = one
  const [message, remedy] = textsOf(code, messages)
  const phrases = { ...messages.phrases, ...messages.forms }
  const said = `${filled(message, values, phrases)}${furtherPlaces(count, messages.phrases)}`
  const todo = filled(remedy, values, phrases)
  const both = messages.unconfirmed && PROTECTING.has(code)
  return {
    ...one,
    message: both ? beside(said, one.message) : said,
    ...(fix !== undefined && { fix: both ? beside(todo, fix) : todo }),
  }
}

function textsOf(
  code: Translatable['code'],
  { findings, problems }: Messages,
): readonly [message: string, fix: string] {
  return Object.hasOwn(findings, code) ? findings[code as FindingCode] : [problems[code as ProblemCode], '']
}
