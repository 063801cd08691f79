// What an evidence bundle proves, in sentences. docs/guide/rex-desk.md, "Evidence"
import type { EvidenceReport, ProvenMessage } from '../../core/receipt/evidence.ts'
import { bold, good, heading, type Line, warn } from '../output/lines.ts'
import { localTime } from '../output/time.ts'
import { counted, shortId, testMark, words } from './words.ts'

/** What stands proven. `judgedBy` says whose keys were trusted. */
export function evidenceLines(report: EvidenceReport, judgedBy: string): Line[] {
  const { messages } = report
  return [
    [good('The evidence holds.'), ` ${counted(messages.length, 'message')}, judged by ${judgedBy}.`],
    ...messages.flatMap(messageLines),
    ...heading('What this does not prove'),
    '  That the content is true, that a person read it, or that nothing else was sent.',
  ]
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
