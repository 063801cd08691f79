// Cases of stored receipts. docs/spec/receipts.md, "Stored"
import type { CaseFile, Refusal } from '../../suite/case.ts'
import { bytesOf, type Jws, jwsBytes, jwsHeader, type SigningKey, sign, signingKey } from '../bytes/crypto.ts'
import { ENCODING_FAULTS } from '../bytes/faults.ts'
import { base64url, message } from '../bytes/wire.ts'
import { SECOND_KEYS } from '../parties.ts'
import { hotline, NOW, ngo, police } from '../party.ts'

/** Content of a stored receipt. */
export interface Stored {
  readonly envelopeId: Uint8Array
  readonly envelopeDigest: Uint8Array
  readonly sender: string
  readonly recipient: string
  readonly storedMs: number
}

const RIGHT: Stored = {
  envelopeId: bytesOf('stored id', 16),
  envelopeDigest: bytesOf('stored digest'),
  sender: hotline.organisation,
  recipient: ngo.organisation,
  storedMs: NOW,
}

interface Plan {
  readonly stored?: Partial<Stored>
  readonly signer?: SigningKey
  readonly kid?: Uint8Array
  readonly typ?: string
  readonly payload?: (bytes: Uint8Array) => Uint8Array
  readonly signed?: (jws: Jws) => Jws
}

/** Signs a stored receipt of the ngo's gateway. */
export function storedReceipt(stored: Stored, plan: Plan = {}): Jws {
  const { signer = ngo.receipt, kid = ngo.receipt.thumbprint, typ = 'rex-stored+jws' } = plan
  const { envelopeId, envelopeDigest, sender, recipient, storedMs } = { ...stored, ...plan.stored }
  const bytes = message([1, envelopeId], [2, envelopeDigest], [3, sender], [4, recipient], [5, storedMs])
  const jws = sign(jwsHeader(typ, kid), plan.payload?.(bytes) ?? bytes, signer)
  return plan.signed?.(jws) ?? jws
}

/** Returns the bytes with their last bit changed. */
function lastBit(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))
}

const second = signingKey(SECOND_KEYS.ngo)

const FAULTS: Readonly<Record<string, readonly [title: string, plan: Plan]>> = {
  signature_other_key: [
    'It is signed by another gateway under the kid of this one.',
    { signer: police.receipt },
  ],
  kid_unknown: ['It is signed by this gateway under the kid of nobody.', { kid: bytesOf('nobody') }],
  signature_message_key: [
    'It is signed by the message key of the recipient, under its kid.',
    { signer: ngo.message, kid: ngo.message.thumbprint },
  ],
  signature_sender: [
    'It is signed by the gateway of the sender, under its kid.',
    { signer: hotline.receipt, kid: hotline.receipt.thumbprint },
  ],
  signature_payload: [
    'The signature is over an earlier time.',
    {
      signed: (jws) => ({
        ...jws,
        signature: storedReceipt(RIGHT, { stored: { storedMs: NOW - 1 } }).signature,
      }),
    },
  ],
  typ: ['It has the typ of a manifest.', { typ: 'rex-manifest+jws' }],
  envelope_id: ['It is for another envelope id.', { stored: { envelopeId: bytesOf('other id', 16) } }],
  envelope_digest: [
    'It is for other bytes under the same envelope id.',
    { stored: { envelopeDigest: bytesOf('other digest') } },
  ],
  sender: ['It names another sender.', { stored: { sender: police.organisation } }],
  recipient: ['It names another recipient.', { stored: { recipient: police.organisation } }],
  sender_capitals: [
    'It names the sender with a capital.',
    { stored: { sender: hotline.organisation.replace('h', 'H') } },
  ],
  sender_department: [
    'It names a department of the sender.',
    { stored: { sender: `${hotline.organisation}/department` } },
  ],
  recipient_department: [
    'It names a department of the recipient.',
    { stored: { recipient: `${ngo.organisation}/department` } },
  ],
  envelope_digest_last: [
    'Its envelope digest differs in the last bit.',
    { stored: { envelopeDigest: lastBit(RIGHT.envelopeDigest) } },
  ],
  envelope_id_last: [
    'Its envelope id differs in the last bit.',
    { stored: { envelopeId: lastBit(RIGHT.envelopeId) } },
  ],
  envelope_digest_short: [
    'Its envelope digest ends early.',
    { stored: { envelopeDigest: RIGHT.envelopeDigest.subarray(0, 31) } },
  ],
}

function verifies(
  name: string,
  jws: Jws,
  {
    title,
    expect,
    configuration = 'ngo',
    requirements = ['REX-RCP-002'],
  }: {
    title: string
    expect: { accepted: Record<string, string> } | { refused: Refusal }
    configuration?: string
    requirements?: string[]
  },
): CaseFile {
  return {
    name: `stored_${name}`,
    title,
    requirements,
    features: [],
    operation: 'verify-stored',
    input: {
      receipt: base64url(jwsBytes(jws)),
      configuration,
      envelopeId: base64url(RIGHT.envelopeId),
      envelopeDigest: base64url(RIGHT.envelopeDigest),
      sender: 'hotline',
      recipient: 'ngo',
    },
    expect,
  }
}

export function receipts(): CaseFile[] {
  const refused = { refused: {} }
  const at = (storedMs: number) => storedReceipt(RIGHT, { stored: { storedMs } })
  const accepted = (storedMs: number) => ({
    accepted: { stored_ms: base64url(Buffer.from(String(storedMs))) },
  })
  const dated = { requirements: ['REX-RCP-002', 'REX-ID-021'] }
  return [
    verifies('right', at(NOW), { title: 'A stored receipt.', expect: accepted(NOW) }),
    ...Object.entries(FAULTS).map(([fault, [title, plan]]) =>
      verifies(fault, storedReceipt(RIGHT, plan), { title, expect: refused }),
    ),
    ...Object.entries(ENCODING_FAULTS).map(([fault, { title, reason, spoil }]) =>
      verifies(`encoding_${fault}`, storedReceipt(RIGHT, { payload: spoil }), {
        title: `The payload ${title}.`,
        requirements: ['REX-ENC-001'],
        expect: { refused: { reason } },
      }),
    ),
    verifies('two_keys_second', storedReceipt(RIGHT, { signer: second, kid: second.thumbprint }), {
      title: 'The second of two receipt keys signs under its kid.',
      configuration: 'ngo_two_keys',
      requirements: ['REX-RCP-002', 'REX-JOSE-013'],
      expect: accepted(NOW),
    }),
    verifies('two_keys_second_under_first', storedReceipt(RIGHT, { signer: second }), {
      title: 'The second of two receipt keys signs under the kid of the first.',
      configuration: 'ngo_two_keys',
      requirements: ['REX-RCP-002', 'REX-JOSE-013'],
      expect: refused,
    }),
    verifies('key_young', at(NOW), {
      title: 'Stored ten minutes before the nbf of the key.',
      configuration: 'ngo_young',
      expect: accepted(NOW),
      ...dated,
    }),
    verifies('key_too_young', at(NOW - 1), {
      title: 'Stored ten minutes and a millisecond before the nbf of the key.',
      configuration: 'ngo_young',
      expect: refused,
      ...dated,
    }),
    verifies('key_old', at(NOW - 1), {
      title: 'Stored a millisecond before the key ended for good.',
      configuration: 'ngo_old',
      expect: accepted(NOW - 1),
      ...dated,
    }),
    verifies('key_too_old', at(NOW), {
      title: 'Stored when the key had ended for good.',
      configuration: 'ngo_old',
      expect: refused,
      ...dated,
    }),
    verifies('key_compromised', at(NOW), {
      title: 'The key was revoked as compromised.',
      configuration: 'ngo_compromised',
      expect: refused,
      ...dated,
    }),
  ]
}
