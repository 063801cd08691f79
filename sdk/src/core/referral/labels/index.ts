// Entry point @rex/sdk/referral/labels: labels and descriptions in all supported languages. To load a single language, use e.g.
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

/** Returns the label of a code in the language of the locale (English if not supported). Returns an unknown code unchanged. */
export function label(list: ListName, code: string, locale = 'en'): string {
  return labelIn(wordsOf(locale).labels, list, code)
}

/**
 * Summarises a referral in a few lines that identify nobody. Lines without content are omitted.
 * @throws RexError MALFORMED for an invalid locale, INVALID_REFERRAL for a value of another shape
 */
export function describeReferral(referral: Partial<Referral>, locale = 'en'): string[] {
  return summaryIn(speechOf(locale), referral)
}

/**
 * Returns the rules for anyone about to make contact, prohibitions first (REX-REF-100). People are named by id, so that the rules may be
 * shown where names must not be. Anything not stated is forbidden. Empty if the referral has neither rules nor contact channels.
 * @throws RexError MALFORMED for an invalid locale, INVALID_REFERRAL for a value of another shape
 */
export function safeContact(referral: Partial<Referral>, locale = 'en'): string[] {
  return safeContactIn(speechOf(locale), referral)
}

/** Returns the words for a locale. @throws RexError MALFORMED for an invalid locale */
function speechOf(tag: string): Speech {
  const locale = localeOf(tag)
  return { locale, words: wordsOf(locale), english: EN }
}

/** Returns the words of a locale's language, or the English words if the language is not supported. */
function wordsOf(locale: string): Words {
  const language = languageOf(locale)
  return Object.hasOwn(LANGUAGES, language) ? (LANGUAGES[language] as Words) : EN
}
