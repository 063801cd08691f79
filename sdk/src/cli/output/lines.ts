// Lines of styled text: returned by views, written by the screen. docs/guide/rex-desk.md
import { printable } from './printable.ts'
import { rowsOf, widthOf } from './wrap.ts'

export { widthOf } from './wrap.ts'

/** Style of a piece of text. Colours carry no meaning of their own. */
export type Style = 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'name'

/** Styled text. The text is data: it is made harmless when written. */
export interface Span {
  readonly text: string
  readonly style: Style
}

/** A piece of a line. */
export type Piece = string | Span

/** A line that is broken between words where it is shown. */
export interface Flowing {
  readonly pieces: readonly Piece[]
  /** Columns of indentation of its rows after the first. */
  readonly hang: number
}

/** One line for people. */
export type Line = string | readonly Piece[] | Flowing

/** Width of flowing text where the output says none. */
const WIDTH = 100

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
  /** Total columns. Default: those of the output. */
  readonly width?: number
  /** Text that replaces the indentation of the first line, such as a label. */
  readonly lead?: Piece
}

/** Free text, wrapped, with its line breaks kept. */
export function block(text: string, { indent = 2, width, lead }: BlockOptions = {}): Line[] {
  const margin = ' '.repeat(indent)
  const paragraphs = text.replaceAll('\t', '  ').split(/\r\n|\n|\r/)
  const flowing = paragraphs.map((paragraph, i): Line => {
    if (i === 0 && lead !== undefined) return { pieces: [lead, paragraph], hang: indent }
    return paragraph === '' ? '' : { pieces: [margin + paragraph], hang: indent }
  })
  return width === undefined ? flowing : flowing.flatMap((line) => rows(line, width).map(joined))
}

/** The rows of a line on an output of this width. Default: only flowing text is broken. */
export function rows(line: Line, width?: number): readonly (readonly Piece[])[] {
  const { pieces, hang } = isFlowing(line) ? line : fixed(line)
  if (width === undefined && !isFlowing(line)) return [pieces]
  const parts = pieces.map((piece) => ({ text: printable(textOf(piece)), withText: styledLike(piece) }))
  return rowsOf(parts, { width: width ?? WIDTH, hang })
}

function isFlowing(line: Line): line is Flowing {
  return typeof line === 'object' && 'hang' in line
}

/** A label at the beginning of a line indents the rest of the line. */
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
  return rows(line)
    .map((row) => row.map((piece) => printable(textOf(piece))).join(''))
    .join('\n')
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text
}
