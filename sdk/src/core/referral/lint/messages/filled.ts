// Fills values into the texts of findings. docs/spec/referral.md, "Findings"
import { PHRASES } from './catalogue.ts'

/** Placeholders whose value is the key of a phrase. */
const NAMING_PHRASES: ReadonlySet<string> = new Set(['why', 'rule', 'organisation', 'person'])

/** Replaces the placeholders of a text by values. */
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

/** Returns the part of a message that states the number of further places. */
export function furtherPlaces(count: number, phrases: Readonly<Record<'more', string>> = PHRASES): string {
  return count === 1 ? '' : ` ${filled(phrases.more, { count: String(count - 1) }, {})}`
}
