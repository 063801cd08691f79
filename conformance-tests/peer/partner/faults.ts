// Named faults that a scenario can put into what partners send. docs/guide/conformance.md

import { signingKey } from '../../generate/bytes/crypto.ts'
import { base64url } from '../../generate/bytes/wire.ts'
import type { storedReceipt } from '../../generate/cases/receipts.ts'
import type { Plan } from '../../generate/message.ts'
import type { Party } from '../../generate/party.ts'
import type { PartnerPlan, Receipt } from './partner.ts'
import { livePartner, type StatementPlan } from './party.ts'

const DAY = 86_400_000
const flipped = (bytes: Uint8Array, at = 0) =>
  Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte))
const stranger = signingKey('a stranger')
/** A message key of the ngo that is not in its first statement. */
const NEW_MESSAGE_KEY = signingKey('ngo message, the next')

/** Faults of envelopes, by name. */
export const ENVELOPE_FAULTS: Readonly<Record<string, PartnerPlan>> = {
  forged: { signer: stranger },
  'signature-spoilt': { signed: (jws) => ({ ...jws, signature: flipped(jws.signature) }) },
  'manifest-spoilt': { sealedManifest: (jwe) => ({ ...jwe, ciphertext: flipped(jwe.ciphertext) }) },
  'section-spoilt': {
    sealedSections: (list) => list.map((jwe) => ({ ...jwe, ciphertext: flipped(jwe.ciphertext) })),
  },
  'grant-spoilt': { sealedGrant: (jwe) => ({ ...jwe, ciphertext: flipped(jwe.ciphertext) }) },
  'context-other': { ctx: flipped },
  'key-unknown': { strangeKeys: true },
  'recipient-other': { routing: (routing) => ({ ...routing, recipient: 'https://police.example' }) },
  'recipient-uncommitted': {
    manifest: (manifest) => ({
      ...manifest,
      commitments: manifest.commitments.map((one) => flipped(one, 31)),
    }),
  },
  'sender-other': { routing: (routing) => ({ ...routing, sender: 'https://police.example' }) },
  'sender-capitals': { routing: (routing) => ({ ...routing, sender: 'https://NGO.example' }) },
  'lane-other': { routing: (routing) => ({ ...routing, lane: 3 - routing.lane }) },
  'expiry-later': { routing: (routing) => ({ ...routing, expiresMs: routing.expiresMs + 1 }) },
  'section-removed': { sealedSections: (list) => list.slice(1) },
  'padding-other': {
    padManifest: (bytes) => {
      const padded = new Uint8Array(4096).fill(1)
      new DataView(padded.buffer).setUint32(0, bytes.length)
      padded.set(bytes, 4)
      return padded
    },
  },
  'not-canonical': { envelope: (parts) => [...parts].reverse() },
  'new-message-key': { sender: { ...livePartner('ngo'), message: NEW_MESSAGE_KEY } },
  'manifest-key-police': { signer: livePartner('police').message },
}

/** Faults of desk receipts, by name. */
export const RECEIPT_FAULTS: Readonly<
  Record<string, { readonly receipt?: (right: Receipt) => Receipt; readonly plan?: Plan }>
> = {
  forged: { plan: { signer: stranger } },
  'digest-other': { receipt: (right) => ({ ...right, envelopeDigest: flipped(right.envelopeDigest) }) },
  'message-other': { receipt: (right) => ({ ...right, message: flipped(right.message) }) },
  'envelope-unknown': { receipt: (right) => ({ ...right, envelopeId: flipped(right.envelopeId) }) },
  'form-other': { plan: { manifest: (manifest) => ({ ...manifest, counter: 1 }) } },
  unopened: { receipt: (right) => ({ ...right, message: new Uint8Array() }) },
  'test-traffic': { plan: { manifest: (manifest) => ({ ...manifest, testTraffic: true }) } },
}

/** Faults of stored receipts, by name. */
export const STORED_FAULTS: Readonly<Record<string, Parameters<typeof storedReceipt>[1]>> = {
  forged: { signer: stranger },
  'digest-other': { stored: { envelopeDigest: new Uint8Array(32).fill(9) } },
  'recipient-other': { stored: { recipient: 'https://police.example' } },
  'key-unknown': { signer: stranger, kid: stranger.thumbprint },
  early: { stored: { storedMs: Date.now() - 365 * DAY } },
}

/** Faults of invites, by name. Each returns the party that makes the invite in place of the right party. */
export const INVITE_FAULTS: Readonly<Record<string, (right: Party) => Party>> = {
  'other-entity-key': (right) => ({ ...right, entity: signingKey(`${right.organisation}, another`) }),
}

/** Faults of statements, by name. */
export const STATEMENT_FAULTS: Readonly<Record<string, StatementPlan>> = {
  forged: { signer: stranger },
  weaker: {
    change: (claims) => {
      claims.metadata.rex_party.suites = ['REX-1']
    },
  },
  'of-another': {
    change: (claims) => {
      claims.iss = claims.sub = 'https://police.example'
    },
  },
  'next-epochs': {
    change: ({ metadata }) => {
      metadata.rex_party.epochs = metadata.rex_party.epochs.slice(1)
    },
  },
  'new-message-key': {
    change: ({ metadata }) => {
      const { keys } = metadata.rex_party.message_keys
      const [{ nbf, exp }] = keys
      keys.push({ ...NEW_MESSAGE_KEY.jwk, kid: base64url(NEW_MESSAGE_KEY.thumbprint), nbf, exp })
    },
  },
}
