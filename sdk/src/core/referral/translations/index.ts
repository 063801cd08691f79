// Entry point @rex/sdk/referral/messages: the texts of problems and findings in each language. Runs in a browser: it uses neither Node
// nor cryptography. docs/spec/referral.md, "Problems" and "Findings"
import { RexError } from '../../input/refusal.ts'
import { languageOf } from '../labels/labels.ts'
import { AR } from './ar.ts'
import { EN } from './en.ts'
import { ES } from './es.ts'
import { FR } from './fr.ts'
import type { Messages } from './translated.ts'

export { type Messages, remedyOf, type Translatable, translated } from './translated.ts'
export { AR, EN, ES, FR }

const LANGUAGES: Readonly<Record<string, Messages>> = { en: EN, ar: AR, es: ES, fr: FR }

/** BCP 47 tags of the languages in which problems and findings are available, English first. */
export const MESSAGE_LANGUAGES: readonly string[] = Object.keys(LANGUAGES)

/** Returns the messages for a locale such as `fr-CA`. @throws RexError CONFIG_INVALID for a language that is not available */
export function messagesIn(locale: string): Messages {
  const language = languageOf(locale).toLowerCase()
  const found = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined
  if (found !== undefined) return found
  throw new RexError('CONFIG_INVALID', 'Findings have no texts in this language.', {
    hint: `Choose one of ${MESSAGE_LANGUAGES.join(', ')}.`,
  })
}
