// The facts that an evidence bundle proves, for a terminal. docs/guide/rex-desk.md, "Evidence"
import type { EvidenceFindings, ProvenDelivery, ProvenMessage } from '../../../core/receipt/report.ts'
import { bad, block, bold, dim, good, heading, type Line, warn } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { wordPieces } from '../peers.ts'
import { shortId, testMark, words } from '../words.ts'
import {
  existence,
  isUntied,
  type Judgement,
  knownUntil,
  NOT_PROVEN,
  PROVEN,
  refutation,
  UNTIED,
  verdict,
} from './sentences.ts'

/** States the proven facts, why the keys are trusted, the dates of the newest statements, and the facts that are not proven. */
export function evidenceLines(findings: EvidenceFindings, judgement: Judgement): Line[] {
  const { messages, refuted } = findings
  const paint = refuted.length === 0 ? good : bad
  return [
    [paint(verdict(findings)), ` Judged by ${judgement.judgedBy}.`],
    ...judgement.keys.map(keyLine),
    ...(refuted.length === 0 ? [] : heading('Refuted')),
    ...refuted.flatMap((part) => sentence(`${refutation(part, localTime)} (${part.path})`)),
    ...messages.flatMap(messageLines),
    ...heading('What this proves'),
    ...PROVEN.flatMap(sentence),
    ...heading('Until when'),
    ...knownUntil(findings, judgement, localTime).flatMap(sentence),
    ...heading('What it does not prove'),
    ...NOT_PROVEN.flatMap(sentence),
  ]
}

/** Shows the key of an organisation by its six words. */
export function keyLine({ organisation, words: list }: Judgement['keys'][number]): Line {
  return [dim('  key of '), organisation, dim(': '), ...wordPieces(list)]
}

function sentence(text: string): Line[] {
  return block(text, { indent: 4, lead: '  - ' })
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
    ...block(existence(message, localTime)),
  ]
}

function deliveryLines(delivery: ProvenDelivery): Line[] {
  const { recipient, storedMs, receipts } = delivery
  const stored: Line =
    storedMs === undefined
      ? ['  ', warn(`no receipt of the gateway of ${recipient}`)]
      : `  stored by the gateway of ${recipient} on ${localTime(storedMs)}`
  return [
    stored,
    ...(isUntied(delivery) ? [['  ', warn(UNTIED)]] : []),
    ...receipts.map(
      ({ status, timeMs, code }) =>
        `  ${words(status)} by the desk of ${recipient} on ${localTime(timeMs)}${code === '' ? '' : ` (${code})`}`,
    ),
  ]
}
