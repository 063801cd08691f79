// Texts of findings with their values. docs/spec/referral.md, "Findings"
import { PHRASES } from './catalogue.ts'

/** Placeholders whose value is the key of a phrase. */
const NAMING_PHRASES: ReadonlySet<string> = new Set(['why', 'rule', 'organisation', 'person'])

/** A text with the values in place of its placeholders. */
export function filled(
  text: string,
  values: Readonly<Record<string, string>>,
  phrases: Readonly<Record<string, string>>,
): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? ''
    return NAMING_PHRASES.has(name) ? (phrases[value] ?? value) : value
  })
}

/** What a message says about the number of further places. */
export function furtherPlaces(count: number, phrases: Readonly<Record<'more', string>> = PHRASES): string {
  return count === 1 ? '' : ` ${filled(phrases.more, { count: String(count - 1) }, {})}`
}
