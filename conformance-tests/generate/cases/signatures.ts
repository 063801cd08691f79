// Cases with faulty signatures of manifests. docs/spec/envelope-slots.md, "Signatures"
import type { CaseFile } from '../../suite/case.ts'
import {
  cofactorSignature,
  type Jws,
  jwsHeader,
  neutralSignature,
  sign,
  signingInput,
  withLargeS,
} from '../bytes/crypto.ts'
import type { Plan } from '../message.ts'
import { hotline, ngo, police } from '../party.ts'
import { opens, refuses } from './form.ts'

const SIGNED = ['REX-JOSE-013', 'REX-JOSE-030']
const input = ({ header, payload }: Jws) => signingInput(header, payload)
const otherBit = (bytes: Uint8Array, at: number) =>
  Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte))

/** Faults of the signature only: the `kid`, the key in the manifest and everything around the signature are correct. */
const FAULTS: Readonly<
  Record<string, readonly [title: string, plan: Plan, stage?: 'manifest' | 'signature']>
> = {
  other_key: [
    'The manifest is signed by another organisation under the kid of its sender.',
    { signer: police.message },
  ],
  entity_key: ['The manifest is signed by the entity key of its sender.', { signer: hotline.entity }],
  recipient_key: ['The manifest is signed by its recipient.', { signer: ngo.message }],
  zero: [
    'The signature is zero, with an R that is a point.',
    {
      signed: (jws) => ({
        ...jws,
        signature: Uint8Array.from(jws.signature, (byte, i) => (i < 32 ? byte : 0)),
      }),
    },
  ],
  bit: [
    'One bit of S is another.',
    { signed: (jws) => ({ ...jws, signature: otherBit(jws.signature, 40) }) },
  ],
  payload: [
    'The signature is over another payload.',
    {
      signed: (jws) => ({
        ...jws,
        signature: sign(String(Buffer.from(jws.header)), otherBit(jws.payload, 3), hotline.message).signature,
      }),
    },
  ],
  payload_alone: [
    'The signature is over the payload without the header.',
    { signed: (jws) => ({ ...jws, signature: sign('', jws.payload, hotline.message).signature }) },
  ],
  other_slot: [
    'The signature is over the header of a stored receipt.',
    {
      signed: (jws) => ({
        ...jws,
        signature: sign(jwsHeader('rex-stored+jws', hotline.message.thumbprint), jws.payload, hotline.message)
          .signature,
      }),
    },
  ],
  large_s: [
    'S is not below the group order.',
    { signed: (jws) => ({ ...jws, signature: withLargeS(jws.signature) }) },
  ],
  cofactor: [
    'The equation holds only with the cofactor.',
    { signed: (jws) => ({ ...jws, signature: cofactorSignature(input(jws), hotline.message) }) },
  ],
  neutral_r: [
    'R is the neutral element, and the equation holds.',
    { signed: (jws) => ({ ...jws, signature: neutralSignature(input(jws), hotline.message) }) },
    'manifest',
  ],
  short: [
    'The signature has 63 bytes.',
    { signed: (jws) => ({ ...jws, signature: jws.signature.subarray(1) }) },
    'manifest',
  ],
}

export function signatures(): CaseFile[] {
  return [
    opens(
      'manifest_signature_rex1',
      {},
      {
        title: 'A referral of suite REX-1.',
        requirements: [
          'REX-ENV-030',
          'REX-JOSE-050',
          'REX-ENC-010',
          'REX-ENV-020',
          'REX-ENV-022',
          'REX-ENV-024',
          'REX-ENV-025',
          'REX-ID-003',
          'REX-ID-032',
        ],
      },
    ),
    opens(
      'manifest_signature_rex2',
      { suite: 'REX-2' },
      {
        title: 'A referral of suite REX-2.',
        requirements: ['REX-ENV-030', 'REX-JOSE-051', 'REX-JOSE-053', 'REX-ID-003', 'REX-ID-032'],
      },
    ),
    ...Object.entries(FAULTS).map(([fault, [title, plan, stage = 'signature']]) =>
      refuses(`manifest_signature_${fault}`, stage, plan, { title, requirements: SIGNED }),
    ),
  ]
}
