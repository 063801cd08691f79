// Makes text harmless for a terminal: characters that could move the cursor, colour, reorder or hide text are shown as
// codes.
// docs/guide/rex-desk.md
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

/** Text in which no character controls the terminal (T-122). Line breaks and tabs are shown as codes too. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (found) => `\\u{${codePoint(found)}}`)
}

/** One line of JSON that cannot control a terminal; the same value for every JSON parser. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, (found) =>
    Array.from({ length: found.length }, (_, i) => found.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

function codePoint(character: string): string {
  return (character.codePointAt(0) as number).toString(16)
}
