// Makes text harmless for a terminal: characters that could move the cursor, or colour, reorder or hide text are shown as codes.
// docs/guide/rex-desk.md
import { ISOLATION } from '../language/isolate.ts'

/** Scripts in which joiners and variation selectors shape letters, so the text would be misspelled without them. */
const SHAPED =
  '[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Mymr}\\p{scx=Khmr}\\p{scx=Tibt}\\p{scx=Mong}]'
const EMOJI = '[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f]'
/**
 * Invisible characters that are needed: joiners between letters of the scripts above or between pictographs, and selectors after the character that
 * they modify.
 */
const NEEDED = [
  `(?<=${SHAPED})[\\u200c\\u200d](?=${SHAPED})`,
  `(?<=${EMOJI})\\u200d(?=\\p{Extended_Pictographic})`,
  '(?<=[\\p{Emoji}\\p{S}\\p{P}])[\\ufe0e\\ufe0f]',
  '(?<=\\p{sc=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  '(?<=\\p{sc=Mong})[\\u180b-\\u180f]',
].join('|')
/**
 * Characters shown as codes: controls, lone surrogates, line and paragraph separators, and all invisible characters such as zero-width, soft hyphens,
 * bidi controls, fillers and tags.
 */
const UNPRINTABLE = new RegExp(
  `(?!${NEEDED})[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\ufff9-\\ufffb\\ufdd0-\\ufdef\\u2800]`,
  'gu',
)
const KEPT_OR_NOT = new RegExp(`(${ISOLATION})|${UNPRINTABLE.source}`, 'gu')

/** Replaces characters that control the terminal, including line breaks and tabs, by visible codes (T-122). */
export function printable(text: string): string {
  return text.replace(KEPT_OR_NOT, (found, kept) => kept ?? `\\u{${codePoint(found)}}`)
}

/** Formats a value as one line of JSON that cannot control a terminal. Every JSON parser reads the same value from it. */
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
