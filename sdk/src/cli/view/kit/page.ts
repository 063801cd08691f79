// A recovery kit as a page to print: one HTML file without scripts, on one A4 sheet. docs/guide/rex-desk.md, "Recovery kit"
import { bullets, element, page, paragraphs, text } from '../../output/html.ts'
import { advice } from './lines.ts'

const ROWS = 8

/** A kit to print. */
export interface PrintedKit {
  readonly kit: readonly string[]
  /** Name and identifier of the organisation. Default: a line to fill in. */
  readonly organisation?: string
  /** When the page was made. Unix milliseconds. */
  readonly now: number
}

/** Makes the page. Anyone who reads the file has the kit, so the page says to delete the file after printing. */
export function kitPage({ kit, organisation, now }: PrintedKit): string {
  const date = new Date(now).toISOString().slice(0, 10)
  return page('REX recovery kit', [
    element('h1', 'REX recovery kit'),
    element(
      'p class="verdict"',
      text('Print this page, then delete the file, also from the wastebasket and the queue of the printer.'),
    ),
    paragraphs([
      `Organisation: ${organisation ?? '.'.repeat(60)}`,
      `Made on ${date} (UTC). It replaces every earlier kit of this desk.`,
    ]),
    element('table', element('tbody', ...rowsOf(kit))),
    element('h2', 'What it is for, and where it belongs'),
    bullets(advice()),
    element('h2', 'If the passphrase is lost'),
    paragraphs([
      'On the computer of the desk, run rex-desk recover and type the words in the order of their numbers. Capitals, spaces and numbers do not matter, and the first four letters of a word suffice.',
      `Sealed on ${'.'.repeat(18)} by ${'.'.repeat(28)} and ${'.'.repeat(28)}`,
      `Opened on ${'.'.repeat(18)} by ${'.'.repeat(28)} and ${'.'.repeat(28)}`,
    ]),
  ])
}

/** Arranges the words in three columns of eight, to be read downwards. */
function rowsOf(kit: readonly string[]): string[] {
  return Array.from({ length: ROWS }, (_, row) => {
    const cells = [row, row + ROWS, row + 2 * ROWS].map((i) =>
      element('td', text(`${i + 1}. `), element('b', text(kit[i] ?? ''))),
    )
    return element('tr', ...cells)
  })
}
