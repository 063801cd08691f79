// The facts that an evidence bundle proves, as a page to print, for a court's expert. docs/guide/rex-desk.md, "Evidence"
import type { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import type { EvidenceFindings, ProvenDelivery, ProvenMessage } from '../../../core/receipt/report.ts'
import { bullets, code, element, page, paragraphs, table, text } from '../../output/html.ts'
import { words } from '../words.ts'
import { digestList, procedure, signatureList } from './by-hand.ts'
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
import { digestsOf, signaturesOf } from './signatures.ts'

/** Content of a report. */
export interface Reported {
  /** Name of the evidence file. */
  readonly file: string
  /** SHA-256 of the file, hex. */
  readonly sha256: string
  readonly bundle: EvidenceBundle
  readonly findings: EvidenceFindings
  readonly judgement: Judgement
  /** When the evidence was checked. Unix milliseconds. */
  readonly now: number
}

/** Makes the report: one HTML file, with everything in the bundle except the content of sections. */
export function evidencePage({ file, sha256, bundle, findings, judgement, now }: Reported): string {
  const { messages, refuted } = findings
  return page('REX evidence report', [
    element('h1', 'Report on REX evidence'),
    element('p class="verdict"', text(verdict(findings))),
    ...(messages.some(({ test }) => test)
      ? [element('p', element('strong', 'TEST TRAFFIC: this is a rehearsal; no person in it is real.'))]
      : []),
    table(
      ['what', 'value'],
      [
        ['file', file],
        ['SHA-256 of the file', sha256],
        ['checked on', utc(now)],
        ['keys judged by', judgement.judgedBy],
      ],
    ),
    element('p', 'All times are in UTC, in the Gregorian calendar.'),
    ...section('Organisations', organisations(findings, judgement)),
    ...(refuted.length === 0
      ? []
      : section(
          'What is refuted',
          bullets(refuted.map((part) => `${refutation(part, utc)} (${part.path})`)),
        )),
    ...section('What is proven', bullets(PROVEN), ...messages.map(messagePart)),
    ...section('Until when', paragraphs(knownUntil(findings, judgement, utc))),
    ...section('What is not proven', bullets(NOT_PROVEN)),
    ...procedure(sha256),
    ...signatureList(signaturesOf(bundle)),
    ...digestList(digestsOf(bundle)),
  ])
}

function section(title: string, ...content: readonly string[]): string[] {
  return [element('h2', title), ...content]
}

function organisations({ known }: EvidenceFindings, { keys }: Judgement): string {
  const wordsOf = (id: string) => keys.find(({ organisation }) => organisation === id)?.words ?? []
  return table(
    ['organisation', 'name', 'six words of its key', 'newest statement', 'keys in other hands'],
    known.map(({ organisation, name, newestMs, compromised }) => [
      organisation,
      name,
      wordsOf(organisation).join(' '),
      utc(newestMs),
      compromised
        .map(({ kid, sinceMs, saidMs }) => `${kid} since ${utc(sinceMs)}, said on ${utc(saidMs)}`)
        .join('; ') || 'none known',
    ]),
  )
}

function messagePart(message: ProvenMessage, index: number): string {
  const { type, sender, createdMs, thread, digest, sections, deliveries } = message
  return [
    element('h3', text(`${index + 1}. ${words(type)}, signed by ${sender}`)),
    element('p', text(`Dated ${utc(createdMs)} by the sender. ${existence(message, utc)}`)),
    element('p', 'Thread ', code(thread), ', message ', code(digest)),
    element(
      'p',
      text(
        sections.length === 0 ? 'Its content is not in the file.' : `The file holds: ${sections.join(', ')}.`,
      ),
    ),
    ...(deliveries.length === 0 ? [] : [deliveryTable(deliveries)]),
  ].join('\n')
}

function deliveryTable(deliveries: ProvenMessage['deliveries']): string {
  return table(
    ['recipient', 'stored, says its gateway', 'answered, says its desk'],
    deliveries.map((delivery) => [
      delivery.recipient,
      storedAt(delivery),
      delivery.receipts
        .map(
          ({ status, timeMs, code: reason }) =>
            `${words(status)} ${utc(timeMs)}${reason === '' ? '' : ` (${reason})`}`,
        )
        .join('; ') || 'no receipt',
    ]),
  )
}

function storedAt(delivery: ProvenDelivery): string {
  if (delivery.storedMs === undefined) return 'no receipt'
  return utc(delivery.storedMs) + (isUntied(delivery) ? ` (${UNTIED})` : '')
}

/** The latest time that a Date can hold, in milliseconds (ECMA-262, section 21.4.1.1). */
const LAST = 8.64e15

function utc(ms: number): string {
  if (!(Math.abs(ms) <= LAST)) return 'no such time'
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
