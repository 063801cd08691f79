// Writes lines to a stream, in colour only where that is wanted. docs/guide/rex-desk.md
import { type Line, type Piece, plain, type Style } from './lines.ts'

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  name: [36, 39],
}

/** Lines as bytes: every piece harmless (T-122), coloured on request, each line ended. */
export function render(lines: readonly Line[], { colour }: { colour: boolean }): string {
  return lines.map((line) => `${colour ? paint(line) : plain(line)}\n`).join('')
}

/** Colours are for terminals whose user did not turn them off (no-color.org). */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  const unwanted = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb'
  return stream.isTTY === true && !unwanted
}

function paint(line: Line): string {
  return (typeof line === 'string' ? [line] : line).map(paintPiece).join('')
}

function paintPiece(piece: Piece): string {
  if (typeof piece === 'string') return plain(piece)
  const [on, off] = CODES[piece.style]
  return `\u001b[${on}m${plain(piece.text)}\u001b[${off}m`
}
