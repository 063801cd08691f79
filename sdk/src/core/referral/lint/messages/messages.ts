// Translates findings to languages other than English. docs/spec/referral.md, "Findings"
import { beside } from '../../labels/labels.ts'
import type { Finding } from '../finding.ts'
import { type FindingCode, type PhraseKey, PROTECTING } from './catalogue.ts'
import { filled, furtherPlaces } from './filled.ts'

/** The texts of all findings in one language. */
export interface Messages {
  /** BCP 47. */
  readonly language: string
  /** Whether a competent person has yet to confirm the texts (REX-REF-102). */
  readonly unconfirmed: boolean
  /** Message and remedy by code, with the same placeholders as in English. */
  readonly findings: Readonly<Record<FindingCode, readonly [message: string, fix: string]>>
  readonly phrases: Readonly<Record<PhraseKey, string>>
}

/** Translates findings. Adds the English to unconfirmed texts of findings that protect somebody. */
export function translated(
  findings: readonly Finding[],
  { findings: texts, phrases, unconfirmed }: Messages,
): Finding[] {
  return findings.map((finding) => {
    const [message, fix] = texts[finding.code]
    const said = `${filled(message, finding.values, phrases)}${furtherPlaces(finding.count, phrases)}`
    const remedy = filled(fix, finding.values, phrases)
    const both = unconfirmed && PROTECTING.has(finding.code)
    return {
      ...finding,
      message: both ? beside(said, finding.message) : said,
      fix: both ? beside(remedy, finding.fix) : remedy,
    }
  })
}
