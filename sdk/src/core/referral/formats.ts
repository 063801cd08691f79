// Formats of texts: patterns that match in linear time, and a check where a pattern is not enough. docs/spec/referral.md, "Texts, ids and
// numbers"
import { isInstant, isPartialDate } from './dates.ts'

/** A required form of texts. */
export interface Format {
  /** Source of a regular expression over the whole text, for the `u` flag. */
  readonly pattern: string
  /** Checks rules that the pattern cannot express. Default: none. */
  readonly check?: (text: string) => boolean
  /** Completes the sentence "must be …" in messages. */
  readonly says: string
}

/** A character of free text: no NUL and no lone surrogate. Everything else is kept as written (REX-REF-041). */
const PROSE = '[^\\u0000\\ud800-\\udfff]'
/** A character of free text on one line. */
const NAME = '[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff]'
/** A character of an identifier: excludes bidirectional and invisible controls, which could make two identifiers look alike (REX-REF-042). */
const LINE =
  '[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ud800-\\udfff]'

/** All formats. */
export const FORMATS = {
  prose: { pattern: `^${PROSE}+$`, says: 'text without NUL or broken characters' },
  name: { pattern: `^${NAME}+$`, says: 'one line of text' },
  line: { pattern: `^${LINE}+$`, says: 'one line without control or invisible characters' },
  'local-id': {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._\\-]*$',
    says: 'an id of letters, digits, dots, hyphens and underscores',
  },
  code: { pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', says: 'a code of lower-case words joined by hyphens' },
  language: {
    pattern: '^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|x(-[A-Za-z0-9]{1,8})+)$',
    says: 'a BCP 47 tag such as "uk" or "ar-Latn"',
  },
  country: { pattern: '^[A-Z]{2}$', says: 'an ISO 3166-1 code of two capitals such as "UA"' },
  'partial-date': {
    pattern: '^[0-9T:+Z?~%./\\-]+$',
    check: isPartialDate,
    says: 'a date such as "2014", "2014-05~", "2014-05-09" or "2014/2016-03"',
  },
  instant: {
    pattern: '^[0-9T:+Z.\\-]+$',
    check: isInstant,
    says: 'a time with its zone such as "2026-05-09T14:30:00+02:00"',
  },
  clock: { pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', says: 'a time of day such as "15:30"' },
  zone: {
    pattern: '^[A-Za-z0-9_+\\-]+(/[A-Za-z0-9_+\\-]+)*$',
    says: 'an IANA time zone such as "Europe/Kyiv"',
  },
  'group-id': { pattern: '^[0-9a-f]{32}$', says: '16 random bytes as 32 lower-case hexadecimal digits' },
  url: {
    pattern: `^[a-z][a-z0-9+.\\-]*:${LINE}+$`,
    says: 'a URL such as "https://site.example/page"',
  },
  organisation: {
    pattern: '^https://[a-z0-9.\\-]+(/[a-z0-9._~\\-]+)*$',
    says: 'an entity identifier such as "https://ngo.example"',
  },
  decimal: { pattern: '^-?[0-9]{1,18}([.][0-9]{1,18})?$', says: 'a decimal number such as "-12.50"' },
  'network-address': { pattern: '^[0-9A-Fa-f.:]+$', says: 'an IPv4 or IPv6 address' },
} as const satisfies Record<string, Format>

/** Name of a format. */
export type FormatName = keyof typeof FORMATS

const EXPRESSIONS = new Map(
  Object.entries(FORMATS).map(([name, format]) => [name, new RegExp(format.pattern, 'u')]),
)

/** Whether a text has the format. */
export function matches(name: FormatName, text: string): boolean {
  const format: Format = FORMATS[name]
  return EXPRESSIONS.get(name)?.test(text) === true && (format.check?.(text) ?? true)
}

/** Checks of the formats that a pattern cannot express, by format name, in the form that JSON Schema validators accept (REX-REF-054). */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  'partial-date': isPartialDate,
  instant: isInstant,
}
