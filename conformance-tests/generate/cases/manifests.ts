// Cases of manifests that break one rule each, by as little as possible. docs/spec/envelope.md, "Manifest"
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { field, message } from '../bytes/wire.ts'
import { event, NOTE, NOTE_EVENT, type Plan, RECEIPT } from '../message.ts'
import type { Manifest } from '../objects.ts'
import { DAY, hotline, NOW, ngo } from '../party.ts'
import { NOTE_PLAN } from './encodings.ts'
import { opens, refuses } from './form.ts'

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => bytesOf(`digest ${i}`)).sort(Buffer.compare)
const short = (bytes: Uint8Array) => bytes.subarray(1)

type Row = readonly [
  name: string,
  title: string,
  requirement: string,
  change: (manifest: Manifest) => Manifest,
]

const ROWS: readonly Row[] = [
  [
    'message_id_short',
    'The message id has 15 bytes.',
    'REX-ENV-011',
    (m) => ({ ...m, messageId: short(m.messageId) }),
  ],
  [
    'thread_id_short',
    'The thread id has 15 bytes.',
    'REX-ENV-011',
    (m) => ({ ...m, threadId: short(m.threadId) }),
  ],
  [
    'thread_id_zero',
    'The thread id is zero.',
    'REX-ENV-011',
    (m) => ({ ...m, threadId: new Uint8Array(16) }),
  ],
  ['chain_short', 'The chain has 15 bytes.', 'REX-ENV-011', (m) => ({ ...m, chain: short(m.chain) })],
  [
    'sender_key_short',
    'The sender key has 31 bytes.',
    'REX-ENV-011',
    (m) => ({ ...m, senderKey: short(m.senderKey) }),
  ],
  [
    'sender_no_identifier',
    'The sender is no entity identifier.',
    'REX-ID-001',
    (m) => ({ ...m, sender: 'http://hotline.example' }),
  ],
  ['counter_above', 'The counter is 65 536.', 'REX-ENV-011', (m) => ({ ...m, counter: 65_536 })],
  ['created_zero', 'The manifest has no date.', 'REX-ENV-012', (m) => ({ ...m, createdMs: 0 })],
  [
    'lifetime_zero',
    'The manifest expires when it was created.',
    'REX-ENV-012',
    (m) => ({ ...m, expiresMs: m.createdMs }),
  ],
  [
    'lifetime_above',
    'The lifetime is 14 days and a millisecond.',
    'REX-ENV-012',
    (m) => ({ ...m, expiresMs: m.createdMs + 14 * DAY + 1 }),
  ],
  ['heads_in_refer', 'A referral has a head.', 'REX-ENV-013', (m) => ({ ...m, heads: many(1) })],
  ['void_65', 'There are 65 void digests.', 'REX-ENV-013', (m) => ({ ...m, void: many(65) })],
  ['void_descending', 'The void digests descend.', 'REX-ENV-013', (m) => ({ ...m, void: many(2).reverse() })],
  [
    'void_twice',
    'A void digest stands twice.',
    'REX-ENV-013',
    (m) => ({ ...m, void: [...many(1), ...many(1)] }),
  ],
  ['void_short', 'A void digest has 31 bytes.', 'REX-ENV-013', (m) => ({ ...m, void: many(1).map(short) })],
  ['type_zero', 'There is no event type.', 'REX-ENC-005', (m) => ({ ...m, type: 0 })],
  [
    'type_unknown',
    'The event type is unknown.',
    'REX-ENV-014',
    (m) => ({ ...m, type: 99, event: undefined, heads: many(1) }),
  ],
  [
    'event_of_other_type',
    'The event is of another type than the manifest says.',
    'REX-ENV-014',
    (m) => ({ ...m, event: event(NOTE, message([1, 'x'])) }),
  ],
  [
    'sections_3',
    'There are three section digests.',
    'REX-ENV-017',
    (m) => ({ ...m, sectionDigests: m.sectionDigests.slice(0, 3) }),
  ],
  [
    'sections_68',
    'There are 68 section digests.',
    'REX-ENV-017',
    (m) => ({ ...m, sectionDigests: [...m.sectionDigests, ...many(64)] }),
  ],
  [
    'sections_twice',
    'A section digest stands twice.',
    'REX-ENV-017',
    (m) => ({ ...m, sectionDigests: [...m.sectionDigests.slice(0, 3), m.sectionDigests[0] as Uint8Array] }),
  ],
  [
    'commitments_5',
    'There are five recipient commitments.',
    'REX-ENV-018',
    (m) => ({ ...m, commitments: [...m.commitments, ...many(1)].sort(Buffer.compare) }),
  ],
  [
    'commitments_descending',
    'The recipient commitments descend.',
    'REX-ENV-018',
    (m) => ({ ...m, commitments: m.commitments.toReversed() }),
  ],
  [
    'commitments_none',
    'There is no recipient commitment.',
    'REX-ENV-018',
    (m) => ({ ...m, commitments: [] }),
  ],
  [
    'large_number',
    'The date is 2^53.',
    'REX-ENC-004',
    (m) => ({ ...m, createdMs: 2 ** 53, expiresMs: 2 ** 53 + 2 }),
  ],
]

/** Makes the plan of a batch of receipts from the ngo to the hotline. */
export function batchPlan(receipts: readonly Uint8Array[], change: Partial<Plan> = {}): Plan {
  const content = receipts.map((receipt) => field([1, receipt]))
  const said = {
    threadId: new Uint8Array(16),
    type: RECEIPT,
    event: event(RECEIPT, Buffer.concat(content)),
    expiresMs: NOW + 14 * DAY,
    testTraffic: false,
  }
  return { label: 'batch', sender: ngo, recipient: hotline, sections: [], said, ...change }
}

/** Encodes a canonical `DeskReceipt` with status `received`. */
export function receiptOf(said: {
  envelopeDigest: Uint8Array
  message: Uint8Array
  status?: number
}): Uint8Array {
  const { envelopeDigest, message: digest, status = 1 } = said
  return message(
    [1, status],
    [2, bytesOf('message envelope id', 16)],
    [3, envelopeDigest],
    [4, digest],
    [5, NOW],
  )
}

/** Invalid section types, which a receiver would repeat in its answer to the sender. */
const SECTION_TYPES: readonly (readonly [name: string, title: string, type: string])[] = [
  ['empty', 'The type of a section is empty.', ''],
  ['line', 'The type of a section has a line end.', 'triage\nreceived'],
  ['capital', 'The type of a section has a capital letter.', 'Triage'],
  ['long', 'The type of a section has 65 characters.', 'a'.repeat(65)],
]

export function manifests(): CaseFile[] {
  const withoutHeads = { ...NOTE_PLAN, said: { ...NOTE_PLAN.said, heads: [] } }
  const heads = (count: number) => ({ ...NOTE_PLAN, said: { ...NOTE_PLAN.said, heads: many(count) } })
  return [
    ...ROWS.map(([name, title, requirement, change]) =>
      refuses(
        `manifest_${name}`,
        'manifest',
        {
          manifest: change,
          routing: (old) => ({ ...old, sender: hotline.organisation, createdMs: NOW, expiresMs: NOW + DAY }),
        },
        { title, requirements: [requirement] },
      ),
    ),
    opens(
      'manifest_counter_most',
      { said: { counter: 65_535 } },
      { title: 'The counter is 65 535.', requirements: ['REX-ENV-011'] },
    ),
    opens(
      'manifest_lifetime_most',
      { said: { expiresMs: NOW + 14 * DAY } },
      { title: 'The lifetime is 14 days.', requirements: ['REX-ENV-012'] },
    ),
    opens(
      'manifest_void_64',
      { said: { void: many(64) } },
      { title: 'There are 64 void digests.', requirements: ['REX-ENV-013'] },
    ),
    opens('manifest_heads_16', heads(16), { title: 'There are 16 heads.', requirements: ['REX-ENV-013'] }),
    refuses('manifest_heads_17', 'manifest', heads(17), {
      title: 'There are 17 heads.',
      requirements: ['REX-ENV-013'],
    }),
    refuses('manifest_heads_none', 'manifest', withoutHeads, {
      title: 'A note has no head.',
      requirements: ['REX-ENV-013'],
    }),
    ...events(),
    ...batches(),
  ]
}

/** Makes cases about the place of the event and the type of its section. */
function events(): CaseFile[] {
  return [
    refuses(
      'event_missing',
      'section',
      { said: { event: undefined } },
      { title: 'There is no event.', requirements: ['REX-ENV-015'] },
    ),
    refuses(
      'event_twice',
      'section',
      { sections: [{ type: 'event', content: bytesOf('event') }] },
      { title: 'The manifest has an event, and a section has one too.', requirements: ['REX-ENV-015'] },
    ),
    refuses(
      'event_of_other_type',
      'section',
      { ...NOTE_PLAN, sections: [{ type: 'event', content: event(16, message()) }] },
      {
        title: 'The event in the section is of another type than the manifest says.',
        requirements: ['REX-ENV-014'],
      },
    ),
    ...SECTION_TYPES.map(([name, title, type]) =>
      refuses(
        `section_type_${name}`,
        'section',
        { sections: [{ type, content: bytesOf('content') }] },
        { title, requirements: ['REX-ENV-021', 'REX-RCP-013'] },
      ),
    ),
    refuses(
      'event_not_first',
      'section',
      {
        ...NOTE_PLAN,
        sections: [{ type: 'people', content: bytesOf('people') }, ...(NOTE_PLAN.sections ?? [])],
      },
      { title: 'The event is in the second section.', requirements: ['REX-ENV-015'] },
    ),
    refuses(
      'event_at_index_one',
      'section',
      {
        ...NOTE_PLAN,
        sections: [{ type: 'people', content: bytesOf('people') }, ...(NOTE_PLAN.sections ?? [])],
        granted: [1],
      },
      {
        title: 'The event is in the second section, and the first is not granted.',
        requirements: ['REX-ENV-015'],
      },
    ),
  ]
}

/** Members that a batch of receipts must not have. */
const BATCH_FORMS: readonly (readonly [
  name: string,
  title: string,
  change: (manifest: Manifest) => Manifest,
])[] = [
  ['test', 'A batch that is test traffic.', (m) => ({ ...m, testTraffic: true })],
  ['counter', 'A batch with counter 1.', (m) => ({ ...m, counter: 1 })],
  ['void', 'A batch that names a digest void.', (m) => ({ ...m, void: many(1) })],
  ['sections', 'A batch with sections.', (m) => ({ ...m, sectionDigests: many(4) })],
]

function batches(): CaseFile[] {
  const receipt = receiptOf({ envelopeDigest: bytesOf('envelope'), message: bytesOf('message') })
  const batch = { requirements: ['REX-ENV-015', 'REX-RCP-010'], opener: 'hotline' }
  return [
    opens('batch_one', batchPlan([receipt]), { title: 'A batch of one receipt.', ...batch }),
    refuses('batch_none', 'manifest', batchPlan([]), { title: 'A batch of no receipts.', ...batch }),
    refuses('batch_257', 'manifest', batchPlan(Array.from({ length: 257 }, () => receipt)), {
      title: 'A batch of 257 receipts.',
      ...batch,
    }),
    refuses(
      'batch_thread',
      'manifest',
      batchPlan([receipt], { manifest: (m) => ({ ...m, threadId: bytesOf('thread', 16) }) }),
      { title: 'A batch that belongs to a thread.', ...batch },
    ),
    ...BATCH_FORMS.map(([name, title, change]) =>
      refuses(`batch_${name}`, 'manifest', batchPlan([receipt], { manifest: change }), {
        ...batch,
        title,
        requirements: ['REX-RCP-010', 'REX-ENV-019'],
      }),
    ),
    refuses('batch_signature', 'signature', batchPlan([receipt], { signer: hotline.message }), {
      title: 'A batch signed by its recipient under the kid of its sender.',
      ...batch,
    }),
  ]
}

/** Makes cases of events and sections in a wrong place or of a wrong type, and of an envelope for another organisation of the same host. */
export function misplaced(): CaseFile[] {
  const types = { underscore: 'own_section', letter: 'secci\u00f3n' }
  return [
    refuses(
      'recipient_department',
      'routing',
      { routing: (old) => ({ ...old, recipient: `${ngo.organisation}/intake` }) },
      {
        title: 'The routing names a department of the opener, which is another organisation.',
        requirements: ['REX-ID-001'],
      },
    ),
    refuses(
      'event_section_of_other_type',
      'section',
      { ...NOTE_PLAN, sections: [{ type: 'event', content: event(11, new Uint8Array()) }] },
      {
        title: 'The section of the event has an event of another type than the manifest.',
        requirements: ['REX-ENV-014'],
      },
    ),
    refuses(
      'event_in_both_places',
      'section',
      { ...NOTE_PLAN, said: { ...NOTE_PLAN.said, event: NOTE_EVENT } },
      { title: 'The event is in the manifest and in a section.', requirements: ['REX-ENV-015'] },
    ),
    ...Object.entries(types).map(([name, type]) =>
      refuses(
        `section_type_${name}`,
        'section',
        { section: (old) => ({ ...old, type }) },
        { title: `The type of a section is ${type}, which is no code.`, requirements: ['REX-ENV-021'] },
      ),
    ),
  ]
}
