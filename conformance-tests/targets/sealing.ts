// Sealing and signing with @rex/sdk. docs/guide/conformance.md
import { randomBytes } from 'node:crypto'
import type { Seal, SealRecipient, SignStored } from '@rex/proto/conformance/v1/codec'
import type { Value } from '@rex/proto/conformance/v1/conformance'
import { type Jwe, Jws, Lane } from '@rex/proto/core/v1/envelope'
import { StoredReceipt } from '@rex/proto/core/v1/receipt'
import { Event, EventType } from '@rex/proto/core/v1/thread'
import {
  encodeEnvelope,
  epochFor,
  identifies,
  localSigner,
  parseEntityConfiguration,
  type Recipient,
  recipientKeys,
  type SealedMessage,
  type Suite,
  seal,
  signStoredReceipt,
} from '@rex/sdk/core'

/** Seals a message, and returns its manifest digest and an envelope for each recipient. */
export async function sealMessage(ask: Seal): Promise<Value[]> {
  const event = Event.decode(ask.event)
  const { messageKey, minimumSuite, recipients, nowMs: createdMs, ...members } = ask
  const message = {
    ...members,
    createdMs,
    event,
    type: typeOf(event),
    confidential: identifies(event),
    messageId: randomBytes(16),
    recipients: recipients.map((recipient) => recipientOf(recipient, createdMs)),
  }
  const sealed = await seal(message, {
    signer: localSigner(messageKey),
    random: randomBytes,
    ...(minimumSuite !== '' && { minimumSuite: minimumSuite as Suite }),
  })
  const envelopes = sealed.deliveries.map((delivery, i) => ({
    name: `envelope ${i}`,
    value: envelopeOf(sealed, delivery),
  }))
  return [{ name: 'manifest_digest', value: sealed.digest }, ...envelopes]
}

function recipientOf({ configuration, sections, urgent }: SealRecipient, now: number): Recipient {
  const { organisation, party } = parseEntityConfiguration(configuration)
  const { keys } = epochFor(party.epochs, now)
  const lane = urgent ? Lane.URGENT : Lane.ROUTINE
  return { organisation, lane, sections, keys: recipientKeys(keys, party.suites) }
}

function envelopeOf(
  { sealedManifest, sealedSections }: SealedMessage,
  { routing, grant, granted }: SealedMessage['deliveries'][number],
): Uint8Array {
  const sections = granted.map((index) => sealedSections.get(index)?.jwe as Jwe)
  return encodeEnvelope({ routing, grant, manifest: sealedManifest.jwe, sections })
}

/** Returns the type of an event from the name of its content: `requestInfo` gives `EVENT_TYPE_REQUEST_INFO`. */
function typeOf({ content }: Event): EventType {
  const name = content?.$case === 'receipts' ? 'receipt' : (content?.$case ?? '')
  return EventType[name.replace(/[A-Z]/g, '_$&').toUpperCase() as keyof typeof EventType]
}

/** Signs a stored receipt, and returns the canonical `Jws` bytes. */
export async function signStored({ receipt, receiptKey }: SignStored): Promise<Value> {
  const signed = await signStoredReceipt(StoredReceipt.decode(receipt), localSigner(receiptKey))
  return { name: 'receipt', value: Jws.encode(signed).finish() }
}
