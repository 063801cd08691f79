// Writes lines to a stream, in colour only if that is wanted. docs/guide/rex-desk.md
import { directed } from '../language/isolate.ts'
import { type Line, type Piece, plain, rows, type Style } from './lines.ts'

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  name: [36, 39],
}

/** Options for rendering lines. */
export interface Rendering {
  readonly colour: boolean
  /** Width of the terminal in columns, at which every line is broken between words. Default: only flowing text is broken, at 100 columns. */
  readonly width?: number | undefined
}

/** Renders lines. Makes every piece harmless (T-122), adds colours on request, and ends each line. */
export function render(lines: readonly Line[], { colour, width }: Rendering): string {
  const paint = (row: readonly Piece[]) =>
    directed(row.map((piece) => (colour ? paintPiece(piece) : plain([piece]))).join(''))
  return lines.flatMap((line) => rows(line, width).map((row) => `${paint(row)}\n`)).join('')
}

/** Returns the width of a terminal in columns, or undefined for a file or pipe. */
export function columnsOf(stream: {
  readonly isTTY?: boolean
  readonly columns?: number
}): number | undefined {
  return stream.isTTY === true && (stream.columns ?? 0) > 0 ? stream.columns : undefined
}

/** Whether to use colours: only on terminals whose user has not turned them off (no-color.org). */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  const unwanted = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb'
  return stream.isTTY === true && !unwanted
}

function paintPiece(piece: Piece): string {
  if (typeof piece === 'string') return plain(piece)
  const [on, off] = CODES[piece.style]
  return `\u001b[${on}m${plain(piece.text)}\u001b[${off}m`
}
