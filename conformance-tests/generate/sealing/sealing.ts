// Messages to seal, and stored receipts to sign. Sealing is randomised, so the runner opens the envelopes and compares their contents.
// docs/spec/envelope.md, "Sealing"
import type { CaseFile, Expectation } from '../../suite/case.ts'
import { bytesOf, jwsBytes } from '../bytes/crypto.ts'
import { base64url, field, message, repeated, utf8 } from '../bytes/wire.ts'
import { storedReceipt } from '../cases/receipts.ts'
import { DAY, hotline, MINUTE, NOW, ngo } from '../party.ts'
import { eventBytes, type Happening, happening, saying } from '../threads/events.ts'
import { CONTENT } from '../threads/story.ts'
import { COUNTS } from './counts.ts'
import { EVENTS } from './events.ts'
import type { Plan } from './plan.ts'

const SECTIONS = [
  ['triage', CONTENT.triage],
  ['handling', CONTENT.handling],
  ['narrative', CONTENT.narrative],
] as const
const REFER = happening('refer')
/**
 * Types of events that travel in a section, because their contents in these cases have a member that requires it
 * (REX-THR-003).
 */
const IN_SECTION = new Set(['note', 'request-info', 'provide-info'])

function sealed(name: string, plan: Plan): CaseFile {
  const {
    title,
    requirements,
    event = REFER,
    isIdentifying = isInSection(event),
    sections = SECTIONS,
    recipients = [{ to: 'ngo', sections: [0, 1] }],
  } = plan
  const { suites = recipients.map(() => 'REX-2') } = plan
  const heads = event.type === 'refer' ? [] : [base64url(bytesOf('a head'))]
  const text = (value: string) => base64url(utf8(value))
  const found = recipients.flatMap(({ sections: granted = [], urgent }, i) => [
    [`suite ${i}`, text(suites[i] ?? '')],
    [`lane ${i}`, text(urgent ? 'urgent' : 'routine')],
    [`event ${i}`, text(isIdentifying ? 'in a section' : 'in the manifest')],
    [`event bytes ${i}`, base64url(eventBytes(event))],
    ...granted
      .map((index) => sections[index] as [string, Uint8Array])
      .map(([type, content]) => [`${type} ${i}`, base64url(content)]),
  ])
  const expect: Expectation =
    plan.refused === undefined
      ? { accepted: Object.fromEntries(found) }
      : { refused: { reason: [plan.refused] } }
  return {
    name: `seal_${name}`,
    title,
    requirements: ['REX-ENV-050', ...requirements],
    features: [...new Set(suites)],
    operation: 'seal',
    input: {
      sender: 'hotline',
      threadId: base64url(bytesOf('a thread', 16)),
      chain: base64url(bytesOf('a chain', 16)),
      counter: heads.length,
      heads,
      void: [],
      nowMs: NOW,
      expiresMs: NOW + 3 * DAY,
      event: base64url(eventBytes(event)),
      sections: sections.map(([type, content]) => ({ type, content: base64url(content) })),
      recipients: recipients.map(({ to, sections: granted = [], urgent }) => ({
        configuration: to,
        sections: granted,
        ...(urgent && { urgent }),
      })),
      ...plan.input,
    },
    expect,
  }
}

const isInSection = ({ type, content }: Happening) => IN_SECTION.has(type) || content === IDENTIFYING.content

const IDENTIFYING = saying('accept', [3, 'We call the family. Fictional. Test traffic.'])
const RECEIPT = field([
  20,
  repeated(1, [
    message(
      [1, 1],
      [2, bytesOf('an id', 16)],
      [3, bytesOf('an envelope')],
      [4, bytesOf('a message')],
      [5, NOW],
    ),
  ]),
])
const EPOCH = 7 * DAY
/** The end of the first of the two epochs that the parties publish, in Unix milliseconds. */
const CHANGE = (ngo.epoch + 1) * EPOCH
const later = (nowMs: number) => ({ nowMs, expiresMs: nowMs + DAY })
const descending = ['c', 'b', 'a'].map((label) => bytesOf(label)).sort((a, b) => Buffer.compare(b, a))

const SEALED: Readonly<Record<string, Plan>> = {
  rex1: {
    title: 'A refer to an organisation that offers REX-1 and a suite that nobody knows.',
    requirements: ['REX-ENV-030', 'REX-ENV-031', 'REX-JOSE-050'],
    recipients: [{ to: 'ngo_rex1', sections: [0, 1] }],
    suites: ['REX-1'],
  },
  rex2: {
    title: 'A refer to an organisation that offers both suites.',
    requirements: ['REX-ENV-030', 'REX-ENV-031', 'REX-JOSE-051', 'REX-JOSE-053'],
  },
  minimum: {
    title: 'The message demands REX-2, and the recipient does not offer it.',
    requirements: ['REX-ENV-031'],
    recipients: [{ to: 'ngo_rex1', sections: [0] }],
    suites: ['REX-2'],
    input: { minimumSuite: 'REX-2' },
    refused: 'SUITE_UNAVAILABLE',
  },
  several: {
    title: 'Two recipients get different sections, in different lanes and suites.',
    requirements: ['REX-ENV-016', 'REX-ENV-023', 'REX-ENV-051'],
    recipients: [
      { to: 'ngo_rex1', sections: [0, 1, 2], urgent: true },
      { to: 'police', sections: [0, 1] },
    ],
    suites: ['REX-1', 'REX-2'],
  },
  staged: {
    title: 'A section is granted to nobody; the manifest commits to it.',
    requirements: ['REX-ENV-017', 'REX-THR-030'],
  },
  first_withheld: {
    title: 'The first section is granted to nobody.',
    requirements: ['REX-ENV-023', 'REX-ENV-032'],
    recipients: [{ to: 'ngo', sections: [1, 2] }],
  },
  no_sections: {
    title: 'An accept without text or sections.',
    requirements: ['REX-ENV-017', 'REX-THR-003'],
    event: happening('accept'),
    sections: [],
    recipients: [{ to: 'ngo' }],
  },
  text: {
    title: 'An accept with a text, which travels in a section.',
    requirements: ['REX-ENV-015', 'REX-THR-003'],
    event: IDENTIFYING,
    sections: [],
    recipients: [{ to: 'ngo' }],
  },
  answer: {
    title: 'An answer with a section: the event is section 0.',
    requirements: ['REX-ENV-015', 'REX-THR-007'],
    event: happening('provide-info'),
    sections: [['narrative', CONTENT.narrative]],
    recipients: [{ to: 'ngo', sections: [0] }],
  },
  five_sections: {
    title: 'Four sections beside the event: eight section digests.',
    requirements: ['REX-ENV-017'],
    event: happening('note'),
    sections: [0, 1, 2, 3].map((i) => [`type-${i}`, CONTENT.narrative]),
    recipients: [{ to: 'ngo', sections: [0, 1, 2, 3] }],
  },
  heads: {
    title: 'Heads and void are given in descending order.',
    requirements: ['REX-ENV-013'],
    event: happening('withdraw'),
    sections: [],
    recipients: [{ to: 'ngo' }],
    input: { heads: descending.map(base64url), void: descending.map(base64url) },
  },
  large: {
    title: 'A section of 100 000 bytes.',
    requirements: ['REX-ENV-040'],
    sections: [...SECTIONS.slice(0, 2), ['narrative', new Uint8Array(100_000)]],
    recipients: [{ to: 'ngo', sections: [0, 1, 2] }],
  },
  epoch_last_moment: {
    title: 'The last millisecond of an epoch.',
    requirements: ['REX-ID-033'],
    input: later(CHANGE - 1),
  },
  epoch_next: {
    title: 'The first millisecond of the next epoch.',
    requirements: ['REX-ID-033'],
    input: later(CHANGE),
  },
  epoch_over: {
    title: 'The last published epoch is over; its key is used all the same.',
    requirements: ['REX-ID-033'],
    input: later(CHANGE + EPOCH + MINUTE),
  },
}

/** A receipt batch, which has no thread, heads or sections. */
const batch: CaseFile = {
  ...sealed('batch', {
    title: 'A receipt batch.',
    requirements: ['REX-RCP-010'],
    sections: [],
    recipients: [{ to: 'ngo' }],
    input: {
      event: base64url(RECEIPT),
      threadId: base64url(new Uint8Array(16)),
      real: 'true',
      expiresMs: NOW + 14 * DAY,
    },
  }),
}

const stored = {
  envelopeId: bytesOf('stored id', 16),
  envelopeDigest: bytesOf('stored digest'),
  sender: hotline.organisation,
  recipient: ngo.organisation,
  storedMs: NOW,
}

export function sealing(): CaseFile[] {
  const receipt = storedReceipt(stored)
  return [
    ...Object.entries({ ...SEALED, ...EVENTS, ...COUNTS }).map(([name, plan]) => sealed(name, plan)),
    {
      ...batch,
      expect: {
        accepted: {
          ...('accepted' in batch.expect ? batch.expect.accepted : {}),
          'event bytes 0': base64url(RECEIPT),
        },
      },
    },
    {
      name: 'sign_stored',
      title: 'A stored receipt is signed.',
      requirements: ['REX-RCP-001', 'REX-JOSE-010', 'REX-JOSE-030'],
      features: [],
      operation: 'sign-stored',
      input: { signer: 'ngo', receipt: base64url(receipt.payload) },
      expect: { accepted: { receipt: base64url(jwsBytes(receipt)) } },
    },
  ]
}
