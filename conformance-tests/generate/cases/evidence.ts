// Cases of evidence bundles. docs/spec/receipts.md, "Evidence"
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf, digest, type Jws, jwsBytes } from '../bytes/crypto.ts'
import { base64url, field, message, repeated, split, utf8 } from '../bytes/wire.ts'
import { build, type Plan, ROUTINE, URGENT } from '../message.ts'
import { commitmentOf, openingBytes, sectionBytes } from '../objects.ts'
import { configurationOf, hotline, NOW, ngo, police } from '../party.ts'
import { batchPlan, receiptOf } from './manifests.ts'
import { type Stored, storedReceipt } from './receipts.ts'

type Opening = Parameters<typeof openingBytes>[0]

/** The parts of a bundle, each of which a case may change. */
export interface BundlePlan {
  readonly version?: number
  readonly message?: Plan
  readonly manifest?: (jws: Jws) => Jws
  readonly sections?: (sections: readonly Uint8Array[]) => readonly Uint8Array[]
  readonly context?: (bytes: Uint8Array) => Uint8Array
  readonly opening?: (opening: Opening) => Opening
  readonly stored?: (right: Stored) => Jws
  readonly receipt?: (said: Parameters<typeof receiptOf>[0]) => Parameters<typeof receiptOf>[0]
  readonly batch?: Partial<Plan>
  /** Whether the bundle lacks desk receipts. */
  readonly noReceipts?: boolean
  readonly delivery?: (bytes: Uint8Array) => Uint8Array
  readonly configurations?: readonly string[]
  /** Names of configurations that the verifier has. */
  readonly known?: readonly string[]
  readonly bytes?: (bytes: Uint8Array) => Uint8Array
}

/** Builds a bundle of one message. */
export function bundle(plan: BundlePlan): { bytes: Uint8Array; digest: Uint8Array } {
  const built = build(plan.message)
  const { routing } = built
  const context = plan.context?.(built.context) ?? built.context
  const envelopeDigest = digest(
    'envelope',
    Buffer.concat([field([1, context]), field([2, built.sealedGrantDigest])]),
  )
  const opening = { salt: built.grant.salt, recipient: ngo.organisation, lane: routing.lane, sections: [0] }
  const right = {
    envelopeId: routing.envelopeId,
    envelopeDigest,
    sender: routing.sender,
    recipient: routing.recipient,
    storedMs: NOW + 1000,
  }
  const said = { envelopeDigest, message: built.digest }
  const batch = build(batchPlan([receiptOf(plan.receipt?.(said) ?? said)], plan.batch))
  const delivery = message(
    [1, context],
    [2, built.sealedGrantDigest],
    [3, openingBytes(plan.opening?.(opening) ?? opening)],
    [4, jwsBytes(plan.stored?.(right) ?? storedReceipt(right))],
    [5, plan.noReceipts ? '' : message([1, jwsBytes(batch.signed)])],
  )
  const entry = Buffer.concat([
    field([1, jwsBytes(plan.manifest?.(built.signed) ?? built.signed)]),
    repeated(2, plan.sections?.(built.sections) ?? built.sections),
    field([3, plan.delivery?.(delivery) ?? delivery]),
  ])
  const configurations = plan.configurations ?? [configurationOf(hotline), configurationOf(ngo)]
  const bytes = Buffer.concat([
    message([1, plan.version ?? 1]),
    repeated(2, configurations.map(utf8)),
    field([3, entry]),
  ])
  return { bytes: plan.bytes?.(bytes) ?? bytes, digest: built.digest }
}

const flip = (jws: Jws): Jws => ({
  ...jws,
  signature: Uint8Array.from(jws.signature, (byte, i) => (i === 40 ? byte ^ 1 : byte)),
})
export const DELIVERY = 'messages[0].deliveries[0]'

/** Makes the manifest commit to a second recipient, too, with the salt of the first commitment. */
function alsoTo(recipient: string): NonNullable<Plan['manifest']> {
  const { salt } = build().grant
  const commitment = commitmentOf({ salt, recipient, lane: URGENT, sections: [0] })
  const own = commitmentOf({ salt, recipient: ngo.organisation, lane: URGENT, sections: [0] })
  return (old) => {
    const decoys = old.commitments.filter((entry) => Buffer.compare(entry, own) !== 0).slice(1)
    return { ...old, commitments: [own, commitment, ...decoys].sort(Buffer.compare) }
  }
}

type Row = readonly [
  name: string,
  path: string,
  title: string,
  requirements: readonly string[],
  plan: BundlePlan,
]

const ROWS: readonly Row[] = [
  [
    'manifest_signature',
    'messages[0].manifest',
    'One bit of the signature of the manifest is another.',
    ['REX-RCP-021'],
    { manifest: flip },
  ],
  [
    'manifest_signature_other_key',
    'messages[0].manifest',
    'The manifest is signed by its recipient under the kid of its sender.',
    ['REX-RCP-021'],
    { message: { signer: ngo.message } },
  ],
  [
    'message_twice',
    'messages[1]',
    'The bundle has its message twice.',
    ['REX-RCP-030'],
    { bytes: (bytes) => Buffer.concat([bytes, split(bytes).at(-1) as Uint8Array]) },
  ],
  [
    'section_other',
    'messages[0].sections[0]',
    'A section is not in the manifest.',
    ['REX-RCP-022'],
    {
      sections: () => [sectionBytes({ salt: bytesOf('other salt'), type: 'triage', content: utf8('other') })],
    },
  ],
  [
    'section_not_canonical',
    'messages[0].sections[0]',
    'A section has a byte after its end.',
    ['REX-RCP-022', 'REX-ENC-001'],
    { sections: ([first]) => [Buffer.concat([first as Uint8Array, Uint8Array.of(0)])] },
  ],
  [
    'context_not_canonical',
    DELIVERY,
    'The context has an unknown field.',
    ['REX-RCP-023', 'REX-ENC-001'],
    { context: (bytes) => Buffer.concat([bytes, field([9, 1])]) },
  ],
  [
    'context_key_short',
    DELIVERY,
    'The key in the context has 31 bytes.',
    ['REX-RCP-023'],
    {
      context: (bytes) =>
        Buffer.concat(split(bytes).map((part, i) => (i === 1 ? field([2, bytesOf('key', 31)]) : part))),
    },
  ],
  [
    'section_salt_short',
    'messages[0].sections[0]',
    'The salt of a section has 31 bytes, and its digest is in the manifest.',
    ['REX-RCP-022', 'REX-ENV-021'],
    { message: { section: (section) => ({ ...section, salt: section.salt.subarray(1) }) } },
  ],
  [
    'opening_salt',
    DELIVERY,
    'The opening of the commitment has another salt.',
    ['REX-RCP-023'],
    { opening: (opening) => ({ ...opening, salt: bytesOf('other salt') }) },
  ],
  [
    'opening_recipient',
    DELIVERY,
    'The opening names another recipient.',
    ['REX-RCP-023'],
    { opening: (opening) => ({ ...opening, recipient: police.organisation }) },
  ],
  [
    'opening_of_other',
    DELIVERY,
    'The opening is that of another recipient of the message than the routing names.',
    ['REX-RCP-023'],
    {
      message: { manifest: alsoTo(police.organisation) },
      opening: (opening) => ({ ...opening, recipient: police.organisation }),
    },
  ],
  [
    'opening_lane',
    DELIVERY,
    'The opening names another lane.',
    ['REX-RCP-023'],
    { opening: (opening) => ({ ...opening, lane: ROUTINE }) },
  ],
  [
    'opening_sections',
    DELIVERY,
    'The opening names fewer sections.',
    ['REX-RCP-023'],
    { opening: (opening) => ({ ...opening, sections: [] }) },
  ],
  [
    'stored_signature',
    DELIVERY,
    'One bit of the signature of the stored receipt is another.',
    ['REX-RCP-024'],
    { stored: (right) => flip(storedReceipt(right)) },
  ],
  [
    'stored_other_envelope',
    DELIVERY,
    'The stored receipt is for other bytes.',
    ['REX-RCP-024'],
    { stored: (right) => storedReceipt({ ...right, envelopeDigest: bytesOf('other') }) },
  ],
  [
    'stored_other_gateway',
    DELIVERY,
    'The stored receipt is signed by the gateway of the sender.',
    ['REX-RCP-024'],
    { stored: (right) => storedReceipt(right, { signer: hotline.receipt, kid: hotline.receipt.thumbprint }) },
  ],
  [
    'batch_signature',
    DELIVERY,
    'The receipt batch is signed by the sender of the message under the kid of its recipient.',
    ['REX-RCP-025'],
    { batch: { signer: hotline.message } },
  ],
  [
    'batch_of_sender',
    DELIVERY,
    'The receipt batch is by the sender of the message.',
    ['REX-RCP-025'],
    { batch: { sender: hotline, recipient: ngo } },
  ],
  [
    'batch_other_envelope',
    DELIVERY,
    'No receipt of the batch names the envelope.',
    ['REX-RCP-025'],
    { receipt: (said) => ({ ...said, envelopeDigest: bytesOf('other') }) },
  ],
  [
    'batch_other_message',
    DELIVERY,
    'The receipt names another message.',
    ['REX-RCP-025'],
    { receipt: (said) => ({ ...said, message: bytesOf('other') }) },
  ],
  [
    'batch_no_message',
    DELIVERY,
    'The receipt says received and names no message.',
    ['REX-RCP-025'],
    { receipt: (said) => ({ ...said, message: new Uint8Array() }) },
  ],
  [
    'configuration_missing',
    'messages[0].manifest',
    'The configuration of the sender is missing.',
    ['REX-RCP-020'],
    { configurations: [configurationOf(ngo)] },
  ],
  [
    'bundle_trailing',
    'bundle',
    'The bundle has an unknown field.',
    ['REX-RCP-026', 'REX-ENC-001'],
    { bytes: (bytes) => Buffer.concat([bytes, field([200, 1])]) },
  ],
  [
    'content_key',
    'bundle',
    'A delivery holds the content key of the manifest, in a field that no version knows.',
    ['REX-RCP-027', 'REX-ENC-001'],
    { delivery: (bytes) => Buffer.concat([bytes, field([6, bytesOf('content key')])]) },
  ],
]

export function verifies(
  name: string,
  title: string,
  requirements: readonly string[],
  plan: BundlePlan,
  refused?: { reason: string[]; path?: string },
): CaseFile {
  const { bytes, digest } = bundle(plan)
  return {
    name: `evidence_${name}`,
    title,
    requirements,
    features: [],
    operation: 'verify-evidence',
    input: { bundle: base64url(bytes), pins: ['hotline', 'ngo', 'police'], configurations: plan.known ?? [] },
    expect: refused ? { refused } : { accepted: { 'message 0': base64url(digest) } },
  }
}

export function evidence(): CaseFile[] {
  return [
    verifies('right', 'A bundle of one message with both receipts.', ['REX-RCP-021', 'REX-RCP-025'], {}),
    verifies('no_sections', 'The sections are omitted.', ['REX-RCP-022'], { sections: () => [] }),
    verifies('refused_unopened', 'The receipt says refused and names no message.', ['REX-RCP-025'], {
      receipt: (said) => ({ ...said, message: new Uint8Array(), status: 4 }),
    }),
    verifies(
      'version',
      'The format is of version 2.',
      ['REX-RCP-026'],
      { version: 2 },
      { reason: ['UNSUPPORTED_VERSION'] },
    ),
    verifies(
      'version_none',
      'The format is of no version.',
      ['REX-RCP-026'],
      { version: 0 },
      { reason: ['UNSUPPORTED_VERSION'] },
    ),
    ...ROWS.map(([name, path, title, requirements, plan]) =>
      verifies(name, title, ['REX-RCP-026', ...requirements], plan, { reason: ['EVIDENCE_INVALID'], path }),
    ),
  ]
}
