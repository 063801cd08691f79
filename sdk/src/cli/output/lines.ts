// Lines of styled text: returned by views, written by the screen. docs/guide/rex-desk.md
import { printable } from './printable.ts'

/** Style of a piece of text. Colours carry no meaning of their own. */
export type Style = 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'name'

/** Styled text. The text is data: it is made harmless when written. */
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

/** The first thing to read. */
export const bold = styled('bold')
/** Text of minor importance. */
export const dim = styled('dim')
/** A success. */
export const good = styled('good')
/** A warning. */
export const warn = styled('warn')
/** A failure. */
export const bad = styled('bad')
/** Text to type again: an id, a command. */
export const name = styled('name')

/** A heading, preceded by an empty line. */
export function heading(text: string): Line[] {
  return ['', [bold(text)]]
}

/** Layout of free text. */
interface BlockOptions {
  /** Columns of indentation. Default: 2. */
  readonly indent?: number
  /** Total columns. Default: 100. */
  readonly width?: number
  /** Text that replaces the indentation of the first line, such as a label. */
  readonly lead?: Piece
}

/** Free text, wrapped, with its line breaks kept. */
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

/** Rows with aligned columns. The last column has no fixed width. */
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

/** The text of a line without styles, made harmless. */
export function plain(line: Line): string {
  return (typeof line === 'string' ? [line] : line).map((piece) => printable(textOf(piece))).join('')
}

/** Columns that a text occupies on a terminal, as far as Unicode defines that. */
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
