// States the facts that evidence proves, and those that it cannot prove, in sentences for terminal and paper. docs/guide/rex-desk.md, "Evidence"
import {
  type EvidenceFindings,
  type ProvenDelivery,
  type ProvenMessage,
  provenSince,
  type Refuted,
  readMs,
} from '../../../core/receipt/report.ts'
import { counted, shortId, words } from '../words.ts'

/** The trusted keys, and the reason why they are trusted. */
export interface Judgement {
  /** Why the keys are trusted, such as `the words that you gave`. */
  readonly judgedBy: string
  readonly keys: readonly { readonly organisation: string; readonly words: readonly string[] }[]
  /** Whether the statements stored by the verifier's own desk were compared. */
  readonly compared: boolean
}

/** Formats a time. */
type WriteTime = (ms: number) => string

/** Returns the verdict in one sentence. */
export function verdict({ messages, refuted }: EvidenceFindings): string {
  const proven = `${counted(messages.length, '{0} message', '{0} messages')} ${messages.length === 1 ? 'is' : 'are'} proven`
  return refuted.length === 0
    ? `The evidence is valid: ${proven}.`
    : `The evidence does not hold as a whole: ${counted(refuted.length, '{0} part', '{0} parts')} refuted, ${proven}.`
}

/** States since when a message has existed, and which organisation confirms it. */
export function existence(message: ProvenMessage, time: WriteTime): string {
  const held = provenSince(message)
  return held === undefined
    ? `No other organisation confirms when it was made: the date is the word of ${message.sender} alone.`
    : `It existed on ${time(held.ms)} at the latest: on the word of ${held.by}, which had it by then.`
}

/** Remark on a stored receipt that no desk receipt ties to the message. */
export const UNTIED = 'nothing proves which message that envelope held'

/** Whether the stored receipt of a delivery may be about another message (REX-RCP-028). */
export function isUntied(delivery: ProvenDelivery): boolean {
  return delivery.storedMs !== undefined && readMs(delivery) === Infinity
}

/** States why a part of the evidence proves nothing: its key was in other hands. */
export function refutation(
  { what, organisation, type, createdMs, ...key }: Refuted,
  time: WriteTime,
): string {
  const named = type === undefined ? what : `${what} "${words(type)}"`
  const dated = createdMs === undefined ? '' : `, dated ${time(createdMs)},`
  return (
    `The ${named} of ${organisation}${dated} is signed with the key ${shortId(key.kid)}. ` +
    `${organisation} said on ${time(key.saidMs)} that this key was in other hands since ${time(key.sinceMs)}. ` +
    (what === 'message'
      ? 'Nothing proves that another organisation had the message before then, so whoever stole the key may have made it.'
      : 'A thief of the key can write any date into a receipt.')
  )
}

/** States the date of the newest statement of each organisation, because a later statement may revoke a key. */
export function knownUntil({ known }: EvidenceFindings, { compared }: Judgement, time: WriteTime): string[] {
  return [
    ...known.map(
      ({ organisation, newestMs }) =>
        `The newest statement of ${organisation} that is known here dates from ${time(newestMs)}.`,
    ),
    compared
      ? 'The statements that your desk keeps were compared. A later one can still revoke a key and refute what is proven here.'
      : 'Only the statements in the file were compared. A later one can revoke a key and refute what is proven here: compare with a desk that is paired with these organisations, or ask them for their newest statement.',
  ]
}

/** The facts that valid signatures prove. */
export const PROVEN: readonly string[] = [
  'Each message listed was signed by a holder of the key of its organisation, and nothing in it has changed since.',
  'Each desk receipt belongs to the message and the recipient under which it is listed, and so does a stored receipt beside one that does not refuse.',
]

/** The facts that evidence cannot prove. */
export const NOT_PROVEN: readonly string[] = [
  'It does not prove that what a message says is true, nor that nothing else was said.',
  'It does not prove which person acted: a key stands for an organisation.',
  'It does not prove that a time is right: each is only the word of the organisation that states it.',
  'It does not prove that a message without a desk receipt arrived, nor that it did not: a stored receipt alone can be that of another message.',
  'It does not prove that the file is old: whoever can break Ed25519 or SHA-256 one day can make such a file then. To prove that it existed before, have it time-stamped by a third party today.',
]
