// Entry point @rex/sdk/referral/messages: the findings of the lint in languages other than English. Runs in a browser: it uses neither Node
// nor cryptography. docs/spec/referral.md, "Findings"
import { RexError } from '../../../input/refusal.ts'
import { languageOf } from '../../labels/labels.ts'
import { AR } from './ar.ts'
import { ES } from './es.ts'
import { FR } from './fr.ts'
import type { Messages } from './messages.ts'

export { type Messages, translated } from './messages.ts'
export { AR, ES, FR }

const LANGUAGES: Readonly<Record<string, Messages>> = { ar: AR, es: ES, fr: FR }

/** BCP 47 tags of the languages in which findings are available, English first. */
export const MESSAGE_LANGUAGES: readonly string[] = ['en', ...Object.keys(LANGUAGES)]

/**
 * Returns the messages for a locale such as `fr-CA`, or undefined for English. @throws RexError CONFIG_INVALID for a language that is not
 * available
 */
export function messagesIn(locale: string): Messages | undefined {
  const language = languageOf(locale).toLowerCase()
  if (language === 'en') return undefined
  const found = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined
  if (found !== undefined) return found
  throw new RexError('CONFIG_INVALID', 'Findings have no texts in this language.', {
    hint: `Choose one of ${MESSAGE_LANGUAGES.join(', ')}.`,
  })
}
