// Entry point @rex/sdk/referral/names: formats languages, countries, dates and URLs for people, with the names that the platform supplies.
// Runs in a browser. docs/spec/referral.md, "Showing"
import { RexError } from '../../input/refusal.ts'

export { formatDate } from './format-date.ts'

/** Returns the name of a country in the language of the locale, or the country code if that language has no name for it. */
export function countryName(country: string, locale = 'en'): string {
  return displayName('region', country, locale)
}

/**
 * Returns the name of a language, written in the language of the locale, or the language tag if the locale has no name for it.
 */
export function languageName(language: string, locale = 'en'): string {
  return displayName('language', language, locale)
}

/**
 * Defangs a URL so that no program opens it by accident: `hxxps://site[.]example/page`. REX never reverses this. @throws RexError MALFORMED
 * if it is not text
 */
export function defang(url: string): string {
  if (typeof url !== 'string') throw new RexError('MALFORMED', 'A URL must be text.', { path: 'url' })
  const [, scheme = '', host = '', rest = ''] =
    /^([a-z][a-z0-9+.-]*:(?:\/\/)?)?([^/?#]*)(.*)$/isu.exec(url) ?? []
  const safe = scheme.toLowerCase().replace('http', 'hxxp').replace('ftp', 'fxp')
  return safe + host.replaceAll('.', '[.]').replaceAll('@', '[at]') + rest
}

function displayName(type: 'region' | 'language', code: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type, fallback: 'code' }).of(code) ?? code
  } catch {
    return code
  }
}
