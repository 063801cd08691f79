// Labels: display texts for codes, languages, countries and URLs. docs/spec/referral.md, "Showing"
import { RexError } from '../../error.ts'
import { codeEntry, LISTS, type ListName } from '../lists.ts'

/** The label of a code in the locale, else in English; an unknown code is shown as it is. */
export function label(list: ListName, code: string, locale = 'en'): string {
  const entry = codeEntry(list, code)
  const translations = entry?.translations ?? {}
  const tags = [locale, languageOf(locale)]
  const found = tags.find((tag) => Object.hasOwn(translations, tag))
  return (found === undefined ? entry?.label : translations[found]) ?? code
}

/** The label of a code in a rule that protects somebody: with the English beside a translation that nobody has confirmed (REX-REF-102). */
export function ruleLabel(list: ListName, code: string, locale = 'en'): string {
  const text = label(list, code, locale)
  return LISTS[list].unconfirmed.includes(languageOf(locale)) ? beside(text, label(list, code)) : text
}

/** A text with the English beside it, unless it is the same. */
export function beside(text: string, english: string): string {
  return text === english ? text : `${text} [${english}]`
}

/** The language of a locale: `fr` of `fr-CA`. */
export function languageOf(locale: string): string {
  return locale.split('-')[0] ?? ''
}

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
