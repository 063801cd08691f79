// A recovery kit on the terminal: the numbered words, and where to keep them. docs/guide/rex-desk.md, "Recovery kit"
import { safety, t } from '../../language/language.ts'
import { block, bold, columns, type Line, type Piece, warn } from '../../output/lines.ts'

const COLUMNS = 4

const shown = (): string[] => [
  t`These 24 words set a new passphrase if yours is lost. They are shown only this once.`,
  safety`Copy them by hand onto paper, with their numbers, and have a second person read them back.`,
]

/** Returns pieces of advice on where to keep a kit, each of one or two sentences. */
export const advice = (): string[] => [
  safety`Put the paper into a sealed envelope with the date, and the envelope into a safe. Two people know where it is, and open it only together.`,
  safety`Never in a photo, a mail, a chat or a cloud; never beside the computer; never in the password manager of somebody who knows the passphrase.`,
  safety`Whoever has these words and a copy of the desk can read everything. If the envelope was opened or is missing, run rex-desk kit --new.`,
  t`The words do not help with a lost disk: that takes a backup.`,
]

/** Shows the words in rows of four, and the advice. At most 80 columns wide. */
export function kitLines(kit: readonly string[]): Line[] {
  return [
    '',
    [bold(t`Recovery kit`)],
    ...columns(numberedRows(kit)),
    '',
    ...[...shown(), ...advice()].flatMap((sentence) => block(sentence, { lead: '- ' })),
    [warn('! '), safety`Then clear this window: the words stay in it.`],
  ]
}

function numberedRows(kit: readonly string[]): Piece[][] {
  const cells = kit.map((word, i) => `${String(i + 1).padStart(2)}. ${word}`)
  return Array.from({ length: Math.ceil(cells.length / COLUMNS) }, (_, row) =>
    cells.slice(row * COLUMNS, (row + 1) * COLUMNS),
  )
}
