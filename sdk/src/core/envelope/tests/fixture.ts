// Parties, messages and envelopes for the tests of this folder. docs/spec/envelope.md
import { randomBytes } from 'node:crypto'
import { Lane, Routing } from '@rex/proto/core/v1/envelope'
import { DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { expect } from 'vitest'
import { type TestParty, testParty } from '../../../testing/parties/party.ts'
import { encode, utf8 } from '../../encoding/encoding.ts'
import { RexError } from '../../error.ts'
import { pinnedResolver } from '../../identity/pinned.ts'
import { LIMITS } from '../../limits.ts'
import { makeEvent } from '../../thread/fixture.ts'
import { type OpenContext, type OpenFailure, open } from '../open.ts'
import { encodeEnvelope } from '../parse.ts'
import type { Message, Recipient, SealedDelivery, SealedMessage } from '../seal.ts'

export const NOW = Date.UTC(2026, 10, 23, 12)
export const random = (length: number) => randomBytes(length)

const party = (name: string) => testParty(name, { now: NOW })
export const [hotline, ngo, police] = await Promise.all([party('hotline'), party('ngo'), party('police')])

export function message(recipients: readonly Recipient[], change: Partial<Message> = {}): Message {
  return {
    messageId: random(16),
    threadId: random(16),
    sender: hotline.organisation,
    chain: random(16),
    counter: 0,
    heads: [],
    void: [],
    createdMs: NOW,
    expiresMs: NOW + LIMITS.maxLifetime,
    type: EventType.REFER,
    event: makeEvent('refer'),
    confidential: false,
    sections: [
      { type: 'triage', content: utf8('age band 10-12') },
      { type: 'people', content: utf8('name of a child') },
      { type: 'incident', content: utf8('what happened') },
    ],
    recipients,
    testTraffic: true,
    ...change,
  }
}

export const to = (party: TestParty, sections: readonly number[], lane: Lane = Lane.ROUTINE): Recipient => ({
  organisation: party.organisation,
  lane,
  keys: party.keys,
  sections,
})

/** Builds the envelope of a delivery. `change` alters its routing. */
export function envelopeOf(
  sealed: SealedMessage,
  delivery: SealedDelivery,
  change?: (of: Routing) => Routing,
): Uint8Array {
  const sections = delivery.granted.map((index) => sealed.sealedSections.get(index)?.jwe as never)
  return encodeEnvelope({
    routing:
      change === undefined ? delivery.routing : encode(Routing, change(Routing.decode(delivery.routing))),
    grant: delivery.grant,
    manifest: sealed.sealedManifest.jwe,
    sections,
  })
}

export const contextOf = (party: TestParty, change: Partial<OpenContext> = {}): OpenContext => ({
  organisation: party.organisation,
  storedMs: NOW + 1000,
  decapsulator: party.decapsulator,
  resolver: pinnedResolver(
    (id) => [hotline, ngo, police].find((known) => known.organisation === id)?.configuration,
  ),
  ...change,
})

/** Makes a batch of `count` receipts. */
export const receipts = (count: number): Message['event'] => ({
  content: {
    $case: 'receipts',
    value: {
      receipts: Array.from({ length: count }, () => ({
        status: DeskReceiptStatus.RECEIVED,
        envelopeId: random(16),
        envelopeDigest: random(32),
        message: random(32),
        timeMs: NOW,
        code: '',
      })),
    },
  },
})

export const options = () => ({ signer: hotline.message, random })

/** Opens an envelope and returns the stage at which opening failed. */
export async function stageOf(bytes: Uint8Array, context: OpenContext): Promise<string> {
  try {
    await open(bytes, context)
    return 'opened'
  } catch (error) {
    if (!RexError.is(error)) throw error
    if (error.reason !== 'UNOPENABLE') return error.reason
    expect(error.message).toBe('The envelope cannot be opened.')
    expect(error.metadata).toEqual({})
    return (error.cause as OpenFailure).stage
  }
}
