// Cases of messages at the limits of their members, and at the limits of the time in which they can be opened.
// docs/spec/envelope.md, "Manifest", "Opening"
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf, jwsHeader, withLargeS } from '../bytes/crypto.ts'
import { field } from '../bytes/wire.ts'
import { NOTE_PLAN } from '../cases/encodings.ts'
import { opens, refuses, type Saying, STORED, type Stage } from '../cases/form.ts'
import { batchPlan, receiptOf } from '../cases/manifests.ts'
import { event, NOTE_EVENT, type Plan, RECEIPT, ROUTINE } from '../message.ts'
import { commitmentOf, type Manifest } from '../objects.ts'
import { DAY, hotline, MINUTE, NOW, ngo } from '../party.ts'

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => bytesOf(`digest ${i}`)).sort(Buffer.compare)
const long = (bytes: Uint8Array) => Buffer.concat([bytes, Uint8Array.of(1)])
const changed = (change: (manifest: Manifest) => Manifest): Plan => ({
  manifest: change,
  routing: (old) => ({ ...old, sender: hotline.organisation, createdMs: NOW, expiresMs: NOW + DAY }),
})
const first = (list: readonly Uint8Array[], change: (bytes: Uint8Array) => Uint8Array) =>
  list.map((entry, i) => (i === 0 ? change(entry) : entry))

type Row = readonly [
  name: string,
  stage: Stage,
  title: string,
  requirement: string,
  plan: Plan,
  saying?: Partial<Saying>,
]

const MANIFESTS: readonly (readonly [
  name: string,
  title: string,
  requirement: string,
  change: (manifest: Manifest) => Manifest,
])[] = [
  [
    'message_id_long',
    'The message id has 17 bytes.',
    'REX-ENV-011',
    (m) => ({ ...m, messageId: long(m.messageId) }),
  ],
  [
    'thread_id_long',
    'The thread id has 17 bytes.',
    'REX-ENV-011',
    (m) => ({ ...m, threadId: long(m.threadId) }),
  ],
  ['thread_id_none', 'The thread id is empty.', 'REX-ENV-011', (m) => ({ ...m, threadId: new Uint8Array() })],
  ['chain_long', 'The chain has 17 bytes.', 'REX-ENV-011', (m) => ({ ...m, chain: long(m.chain) })],
  ['void_long', 'A void digest has 33 bytes.', 'REX-ENV-013', (m) => ({ ...m, void: many(1).map(long) })],
  [
    'void_second_descending',
    'The last of three void digests descends.',
    'REX-ENV-013',
    (m) => ({ ...m, void: [many(3)[0], many(3)[2], many(3)[1]] as Uint8Array[] }),
  ],
  [
    'section_digest_short',
    'A section digest has 31 bytes.',
    'REX-ENV-017',
    (m) => ({ ...m, sectionDigests: [...m.sectionDigests.slice(0, 3), bytesOf('decoy', 31)] }),
  ],
  [
    'section_digest_long',
    'A section digest has 33 bytes.',
    'REX-ENV-017',
    (m) => ({ ...m, sectionDigests: [...m.sectionDigests.slice(0, 3), bytesOf('decoy', 33)] }),
  ],
  [
    'commitment_short',
    'A recipient commitment has 31 bytes.',
    'REX-ENV-018',
    (m) => ({ ...m, commitments: first(m.commitments, (one) => one.subarray(0, 31)) }),
  ],
  [
    'commitment_twice',
    'A recipient commitment stands twice.',
    'REX-ENV-018',
    (m) => ({
      ...m,
      commitments: [m.commitments[0], m.commitments[0], ...m.commitments.slice(2)] as Uint8Array[],
    }),
  ],
  ...[1, 3, 8, 15, 17, 63, 65, 68].map(
    (count) =>
      [
        `commitments_${count}_in_all`,
        `There are ${count} recipient commitments.`,
        'REX-ENV-018',
        (m: Manifest) => ({ ...m, commitments: withOwn(m, count) }),
      ] as const,
  ),
  [
    'lifetime_negative',
    'The manifest expires before it was created.',
    'REX-ENV-012',
    (m) => ({ ...m, expiresMs: m.createdMs - 1 }),
  ],
  [
    'sender_port',
    'The sender has a port.',
    'REX-ID-001',
    (m) => ({ ...m, sender: 'https://hotline.example:443' }),
  ],
]

/** Returns `count` sorted commitments. If the manifest has fewer commitments, decoys are added; if it has more, only its first ones are used. */
function withOwn({ commitments }: Manifest, count: number): Uint8Array[] {
  return [...commitments, ...many(count)].slice(0, count).sort(Buffer.compare)
}

/** Returns the plan of a note, whose event is in its first section, with changes. */
const note = (plan: Plan, said: Plan['said'] = {}): Plan => ({
  ...NOTE_PLAN,
  ...plan,
  said: { ...NOTE_PLAN.said, ...said },
})

const ROWS: readonly Row[] = [
  [
    'heads_short',
    'manifest',
    'A head has 31 bytes.',
    'REX-ENV-013',
    note({}, { heads: many(1).map((head) => head.subarray(1)) }),
  ],
  [
    'heads_descending',
    'manifest',
    'The heads descend.',
    'REX-ENV-013',
    note({}, { heads: many(2).reverse() }),
  ],
  [
    'heads_twice',
    'manifest',
    'A head stands twice.',
    'REX-ENV-013',
    note({}, { heads: [...many(1), ...many(1)] }),
  ],
  [
    'event_empty_section',
    'section',
    'The section of the event is empty.',
    'REX-ENV-014',
    note({ sections: [{ type: 'event', content: new Uint8Array() }] }),
  ],
  [
    'event_alone_of_type',
    'section',
    'The manifest has no event, and its section is of another type.',
    'REX-ENV-015',
    note({ sections: [{ type: 'people', content: NOTE_EVENT }] }),
  ],
  [
    'kid_other_alone',
    'manifest',
    'The manifest names the key that signs, and its kid names another.',
    'REX-ENV-011',
    { header: () => jwsHeader('rex-manifest+jws', ngo.message.thumbprint) },
  ],
  [
    'dated_within_routing',
    'signature',
    'The manifest is dated a day ahead of its routing.',
    'REX-ENV-070',
    { routing: (old) => ({ ...old, createdMs: NOW - DAY }) },
    { storedMs: NOW - DAY },
  ],
  [
    'stored_long_after_expiry',
    'routing',
    'The envelope was stored a month after its expiry.',
    'REX-ENV-070',
    {},
    { storedMs: NOW + 33 * DAY },
  ],
  [
    'dated_long_ahead',
    'routing',
    'The envelope is dated a year ahead.',
    'REX-ENV-070',
    {},
    { storedMs: NOW - 365 * DAY },
  ],
  [
    'regranted_index_beyond',
    'binding',
    'The grant names a section far beyond those of the manifest.',
    'REX-ENV-070',
    {
      manifest: committed([200]),
      grant: (grant) => ({ ...grant, sections: grant.sections.map((one) => ({ ...one, index: 200 })) }),
    },
  ],
  [
    'section_of_decoy',
    'section',
    'The grant gives a section at the place of a decoy.',
    'REX-ENV-021',
    {
      manifest: committed([2]),
      grant: (grant) => ({ ...grant, sections: grant.sections.map((one) => ({ ...one, index: 2 })) }),
    },
  ],
  [
    'second_section_kc',
    'section',
    'The second of two sections is sealed under another key than granted.',
    'REX-JOSE-041',
    {
      sections: ['triage', 'people'].map((type) => ({ type, content: bytesOf(type) })),
      grant: (grant) => ({
        ...grant,
        sections: grant.sections.map((one, i) => (i === 1 ? { ...one, key: bytesOf('other') } : one)),
      }),
    },
  ],
  [
    'second_section_digest',
    'section',
    'The digest of the second of two sections is another.',
    'REX-ENV-021',
    {
      sections: ['triage', 'people'].map((type) => ({ type, content: bytesOf(type) })),
      manifest: (m) => ({
        ...m,
        sectionDigests: m.sectionDigests.map((one, i) => (i === 1 ? bytesOf('x') : one)),
      }),
    },
  ],
  [
    'section_salt_long',
    'section',
    'The salt of a section has 33 bytes.',
    'REX-ENV-021',
    { section: (section) => ({ ...section, salt: long(section.salt) }) },
  ],
  [
    'grant_key_long',
    'grant',
    'The manifest key has 33 bytes.',
    'REX-ENV-032',
    { grant: (grant) => ({ ...grant, manifestKey: long(grant.manifestKey) }) },
  ],
  [
    'grant_salt_long',
    'grant',
    'The commitment salt has 33 bytes.',
    'REX-ENV-032',
    { grant: (grant) => ({ ...grant, salt: long(grant.salt) }) },
  ],
  [
    'grant_key_none',
    'grant',
    'The grant has no manifest key.',
    'REX-ENV-032',
    { grant: (grant) => ({ ...grant, manifestKey: new Uint8Array() }) },
  ],
  [
    'signature_in_rex2_large_s',
    'signature',
    'S of the signature is not below the group order, in a message of REX-2.',
    'REX-JOSE-030',
    { suite: 'REX-2', signed: (jws) => ({ ...jws, signature: withLargeS(jws.signature) }) },
  ],
]

/** Makes the manifest commit to the sections at these indexes. */
function committed(sections: readonly number[]): NonNullable<Plan['manifest']> {
  const opening = { salt: bytesOf('message commitment'), recipient: ngo.organisation, lane: 2, sections }
  return (old) => ({
    ...old,
    commitments: [commitmentOf(opening), ...old.commitments.slice(1)].sort(Buffer.compare),
  })
}

const receipt = receiptOf({ envelopeDigest: bytesOf('envelope'), message: bytesOf('message') })
const other = (path: string) => ({ ...{ requirements: [path] }, opener: 'hotline' })

/** Makes cases of receipt batches (REX-RCP-010, REX-RCP-025). */
function batches(): CaseFile[] {
  const inSection = batchPlan([receipt], {
    sections: [{ type: 'event', content: event(RECEIPT, field([1, receipt])) }],
    manifest: (m) => ({ ...m, event: undefined }),
  })
  const dated = (createdMs: number) =>
    batchPlan([receipt], { manifest: (m) => ({ ...m, createdMs, expiresMs: createdMs + 14 * DAY }) })
  const young = { configurations: ['hotline', 'ngo_young'], opener: 'hotline', storedMs: NOW }
  return [
    opens('batch_256', batchPlan(Array(256).fill(receipt)), {
      title: 'A batch of 256 receipts.',
      ...other('REX-RCP-010'),
    }),
    refuses('batch_in_section', 'manifest', inSection, {
      title: 'A batch whose event is in a section.',
      ...other('REX-RCP-010'),
    }),
    refuses(
      'batch_heads',
      'manifest',
      batchPlan([receipt], { manifest: (m) => ({ ...m, heads: many(1) }) }),
      {
        title: 'A batch with a head.',
        ...other('REX-RCP-010'),
      },
    ),
    refuses('batch_key_not_yet', 'signature', dated(NOW - 1), {
      title: 'A batch whose key was usable when it was stored, and not when it was made.',
      requirements: ['REX-RCP-025', 'REX-ID-021'],
      ...young,
    }),
    opens('batch_key_young', dated(NOW), {
      title: 'A batch whose key was usable from the moment on when it was made.',
      requirements: ['REX-RCP-025', 'REX-ID-021'],
      ...young,
    }),
  ]
}

/** Makes cases of messages at a limit that can be opened. */
function limits(): CaseFile[] {
  const right = (name: string, title: string, plan: Plan, saying: Partial<Saying> = {}) =>
    opens(`edge_${name}`, plan, { title, requirements: ['REX-ENV-070'], storedMs: STORED, ...saying })
  const tooMany = Array.from({ length: 64 }, (_, i) => ({
    type: 'people',
    content: bytesOf(`content ${i}`, 8),
  }))
  return [
    right(
      'oldest',
      'The manifest is a millisecond less than 14 days and ten minutes older than the storing.',
      {
        routing: (old) => ({ ...old, createdMs: NOW + 14 * DAY - MINUTE, expiresMs: NOW + 14 * DAY }),
        said: { expiresMs: NOW + 14 * DAY },
      },
      { storedMs: NOW + 14 * DAY + 10 * MINUTE - 1 },
    ),
    right(
      'resealed',
      'The routing was made a day after the manifest.',
      {
        routing: (old) => ({ ...old, createdMs: old.createdMs + DAY }),
      },
      { storedMs: NOW + DAY },
    ),
    right('one_section_of_64', 'The last of 64 sections is granted.', { sections: tooMany, granted: [63] }),
    right('all_64_sections', 'All of 64 sections are granted.', { sections: tooMany }),
    ...[16, 64].map((count) =>
      right(`commitments_${count}`, `There are ${count} recipient commitments.`, {
        manifest: (m) => ({ ...m, commitments: withOwn(m, count) }),
      }),
    ),
    right('section_type_64', 'The type of a section has 64 characters.', {
      sections: [{ type: 'a'.repeat(64), content: bytesOf('content') }],
    }),
    right('empty_content', 'The content of a section is empty.', {
      sections: [{ type: 'people', content: new Uint8Array() }],
    }),
    right('padded_above_floor', 'A section is padded above the floor.', {
      sections: [{ type: 'people', content: bytesOf('content', 5000) }],
    }),
    right('routine', 'A message for the routine lane.', { lane: ROUTINE }),
    right(
      'short_life',
      'The manifest expires a millisecond after it was made.',
      { said: { expiresMs: NOW + 1 } },
      { storedMs: NOW },
    ),
  ]
}

export function messages(): CaseFile[] {
  return [
    ...MANIFESTS.map(([name, title, requirement, change]) =>
      refuses(`manifest_${name}`, 'manifest', changed(change), { title, requirements: [requirement] }),
    ),
    ...ROWS.map(([name, stage, title, requirement, plan, saying]) =>
      refuses(`edge_${name}`, stage, plan, { title, requirements: [requirement], ...saying }),
    ),
    ...batches(),
    ...limits(),
  ]
}
