// Makes messages with the protocol core alone: a referral with two sections, and a batch of desk receipts. docs/guide/benchmark.md
import { randomBytes } from 'node:crypto'
import { Lane } from '@rex/proto/core/v1/envelope'
import { DeskReceiptStatus, type Event, EventType } from '@rex/proto/core/v1/thread'
import {
  encodeEnvelope,
  LIMITS,
  type Message,
  type Recipient,
  type SealedDelivery,
  type SealedMessage,
  type SectionInput,
  type Suite,
  seal,
} from '@rex/sdk/core'
import { randomSource } from '../sdk/src/client/keys/random.ts'
import type { TestParty } from '../sdk/src/testing/parties/party.ts'

const NOTHING = new Uint8Array()
/** The random source of a desk. */
const random = randomSource()

/** Creates a recipient that gets these sections and offers one suite. */
export function recipientOf(
  { organisation, keys }: TestParty,
  suite: Suite,
  sections: readonly number[] = [0, 1],
): Recipient {
  return { organisation, lane: Lane.ROUTINE, keys: { ...keys, suites: [suite] }, sections }
}

/** Seals a referral. */
export function sealReferral(
  sender: TestParty,
  recipients: readonly Recipient[],
  sections: readonly SectionInput[],
): Promise<SealedMessage> {
  const refer = {
    kind: 'content-removal',
    group: NOTHING,
    groupIndex: 0,
    groupSize: 0,
    decideByMs: 0,
    follows: NOTHING,
    codeLists: [],
    staged: [],
  }
  return sealWith(sender, {
    type: EventType.REFER,
    threadId: randomBytes(16),
    event: { content: { $case: 'refer', value: refer } },
    sections,
    recipients,
  })
}

/** Seals a batch of `received` receipts. */
export function sealReceipts(sender: TestParty, recipient: Recipient, count: number): Promise<SealedMessage> {
  const receipts = Array.from({ length: count }, () => ({
    status: DeskReceiptStatus.RECEIVED,
    envelopeId: randomBytes(16),
    envelopeDigest: randomBytes(32),
    message: randomBytes(16),
    timeMs: Date.now(),
    code: '',
  }))
  const event: Event = { content: { $case: 'receipts', value: { receipts } } }
  const recipients = [{ ...recipient, sections: [] }]
  const threadId = new Uint8Array(16)
  return sealWith(sender, { type: EventType.RECEIPT, threadId, event, sections: [], recipients })
}

/** Encodes the envelope for one recipient. */
export function envelopeOf(sealed: SealedMessage, delivery: SealedDelivery): Uint8Array {
  const { routing, grant, granted } = delivery
  const sections = granted.flatMap((index) => sealed.sealedSections.get(index)?.jwe ?? [])
  return encodeEnvelope({ routing, grant, manifest: sealed.sealedManifest.jwe, sections })
}

function sealWith(
  { organisation, message }: TestParty,
  content: Pick<Message, 'type' | 'threadId' | 'event' | 'sections' | 'recipients'>,
): Promise<SealedMessage> {
  const createdMs = Date.now()
  const fields: Message = {
    ...content,
    messageId: randomBytes(16),
    sender: organisation,
    chain: randomBytes(16),
    counter: 0,
    heads: [],
    void: [],
    createdMs,
    expiresMs: createdMs + LIMITS.maxLifetime,
    confidential: false,
    testTraffic: content.type !== EventType.RECEIPT,
  }
  return seal(fields, { signer: message, random })
}
