// Sizes of the parts of real messages, sealed by the core when the benchmark starts. docs/guide/benchmark.md, "Floor"

import { Jwe, Jws } from '@rex/proto/core/v1/envelope'
import {
  encode,
  parseEnvelope,
  type SealedDelivery,
  type SealedMessage,
  type Signer,
  SUITES,
  type Suite,
  signStoredReceipt,
} from '@rex/sdk/core'
import type { Referral } from '@rex/sdk/referral'
import { encodeSections } from '../../sdk/src/core/referral-codec/section.ts'
import { type TestParty, testParty } from '../../sdk/src/testing/parties/party.ts'
import { GRANTED, type Section } from '../content.ts'
import { envelopeOf, recipientOf, sealReceipts, sealReferral } from '../message.ts'
import type { Sizes } from './primitives.ts'

/** A message as the floor sees it, described by its size and the sizes of its parts. Bytes. */
export interface Specimen {
  readonly envelopeBytes: number
  readonly storedBytes: number
  readonly sizes: Sizes
}

/** Specimens of the two messages per referral in each suite: the referral itself, and a batch of `received` receipts. */
export type Specimens = Readonly<Record<Suite, Readonly<Record<'referral' | 'receipts', Specimen>>>>

/** Maximum number of receipts that fit in a manifest of the smallest padded size. */
export const MOST_RECEIPTS = 24

const SECRET = 32
const ID = 16
const IV = 12
const TAG = 16
const COMBINED = 134
const SCHEDULE = 100

/** Seals one message of each kind in each suite, and measures its parts. */
export async function takeSpecimens(referral: Referral): Promise<Specimens> {
  const sections = encodeSections(referral)
  const specimens = SUITES.map(async (suite) => [suite, await specimensOf(suite, sections)] as const)
  return Object.fromEntries(await Promise.all(specimens)) as Specimens
}

async function specimensOf(suite: Suite, sections: readonly Section[]): Promise<Specimens[Suite]> {
  const now = Date.now()
  const sender = await testParty('hotline', { now })
  const granted = sections.flatMap(({ type }, index) => (GRANTED.includes(type) ? [index] : []))
  const recipient = recipientOf(await testParty('ngo', { now }), suite, granted)
  return {
    referral: await measureMessage(await sealReferral(sender, [recipient], sections), sender),
    receipts: await measureMessage(await sealReceipts(sender, recipient, MOST_RECEIPTS), sender),
  }
}

async function measureMessage(sealed: SealedMessage, { receipt }: TestParty): Promise<Specimen> {
  const { signed, sealedManifest, manifest } = sealed
  const [delivery] = sealed.deliveries as readonly [SealedDelivery]
  const envelope = envelopeOf(sealed, delivery)
  const stored = await storedReceipt(envelope, receipt)
  const sections = [...sealed.sealedSections.values()].map(({ jwe }) => jwe)
  const length = (jwe: Jwe) => encode(Jwe, jwe).length
  const contentKeys = [sealedManifest, ...sections]
  const decoys = manifest.sectionDigests.length - sections.length + manifest.recipientCommitments.length - 1
  const salts = sections.length + 1
  return {
    envelopeBytes: envelope.length,
    storedBytes: encode(Jws, stored).length,
    sizes: {
      secrets: [2 * ID + SECRET * (salts + decoys + contentKeys.length) + IV * (contentKeys.length + 1)],
      'content key': contentKeys.map(() => SECRET),
      manifest: [signed.payload.length],
      section: sealed.sections.map((bytes) => bytes.length),
      commitment: [SECRET + delivery.organisation.length],
      'padded manifest': [sealedManifest.jwe.ciphertext.length],
      'padded section': sections.map((jwe) => jwe.ciphertext.length),
      'padded grant': [delivery.grant.ciphertext.length - (delivery.grant.tag.length === 0 ? TAG : 0)],
      'sealed manifest': [length(sealedManifest.jwe)],
      'sealed section': sections.map(length),
      'sealed grant': [length(delivery.grant)],
      context: [delivery.context.length],
      'envelope digest': [delivery.context.length + SECRET],
      'stored receipt': [stored.payload.length],
      agreement: [COMBINED],
      'key schedule': [SCHEDULE],
    },
  }
}

function storedReceipt(envelope: Uint8Array, signer: Signer): Promise<Jws> {
  const { routing, digest } = parseEnvelope(envelope)
  const { envelopeId, sender, recipient } = routing
  return signStoredReceipt(
    { envelopeId, envelopeDigest: digest, sender, recipient, storedMs: Date.now() },
    signer,
  )
}
