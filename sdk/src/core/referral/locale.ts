// Checks the language tags that state in which language a person reads. docs/spec/referral.md, "Showing"
import { RexError } from '../input/refusal.ts'

/** Returns the canonical form of a BCP 47 tag. @throws RexError MALFORMED */
export function localeOf(tag: unknown): string {
  try {
    const [locale] = typeof tag === 'string' ? Intl.getCanonicalLocales(tag) : []
    if (locale !== undefined) return locale
  } catch {
    // The statement below throws the error.
  }
  throw new RexError('MALFORMED', 'This is not a language tag.', {
    path: 'locale',
    hint: 'Give a BCP 47 tag, such as en or fr-CA.',
  })
}
