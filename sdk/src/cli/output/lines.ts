// Lines of styled text, which views return and the screen writes. docs/guide/rex-desk.md
import { isolate } from '../language/language.ts'
import { printable } from './printable.ts'
import { rowsOf, widthOf } from './wrap.ts'

export { widthOf } from './wrap.ts'

/** Style of a piece of text. No meaning depends on colour alone. */
export type Style = 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'name'

/** Styled text. Its content is untrusted data, which is made harmless when written. */
export interface Span {
  readonly text: string
  readonly style: Style
}

/** A piece of a line: plain or styled text. */
export type Piece = string | Span

/** A line that is broken between words to fit the output. */
export interface Flowing {
  readonly pieces: readonly Piece[]
  /** Indentation of the rows after the first, in columns. */
  readonly hang: number
}

/** One line of output for people: plain text, pieces, or pieces that flow. */
export type Line = string | readonly Piece[] | Flowing

/** Width of flowing text if the output does not state its width. */
const WIDTH = 100

const styled =
  (style: Style) =>
  (text: string): Span => ({ text, style })

/** Styles text that should be read first. */
export const bold = styled('bold')
/** Styles text of minor importance. */
export const dim = styled('dim')
/** Styles a success. */
export const good = styled('good')
/** Styles a warning. */
export const warn = styled('warn')
/** Styles a failure. */
export const bad = styled('bad')
/** Styles text to type again, such as an id or a command. */
export const name = styled('name')

/** Makes a heading, preceded by an empty line. */
export function heading(text: string): Line[] {
  return ['', [bold(text)]]
}

/** Layout of free text. */
interface BlockOptions {
  /** Indentation in columns. Default: 2. */
  readonly indent?: number
  /** Total width in columns. Default: that of the output. */
  readonly width?: number
  /** Text that replaces the indentation of the first line, such as a label. */
  readonly lead?: Piece
}

/** Wraps free text and keeps its line breaks. */
export function block(text: string, { indent = 2, width, lead }: BlockOptions = {}): Line[] {
  const margin = ' '.repeat(indent)
  const paragraphs = text.replaceAll('\t', '  ').split(/\r\n|\n|\r/)
  const flowing = paragraphs.map((paragraph, i): Line => {
    if (i === 0 && lead !== undefined) return { pieces: [lead, paragraph], hang: indent }
    return paragraph === '' ? '' : { pieces: [margin + paragraph], hang: indent }
  })
  return width === undefined ? flowing : flowing.flatMap((line) => rows(line, width).map(joined))
}

/** Breaks a line into rows for an output of this width. Default: only flowing text is broken. */
export function rows(line: Line, width?: number): readonly (readonly Piece[])[] {
  const { pieces, hang } = isFlowing(line) ? line : fixed(line)
  if (width === undefined && !isFlowing(line)) return [pieces]
  const parts = pieces.map((piece) => ({ text: printable(textOf(piece)), withText: styledLike(piece) }))
  return rowsOf(parts, { width: width ?? WIDTH, hang })
}

function isFlowing(line: Line): line is Flowing {
  return typeof line === 'object' && 'hang' in line
}

/**
 * Indents all rows but the first. If the first piece is a label, the other rows align with the text after the label; otherwise
 * they are indented by two more columns than the first row.
 */
function fixed(line: string | readonly Piece[]): Flowing {
  const pieces = typeof line === 'string' ? [line] : line
  const first = textOf(pieces[0] ?? '')
  const [margin = ''] = /^ */.exec(first) ?? []
  return { pieces, hang: /\S {2,}$/.test(first) ? widthOf(first) : margin.length + 2 }
}

function styledLike(piece: Piece): (text: string) => Piece {
  return typeof piece === 'string' ? (text) => text : (text) => ({ ...piece, text })
}

function joined(row: readonly Piece[]): Line {
  return row.every((piece) => typeof piece === 'string') ? row.join('') : row
}

/** Aligns rows in columns. The last column has no fixed width. */
export function columns(rows: readonly (readonly Piece[])[], { indent = 2, gap = 2 } = {}): Line[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [i, piece] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(textOf(piece)))
  return rows.map((row) => [
    ' '.repeat(indent),
    ...row.flatMap((piece, i): Piece[] =>
      i === row.length - 1
        ? [inCell(piece)]
        : [inCell(piece), ' '.repeat((widths[i] as number) - widthOf(textOf(piece)) + gap)],
    ),
  ])
}

/** Returns the text of a line without styles, made harmless. */
export function plain(line: Line): string {
  return rows(line)
    .map((row) => row.map((piece) => printable(textOf(piece))).join(''))
    .join('\n')
}

/** Makes a piece of a column, isolated so that it keeps its place among its neighbours. */
function inCell(piece: Piece): Piece {
  return typeof piece === 'string' ? isolate(piece) : { ...piece, text: isolate(piece.text) }
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text
}
