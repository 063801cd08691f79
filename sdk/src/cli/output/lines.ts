// Lines of styled text: what a view returns and the screen writes. docs/guide/rex-desk.md
import { printable } from './printable.ts'

/** How a piece of text looks where colours are on; without them nothing is lost but the look. */
export type Style = 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'name'

/** A piece of text with a look. Its text is data: it is made harmless when it is written. */
export interface Span {
  readonly text: string
  readonly style: Style
}

/** A piece of a line. */
export type Piece = string | Span

/** One line for people. */
export type Line = string | readonly Piece[]

const styled =
  (style: Style) =>
  (text: string): Span => ({ text, style })

/** What the eye looks for first. */
export const bold = styled('bold')
/** What can be skipped. */
export const dim = styled('dim')
/** What went well. */
export const good = styled('good')
/** What wants attention. */
export const warn = styled('warn')
/** What went wrong. */
export const bad = styled('bad')
/** A word to type again: an id, a command. */
export const name = styled('name')

/** A heading with an empty line before it. */
export function heading(text: string): Line[] {
  return ['', [bold(text)]]
}

/** How free text is laid out. */
export interface BlockOptions {
  /** Columns of white space in front. Default: 2. */
  readonly indent?: number
  /** Columns in all. Default: 100. */
  readonly width?: number
  /** What stands in front of the first line instead of white space, such as a label. */
  readonly lead?: Piece
}

/** Free text as it was written, its line breaks kept, wrapped. */
export function block(text: string, { indent = 2, width = 100, lead }: BlockOptions = {}): Line[] {
  const margin = ' '.repeat(indent)
  return text
    .replaceAll('\t', '  ')
    .split(/\r\n|\n|\r/)
    .flatMap((paragraph) => wrap(paragraph, width - indent))
    .map((line, i) => {
      if (i === 0 && lead !== undefined) return [lead, line]
      return line === '' ? '' : margin + line
    })
}

/** Rows with their columns below each other; the last column runs free. */
export function columns(rows: readonly (readonly Piece[])[], { indent = 2, gap = 2 } = {}): Line[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [i, piece] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(textOf(piece)))
  return rows.map((row) => [
    ' '.repeat(indent),
    ...row.flatMap((piece, i): Piece[] =>
      i === row.length - 1
        ? [piece]
        : [piece, ' '.repeat((widths[i] as number) - widthOf(textOf(piece)) + gap)],
    ),
  ])
}

/** The text of a line without its looks, harmless. */
export function plain(line: Line): string {
  return (typeof line === 'string' ? [line] : line).map((piece) => printable(textOf(piece))).join('')
}

/** Columns that a text takes on a terminal, as far as Unicode tells. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of printable(text)) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue
    width += WIDE.test(character) ? 2 : 1
  }
  return width
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text
}

function wrap(paragraph: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of paragraph.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
