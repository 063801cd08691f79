// The facts that an evidence bundle proves, in sentences. docs/guide/rex-desk.md, "Evidence"
import type { EvidenceReport, ProvenMessage } from '../../core/receipt/report.ts'
import { bold, dim, good, type Line, warn } from '../output/lines.ts'
import { localTime } from '../output/time.ts'
import { wordPieces } from './peers.ts'
import { counted, shortId, testMark, words } from './words.ts'

/** The trusted keys, and who vouched for them. */
export interface Judgement {
  readonly judgedBy: string
  readonly keys: readonly { readonly organisation: string; readonly words: readonly string[] }[]
}

/** The proven facts. */
export function evidenceLines(report: EvidenceReport, { judgedBy, keys }: Judgement): Line[] {
  const { messages } = report
  return [
    [good('The evidence is valid.'), ` ${counted(messages.length, 'message')}, judged by ${judgedBy}.`],
    ...keys.map(keyLine),
    ...messages.flatMap(messageLines),
    '',
    'It does not prove that the statements are true, nor that nothing else was said.',
  ]
}

/** The key of an organisation by its six words. */
export function keyLine({ organisation, words: list }: Judgement['keys'][number]): Line {
  return [dim('  key of '), organisation, dim(': '), ...wordPieces(list)]
}

function messageLines(message: ProvenMessage): Line[] {
  const sections = message.sections.length === 0 ? 'no content shown' : `with ${message.sections.join(', ')}`
  return [
    '',
    [
      bold(words(message.type)),
      ` signed by ${message.sender}, dated ${localTime(message.createdMs)}`,
      ...testMark(message.test),
    ],
    `  thread ${shortId(message.thread)}, message ${shortId(message.digest)}, ${sections}`,
    ...message.deliveries.flatMap(deliveryLines),
  ]
}

function deliveryLines({ recipient, storedMs, receipts }: ProvenMessage['deliveries'][number]): Line[] {
  const stored: Line =
    storedMs === undefined
      ? ['  ', warn(`no receipt of the gateway of ${recipient}`)]
      : `  stored by the gateway of ${recipient} on ${localTime(storedMs)}`
  return [
    stored,
    ...receipts.map(
      ({ status, timeMs, code }) =>
        `  ${words(status)} by the desk of ${recipient} on ${localTime(timeMs)}${code === '' ? '' : ` (${code})`}`,
    ),
  ]
}
