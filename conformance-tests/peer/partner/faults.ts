// Faults of what partners send, by name. docs/guide/conformance.md

import { signingKey } from '../../generate/bytes/crypto.ts'
import type { storedReceipt } from '../../generate/cases/receipts.ts'
import type { Plan } from '../../generate/message.ts'
import type { Receipt } from './partner.ts'
import { livePartner } from './party.ts'

const DAY = 86_400_000
const flipped = (bytes: Uint8Array, at = 0) =>
  Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte))
const stranger = signingKey('a stranger')

/** Faults of envelopes. */
export const ENVELOPE_FAULTS: Readonly<Record<string, Plan>> = {
  forged: { signer: stranger },
  'signature-spoilt': { signed: (jws) => ({ ...jws, signature: flipped(jws.signature) }) },
  'manifest-spoilt': { sealedManifest: (jwe) => ({ ...jwe, ciphertext: flipped(jwe.ciphertext) }) },
  'section-spoilt': {
    sealedSections: (list) => list.map((jwe) => ({ ...jwe, ciphertext: flipped(jwe.ciphertext) })),
  },
  'grant-spoilt': { sealedGrant: (jwe) => ({ ...jwe, ciphertext: flipped(jwe.ciphertext) }) },
  'context-other': { ctx: flipped },
  'key-unknown': { grantHeader: (header) => header.replace(/"kid":"[^"]{4}/, '"kid":"AAAA') },
  'recipient-other': { routing: (routing) => ({ ...routing, recipient: 'https://police.example' }) },
  'recipient-uncommitted': {
    manifest: (manifest) => ({
      ...manifest,
      commitments: manifest.commitments.map((one) => flipped(one, 31)),
    }),
  },
  'sender-other': { routing: (routing) => ({ ...routing, sender: 'https://police.example' }) },
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
  'manifest-key-police': { signer: livePartner('police').message },
}

/** Faults of desk receipts. */
export const RECEIPT_FAULTS: Readonly<
  Record<string, { readonly receipt?: (right: Receipt) => Receipt; readonly plan?: Plan }>
> = {
  forged: { plan: { signer: stranger } },
  'digest-other': { receipt: (right) => ({ ...right, envelopeDigest: flipped(right.envelopeDigest) }) },
  'message-other': { receipt: (right) => ({ ...right, message: flipped(right.message) }) },
  'envelope-unknown': { receipt: (right) => ({ ...right, envelopeId: flipped(right.envelopeId) }) },
  'form-other': { plan: { manifest: (manifest) => ({ ...manifest, counter: 1 }) } },
  'test-traffic': { plan: { manifest: (manifest) => ({ ...manifest, testTraffic: true }) } },
}

/** Faults of stored receipts. */
export const STORED_FAULTS: Readonly<Record<string, Parameters<typeof storedReceipt>[1]>> = {
  forged: { signer: stranger },
  'digest-other': { stored: { envelopeDigest: new Uint8Array(32).fill(9) } },
  'recipient-other': { stored: { recipient: 'https://police.example' } },
  'key-unknown': { signer: stranger, kid: stranger.thumbprint },
  early: { stored: { storedMs: Date.now() - 365 * DAY } },
}
