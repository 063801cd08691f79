// Breaks lines between words, at any width and in any script. docs/guide/rex-desk.md
import { unmarked } from '../language/isolate.ts'
import { printable } from './printable.ts'

/** Scripts that write no spaces between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|(?!\p{RI})\p{Emoji_Presentation}/u

/** Returns how many columns a text occupies on a terminal, as far as Unicode defines that. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of unmarked(printable(text))) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue
    width += WIDE.test(character) ? 2 : 1
  }
  return width
}

/** A part of a line, such as styled text. `withText` makes a part with the same style and another text. */
export interface Part<T> {
  readonly text: string
  readonly withText: (text: string) => T
}

/**
 * Breaks a line into rows of at most `width` columns. Rows after the first begin with `hang` spaces. A word wider than a row gets a row to itself and
 * is not broken, because a broken link or id cannot be copied.
 */
export function rowsOf<T>(
  parts: readonly Part<T>[],
  { width, hang }: { width: number; hang: number },
): (T | string)[][] {
  const margin = ' '.repeat(hang <= width / 2 ? hang : 2)
  const rows: (T | string)[][] = [[]]
  let used = 0
  let isEmpty = true
  let spaces: { readonly part: Part<T>; readonly text: string } | undefined
  const put = (part: Part<T>, text: string) => {
    rows.at(-1)?.push(part.withText(text))
    used += widthOf(text)
  }
  for (const part of parts)
    for (const text of piecesOf(part.text)) {
      if (text.startsWith(' ')) {
        if (isEmpty && rows.length === 1) put(part, text)
        else if (spaces === undefined) spaces = { part, text }
        continue
      }
      if (!isEmpty && used + (spaces?.text.length ?? 0) + widthOf(text) > width) {
        rows.push([margin])
        used = margin.length
      } else if (spaces !== undefined) put(spaces.part, spaces.text)
      spaces = undefined
      put(part, text)
      isEmpty = false
    }
  return rows
}

/** Splits a text into words and the spaces between them. A line may break before each word. */
function piecesOf(text: string): string[] {
  return (text.match(/ +|[^ ]+/g) ?? []).flatMap((piece) =>
    UNSPACED.test(piece) ? segmentsOf(piece) : [piece],
  )
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })

/** Splits a text without spaces into words. Punctuation stays with the preceding word. */
function segmentsOf(text: string): string[] {
  const words: string[] = []
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    if (isWordLike === true || words.length === 0) words.push(segment)
    else words[words.length - 1] += segment
  }
  return words
}
