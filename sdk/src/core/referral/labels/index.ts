// Entry point @rex/sdk/referral/labels: labels and descriptions in every language that there is. One language costs less:
// @rex/sdk/referral/labels/fr. docs/spec/referral.md, "Showing"
import type { ListName } from '../codes/codes.ts'
import { localeOf } from '../locale.ts'
import type { Referral } from '../types.ts'
import { AR } from './ar/words.ts'
import { type Speech, safeContactIn, summaryIn } from './describe.ts'
import { EN } from './en/words.ts'
import { ES } from './es/words.ts'
import { FR } from './fr/words.ts'
import { labelIn, languageOf } from './labels.ts'
import type { Words } from './words.ts'

const LANGUAGES: Readonly<Record<string, Words>> = { en: EN, es: ES, fr: FR, ar: AR }

/** The label of a code in the locale, else in English; an unknown code is shown as it is. */
export function label(list: ListName, code: string, locale = 'en'): string {
  return labelIn(wordsOf(locale).labels, list, code)
}

/**
 * A summary of a referral in a few lines, from the triage card and handling only: it identifies no one. Lines without content are omitted.
 * @throws RexError MALFORMED for an invalid locale, INVALID_REFERRAL for a value of another shape
 */
export function describeReferral(referral: Partial<Referral>, locale = 'en'): string[] {
  return summaryIn(speechOf(locale), referral)
}

/**
 * Rules for anyone about to make contact, prohibitions first (REX-REF-100). People are named by id, so that the rules may appear where
 * names may not. Anything not stated is forbidden. Empty if the referral has neither a rule nor a contact channel.
 * @throws RexError MALFORMED for an invalid locale, INVALID_REFERRAL for a value of another shape
 */
export function safeContact(referral: Partial<Referral>, locale = 'en'): string[] {
  return safeContactIn(speechOf(locale), referral)
}

/** @throws RexError MALFORMED for an invalid locale */
function speechOf(tag: string): Speech {
  const locale = localeOf(tag)
  return { locale, words: wordsOf(locale), english: EN }
}

/** The words of the language of a locale, else the English ones. */
function wordsOf(locale: string): Words {
  const language = languageOf(locale)
  return Object.hasOwn(LANGUAGES, language) ? (LANGUAGES[language] as Words) : EN
}
