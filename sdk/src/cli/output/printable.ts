// Makes text harmless for a terminal: characters that could move the cursor, colour, reorder or hide text are shown as
// codes.
// docs/guide/rex-desk.md

/** Scripts in which joiners and variation selectors shape letters: without them the text is spelled wrongly. */
const SHAPED =
  '[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Mymr}\\p{scx=Khmr}\\p{scx=Tibt}\\p{scx=Mong}]'
const EMOJI = '[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f]'
/** Invisible characters with a task: joiners between letters of those scripts or pictographs, and selectors behind what they select. */
const NEEDED = [
  `(?<=${SHAPED})[\\u200c\\u200d](?=${SHAPED})`,
  `(?<=${EMOJI})\\u200d(?=\\p{Extended_Pictographic})`,
  '(?<=[\\p{Emoji}\\p{S}\\p{P}])[\\ufe0e\\ufe0f]',
  '(?<=\\p{sc=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  '(?<=\\p{sc=Mong})[\\u180b-\\u180f]',
].join('|')
/** Controls, lone surrogates, line and paragraph separators, and everything that shows nothing: zero-width, soft hyphens, bidi controls, fillers, tags. */
const UNPRINTABLE = new RegExp(
  `(?!${NEEDED})[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\ufff9-\\ufffb\\u2800]`,
  'gu',
)

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
