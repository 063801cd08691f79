// Cases of evidence bundles: faults in every member of every part, keys at the limits of their validity, and bundles with two faults, of which one
// decides. docs/spec/receipts.md, "Evidence"
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf, compact, type Jws, jwsBytes } from '../bytes/crypto.ts'
import { field, message, repeated, split, utf8 } from '../bytes/wire.ts'
import { type BundlePlan, bundle, DELIVERY, verifies } from '../cases/evidence.ts'
import { receiptOf } from '../cases/manifests.ts'
import { storedReceipt } from '../cases/receipts.ts'
import { build, event, NOTE, type Plan } from '../message.ts'
import { routingBytes } from '../objects.ts'
import {
  claimsOf,
  configurationOf,
  DAY,
  hotline,
  MINUTE,
  NOW,
  ngo,
  police,
  statement,
  type Validity,
} from '../party.ts'

const MESSAGE = 'messages[0]'
export const MANIFEST = 'messages[0].manifest'
const LATEST = 14 * DAY + 10 * MINUTE
const [HOTLINE, NGO] = [configurationOf(hotline), configurationOf(ngo)]
const TWIN: Plan = { manifest: (old) => ({ ...old, createdMs: old.createdMs + 1 }) }
const lastOf = (bytes: Uint8Array) => split(bytes).at(-1) as Uint8Array
const LATER: Validity = { revoked: { reason: 'compromised', at: NOW + DAY } }
const flip = (jws: Jws): Jws => ({
  ...jws,
  signature: Uint8Array.from(jws.signature, (byte, i) => (i === 40 ? byte ^ 1 : byte)),
})

/** Replaces fields of a message, or removes them if the replacement is undefined. */
function fields(bytes: Uint8Array, changes: Readonly<Record<number, Uint8Array | undefined>>): Uint8Array {
  const kept = split(bytes).map((part) => {
    const number = (part[0] as number) >> 3
    return number in changes ? (changes[number] ?? new Uint8Array()) : part
  })
  return Buffer.concat(kept)
}

const context = (number: number, value: Uint8Array | undefined): BundlePlan => ({
  context: (bytes) => fields(bytes, { [number]: value && field([number, value]) }),
})
export const delivery = (number: number, value: Uint8Array | undefined): BundlePlan => ({
  delivery: (bytes) => fields(bytes, { [number]: value && field([number, value]) }),
})
export const routed = (change: Partial<Parameters<typeof routingBytes>[0]>): BundlePlan => ({
  context: (bytes) => fields(bytes, { 1: field([1, routingBytes({ ...build().routing, ...change })]) }),
})
/** Signs the batch again, with other receipts about the envelope of the bundle. */
export const receipts = (change: (right: Uint8Array) => readonly Uint8Array[]): BundlePlan => ({
  batch: {
    manifest: (m) => {
      const [right] = split(split(m.event as Uint8Array)[0]?.subarray(3) ?? new Uint8Array())
      return { ...m, event: event(20, repeated(1, change((right as Uint8Array).subarray(2)))) }
    },
  },
})
export type Row = readonly [
  path: string | undefined,
  title: string,
  requirements: readonly string[],
  plan: BundlePlan,
]

const ROWS: Readonly<Record<string, Row>> = {
  context_none: [DELIVERY, 'There is no context.', ['REX-RCP-023'], delivery(1, undefined)],
  opening_none: [DELIVERY, 'There is no opening.', ['REX-RCP-023'], delivery(3, undefined)],
  grant_short: [
    DELIVERY,
    'The digest of the grant has 31 bytes.',
    ['REX-RCP-023'],
    delivery(2, bytesOf('grant', 31)),
  ],
  same_id: [
    undefined,
    'The sender signed two messages with one id, as the bundle proves.',
    ['REX-RCP-030'],
    { bytes: (bytes) => Buffer.concat([bytes, lastOf(bundle({ message: TWIN }).bytes)]) },
  ],
  message_without_deliveries: [
    'messages[1]',
    'The message stands twice, once without deliveries.',
    ['REX-RCP-030'],
    { bytes: (bytes) => Buffer.concat([bytes, field([3, field([1, jwsBytes(build().signed)])])]) },
  ],
  verifier_forged: [
    'statements[0]',
    'A configuration that the verifier has is not signed by the organisation.',
    ['REX-RCP-020'],
    { known: ['hotline_forged'] },
  ],
  verifier_of_others: [
    undefined,
    'A configuration that the verifier has, of an organisation without a part in the bundle, is forged.',
    ['REX-RCP-020'],
    { known: ['police_forged'] },
  ],
  grant_short_alone: [
    DELIVERY,
    'The digest of the grant has 31 bytes, and no receipt tells it.',
    ['REX-RCP-023'],
    {
      noReceipts: true,
      delivery: (bytes) => fields(bytes, { 2: field([2, bytesOf('grant', 31)]), 4: undefined }),
    },
  ],
  stored_by_message_key: [
    DELIVERY,
    'The stored receipt is signed by the message key of the recipient, under its kid.',
    ['REX-RCP-024'],
    { stored: (right) => storedReceipt(right, { signer: ngo.message, kid: ngo.message.thumbprint }) },
  ],
  ...Object.fromEntries(
    Object.entries({ seen: 2, held: 3, unknown: 9 }).map(([status, number]) => [
      `compromised_after_${status}`,
      [
        undefined,
        `The key was compromised after a desk receipt that says ${status}.`,
        ['REX-RCP-028', 'REX-RCP-015'],
        {
          ...receipts((right) => [fields(right, { 1: field([1, number]) })]),
          configurations: [configurationOf(hotline, LATER), NGO],
        },
      ] as const,
    ]),
  ),
  grant_none: [DELIVERY, 'There is no digest of the grant.', ['REX-RCP-023'], delivery(2, undefined)],
  context_key_long: [
    DELIVERY,
    'The key in the context has 33 bytes.',
    ['REX-RCP-023'],
    context(2, bytesOf('key', 33)),
  ],
  context_manifest_short: [
    DELIVERY,
    'The digest of the manifest in the context has 31 bytes.',
    ['REX-RCP-023'],
    context(3, bytesOf('manifest', 31)),
  ],
  context_section_short: [
    DELIVERY,
    'The digest of a section in the context has 31 bytes.',
    ['REX-RCP-023'],
    context(4, bytesOf('section', 31)),
  ],
  context_sections_65: [
    DELIVERY,
    'The context has 65 sections.',
    ['REX-RCP-023'],
    { context: (bytes) => Buffer.concat([bytes, repeated(4, Array(64).fill(bytesOf('section')))]) },
  ],
  context_sections_64: [
    undefined,
    'The context has 64 sections.',
    ['REX-RCP-023'],
    { context: (bytes) => Buffer.concat([bytes, repeated(4, Array(63).fill(bytesOf('section')))]) },
  ],
  routing_sender: [
    DELIVERY,
    'The routing names another sender than the manifest.',
    ['REX-RCP-023'],
    routed({ sender: police.organisation }),
  ],
  routing_expiry: [
    DELIVERY,
    'The routing expires a millisecond after the manifest.',
    ['REX-RCP-023'],
    routed({ expiresMs: build().routing.expiresMs + 1 }),
  ],
  routing_id: [
    DELIVERY,
    'The envelope id has 15 bytes.',
    ['REX-RCP-023'],
    routed({ envelopeId: bytesOf('id', 15) }),
  ],
  routing_version: [DELIVERY, 'The routing has version 2.', ['REX-RCP-023'], routed({ version: 2 })],
  no_stored: [
    undefined,
    'The stored receipt is omitted.',
    ['REX-RCP-021', 'REX-RCP-024'],
    delivery(4, undefined),
  ],
  batch_note: [
    DELIVERY,
    'In place of a batch, the recipient signed a note.',
    ['REX-RCP-025'],
    {
      batch: {
        manifest: (m) => ({
          ...m,
          type: NOTE,
          threadId: bytesOf('thread', 16),
          heads: [bytesOf('head')],
          event: event(NOTE, message([1, 'x'])),
        }),
      },
    },
  ],
  batch_second_other: [
    DELIVERY,
    'The first receipt of a batch names the message, and the second names another for the same envelope.',
    ['REX-RCP-025'],
    receipts((right) => [right, fields(right, { 4: field([4, bytesOf('other')]) })]),
  ],
  batch_second_envelope: [
    undefined,
    'The second receipt of a batch is about another envelope and message.',
    ['REX-RCP-025'],
    receipts((right) => [
      right,
      receiptOf({ envelopeDigest: bytesOf('other envelope'), message: bytesOf('other message') }),
    ]),
  ],
  batch_refused_named: [
    undefined,
    'The receipt says refused and names the message.',
    ['REX-RCP-025'],
    { receipt: (said) => ({ ...said, status: 4 }) },
  ],
  batch_refused_other: [
    DELIVERY,
    'The receipt says refused and names another message.',
    ['REX-RCP-025'],
    { receipt: (said) => ({ ...said, status: 4, message: bytesOf('other') }) },
  ],
  batch_status_unknown: [
    undefined,
    'The receipt has a status that nobody knows.',
    ['REX-RCP-025', 'REX-RCP-015'],
    { receipt: (said) => ({ ...said, status: 99 }) },
  ],
  batch_key_old: [
    DELIVERY,
    'The key of the batch was not usable any more when the batch was made.',
    ['REX-RCP-025', 'REX-ID-021'],
    { configurations: [HOTLINE, configurationOf(ngo, { until: NOW - LATEST })], ...delivery(4, undefined) },
  ],
  stored_key_old: [
    DELIVERY,
    'The receipt key was not usable any more when the envelope was stored.',
    ['REX-RCP-024', 'REX-ID-021'],
    { configurations: [HOTLINE, configurationOf(ngo, { until: NOW + 1000 - LATEST })], noReceipts: true },
  ],
  stored_id_other: [
    DELIVERY,
    'The stored receipt is for another envelope id.',
    ['REX-RCP-024'],
    { stored: (right) => storedReceipt({ ...right, envelopeId: bytesOf('other', 16) }) },
  ],
  stored_recipient_other: [
    DELIVERY,
    'The stored receipt names another recipient.',
    ['REX-RCP-024'],
    { stored: (right) => storedReceipt({ ...right, recipient: police.organisation }) },
  ],
  stored_sender_other: [
    DELIVERY,
    'The stored receipt names another sender.',
    ['REX-RCP-024'],
    { stored: (right) => storedReceipt({ ...right, sender: police.organisation }) },
  ],
  configuration_malformed: [
    'entity_configurations[1]',
    'A configuration is no JWT.',
    ['REX-RCP-020'],
    { configurations: [HOTLINE, 'no JWT', NGO] },
  ],
  configuration_forged_first: [
    'entity_configurations[0]',
    'Both configurations are signed by a third organisation.',
    ['REX-RCP-020'],
    { configurations: [forged(hotline), forged(ngo)] },
  ],
  recipient_missing: [
    DELIVERY,
    'The configuration of the recipient is missing.',
    ['REX-RCP-020'],
    { configurations: [HOTLINE] },
  ],
  order_section: [
    'messages[0].sections[0]',
    'A section is not in the manifest, and the stored receipt and the signature of the manifest are wrong.',
    [],
    {
      sections: () => [bytesOf('no section')],
      manifest: flip,
      stored: (right) => flip(storedReceipt(right)),
    },
  ],
  order_delivery: [
    DELIVERY,
    'The stored receipt and the signature of the manifest are wrong.',
    [],
    { manifest: flip, stored: (right) => flip(storedReceipt(right)) },
  ],
  order_form: [
    MANIFEST,
    'The header of the manifest is that of another slot, and a section is not in the manifest.',
    [],
    {
      message: { header: (header) => header.replace('rex-manifest', 'rex-stored') },
      sections: () => [bytesOf('no section')],
    },
  ],
  order_compromised: [
    MESSAGE.replace('0', '1'),
    'The key of the message is compromised, and the message is there twice: what is refuted comes last.',
    [],
    {
      configurations: [configurationOf(hotline, { revoked: { reason: 'compromised', at: NOW - DAY } }), NGO],
      bytes: (bytes) => Buffer.concat([bytes, split(bytes).at(-1) as Uint8Array]),
    },
  ],
  manifest_none: [
    MANIFEST,
    'A message has no manifest.',
    ['REX-RCP-021'],
    { bytes: (bytes) => withoutManifest(bytes) },
  ],
  section_second: [
    'messages[0].sections[1]',
    'The second of two sections is not in the manifest.',
    ['REX-RCP-022'],
    { sections: ([one]) => [one as Uint8Array, section('another')] },
  ],
  section_twice: [
    undefined,
    'A section is shown twice.',
    ['REX-RCP-022'],
    { sections: ([one]) => [one, one] as Uint8Array[] },
  ],
}

const section = (text: string) => message([1, bytesOf('salt')], [2, 'triage'], [3, utf8(text)])
function forged(whose: typeof hotline): string {
  return compact(statement(claimsOf(whose), police.entity, whose.entity.thumbprint))
}

/** Removes the manifest of the only message of a bundle. */
function withoutManifest(bytes: Uint8Array): Uint8Array {
  const parts = split(bytes)
  const entry = parts.at(-1) as Uint8Array
  const inner = entry.subarray(entry.length - lengthOf(entry))
  return Buffer.concat([...parts.slice(0, -1), field([3, fields(inner, { 1: undefined })])])
}

/** Returns the length of the value of a field. */
function lengthOf(part: Uint8Array): number {
  let value = 0
  for (let at = 1, shift = 1; ; at++, shift *= 128) {
    const byte = part[at] as number
    value += (byte & 127) * shift
    if (byte < 128) return value
  }
}

export function evidenceEdges(): CaseFile[] {
  return casesOf(ROWS)
}

/** Makes a case from each row: a refusal with the path, or an acceptance if the row has no path. */
export function casesOf(rows: Readonly<Record<string, Row>>): CaseFile[] {
  return Object.entries(rows).map(([name, [path, title, requirements, plan]]) =>
    verifies(
      `edge_${name}`,
      title,
      ['REX-RCP-026', ...requirements],
      plan,
      path === undefined ? undefined : { reason: ['EVIDENCE_INVALID'], path },
    ),
  )
}
