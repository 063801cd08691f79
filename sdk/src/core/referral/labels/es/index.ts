// Entry point @rex/sdk/referral/labels/es: labels and descriptions only in Spanish. docs/spec/referral.md, "Showing"
import type { ListName } from '../../codes/codes.ts'
import type { Referral } from '../../types.ts'
import { type Speech, safeContactIn, summaryIn } from '../describe.ts'
import { EN } from '../en/words.ts'
import { labelIn } from '../labels.ts'
import { LABELS } from './labels.ts'
import { ES } from './words.ts'

const SPEECH: Speech = { locale: 'es', words: ES, english: EN }

/** Returns the label of a code in Spanish, or an unknown code unchanged. */
export function label(list: ListName, code: string): string {
  return labelIn(LABELS, list, code)
}

/** Summarises a referral in a few lines that identify nobody. @throws RexError INVALID_REFERRAL for a value of the wrong shape */
export function describeReferral(referral: Partial<Referral>): string[] {
  return summaryIn(SPEECH, referral)
}

/**
 * Returns the rules for anyone about to make contact, prohibitions first (REX-REF-100). @throws RexError INVALID_REFERRAL for a value of
 * the wrong shape
 */
export function safeContact(referral: Partial<Referral>): string[] {
  return safeContactIn(SPEECH, referral)
}
