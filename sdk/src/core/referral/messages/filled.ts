// Fills values into the texts of problems and findings. docs/spec/referral.md, "Findings"

/** Names of placeholders whose value may be the key of a phrase. */
const NAMING_PHRASES: ReadonlySet<string> = new Set(['why', 'rule', 'organisation', 'person', 'form'])

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
export function furtherPlaces(count: number, { more }: Readonly<Record<'more', string>>): string {
  return count === 1 ? '' : ` ${filled(more, { count: String(count - 1) }, {})}`
}

/** Appends the English text in brackets, unless both texts are the same. */
export function beside(text: string, english: string): string {
  return text === english ? text : `${text} [${english}]`
}
