// Entry point @rex/sdk/referral/names: names of languages and countries, which every platform knows, dates and URLs for people. It runs in a
// browser. docs/spec/referral.md, "Showing"
import { RexError } from '../../input/refusal.ts'

export { formatDate } from './format-date.ts'

/** The name of a country in the locale, else its code. */
export function countryName(country: string, locale = 'en'): string {
  return displayName('region', country, locale)
}

/** The name of a language in the locale, else its tag. */
export function languageName(language: string, locale = 'en'): string {
  return displayName('language', language, locale)
}

/** A URL in a form that no program opens by accident: `hxxps://site[.]example/page`. REX never reverses it. @throws RexError MALFORMED unless it is text */
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
