// Regenerates the vectors of the specification, messages with fresh randomness between fixed parties. Run it only when the protocol changes,
// by `node --conditions=@rex/source docs/check/vectors.ts`. docs/spec/vectors.md
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { Envelope, Lane } from '@rex/proto/core/v1/envelope'
import { DeskReceiptStatus, type Event, EventType } from '@rex/proto/core/v1/thread'
import {
  type EntityClaims,
  encode,
  encodeEnvelope,
  encodeEvidence,
  entityWords,
  type Message,
  type SealedDelivery,
  type SealedMessage,
  seal,
  sealedDigest,
  signStoredReceipt,
  toBase64url,
} from '@rex/sdk/core'
import { type TestParty, testParty } from '@rex/sdk/testing'
import { padme } from '../../sdk/src/core/envelope/padding.ts'
import { deliver } from '../../sdk/src/core/envelope/seal.ts'
import { CASES, trackOf } from './pages/tracks.ts'

const NOW = Date.UTC(2027, 0, 4, 12)
const STORED = NOW + 1000
const DAY = 24 * 60 * 60_000
const FILE = new URL('../spec/vectors.json', import.meta.url)
const LENGTHS = [2, 9, 100, 512, 1024, 4096, 4097, 10_000, 65_535, 65_537, 1_000_000]

const random = (length: number) => new Uint8Array(randomBytes(length))

/** Creates a message. Members that are not given get default values. */
function messageOf(sender: TestParty, said: Partial<Message> & Pick<Message, 'type' | 'event'>): Message {
  return {
    messageId: random(16),
    threadId: random(16),
    sender: sender.organisation,
    chain: random(16),
    counter: 0,
    heads: [],
    void: [],
    createdMs: NOW,
    expiresMs: NOW + 3 * DAY,
    confidential: false,
    sections: [],
    recipients: [],
    testTraffic: true,
    ...said,
  }
}

const refer: Event = {
  content: {
    $case: 'refer',
    value: {
      kind: 'victim-support',
      group: new Uint8Array(),
      groupIndex: 0,
      groupSize: 0,
      decideByMs: NOW + DAY,
      follows: new Uint8Array(),
      codeLists: [{ list: 'referral-kind', version: 1 }],
      staged: [{ index: 1, type: 'people' }],
    },
  },
}
const note: Event = {
  content: { $case: 'note', value: { text: 'Fictional. Test traffic.', language: 'en' } },
}

function envelopeOf(sealed: SealedMessage, delivery: SealedDelivery): Uint8Array {
  return encodeEnvelope({
    routing: delivery.routing,
    grant: delivery.grant,
    manifest: sealed.sealedManifest.jwe,
    sections: delivery.granted.flatMap((index) => sealed.sealedSections.get(index)?.jwe ?? []),
  })
}

async function make(): Promise<object> {
  const names = ['hotline', 'ngo', 'police']
  const change = (draft: EntityClaims) => ({
    ...draft,
    party: { ...draft.party, epochs: draft.party.epochs.slice(0, 1) },
  })
  const parties = (await Promise.all(names.map((name) => testParty(name, { now: NOW, change })))) as [
    TestParty,
    TestParty,
    TestParty,
  ]
  const [hotline, ngo, police] = parties
  const weak = { ...ngo.keys, suites: ['REX-1'] as const }
  const sections = ['triage', 'people'].map((type) => ({ type, content: random(40) }))
  const to = { organisation: ngo.organisation, lane: Lane.URGENT, keys: weak, sections: [0] }
  const said = { type: EventType.REFER, event: refer, sections, recipients: [to] }
  const first = await seal(messageOf(hotline, said), { signer: hotline.message, random })
  const second = await seal(
    messageOf(hotline, {
      threadId: first.manifest.threadId,
      counter: 1,
      heads: [first.digest],
      type: EventType.NOTE,
      event: note,
      confidential: true,
      recipients: [{ ...to, keys: ngo.keys, sections: [] }],
    }),
    { signer: hotline.message, random },
  )
  const [delivery] = first.deliveries as [SealedDelivery]
  const [noted] = second.deliveries as [SealedDelivery]

  return {
    parties: parties.map(({ organisation, entity, epochs, configuration }) => ({
      organisation,
      entityConfiguration: configuration.jwt,
      words: entityWords(organisation, entity.key).join(' '),
      epoch: epochs.epoch,
      seed: toBase64url(epochs.seed),
    })),
    opened: [opened(first, delivery), opened(second, noted)],
    refused: await refusals({ first, delivery, hotline, ngo, police }),
    evidence: await evidence({ first, delivery, hotline, ngo }),
    padme: LENGTHS.map((length) => [length, padme(length)]),
    tracks: CASES.map(({ name, events }) => ({ name, events, ...trackOf(events) })),
  }
}

function opened(sealed: SealedMessage, delivery: SealedDelivery): object {
  return {
    suite: delivery.suite,
    recipient: delivery.organisation,
    storedMs: STORED,
    envelope: toBase64url(envelopeOf(sealed, delivery)),
    context: toBase64url(delivery.context),
    envelopeDigest: toBase64url(delivery.digest),
    manifest: toBase64url(sealed.signed.payload),
    manifestDigest: toBase64url(sealed.digest),
    sections: delivery.granted.map((index) => toBase64url(sealed.sections[index] as Uint8Array)),
  }
}

interface Cast {
  readonly first: SealedMessage
  readonly delivery: SealedDelivery
  readonly hotline: TestParty
  readonly ngo: TestParty
  readonly police: TestParty
}

/** Corrupts one message in many ways. Each envelope is correct in everything that is checked before the stated stage. */
async function refusals(cast: Cast): Promise<object[]> {
  const forged = await forge(cast)
  return [
    ...unparsable(cast, forged),
    ...(await misrouted(cast)),
    ...(await unopenable(cast)),
    ...(await misattributed(cast, forged)),
    ...(await unbound(cast)),
    ...(await badSections(cast, forged)),
  ]
}

type Bad = (name: string, stage: string, bytes: Uint8Array, change?: object) => object

const badFor =
  ({ ngo }: Cast): Bad =>
  (name, stage, bytes, change = {}) => ({
    name,
    stage,
    recipient: ngo.organisation,
    storedMs: STORED,
    envelope: toBase64url(bytes),
    ...change,
  })

/** Delivers the first message again, with other parts, with another delivery, or at another time. */
const againOf =
  ({ first, delivery, ngo }: Cast) =>
  async (
    parts: Partial<SealedMessage>,
    change: Partial<Parameters<typeof deliver>[1]> = {},
    createdMs = NOW,
  ) => {
    const keys = weakKeys(ngo)
    const spoilt = { ...first, ...parts }
    return envelopeOf(spoilt, await deliver(spoilt, { ...delivery, keys, ...change }, { random, createdMs }))
  }

const weakKeys = ({ keys }: TestParty) => ({ ...keys, suites: ['REX-1'] as const })

/** Forges a message in the name of the hotline, signed by the police. */
function forge({ hotline, ngo, police }: Cast): Promise<SealedMessage> {
  return seal(
    messageOf(hotline, {
      type: EventType.REFER,
      event: refer,
      sections: [{ type: 'triage', content: random(40) }],
      recipients: [{ organisation: ngo.organisation, lane: Lane.URGENT, keys: weakKeys(ngo), sections: [0] }],
    }),
    { signer: police.message, random },
  )
}

function unparsable(cast: Cast, forged: SealedMessage): object[] {
  const bad = badFor(cast)
  const good = envelopeOf(cast.first, cast.delivery)
  const parsed = Envelope.decode(good)
  const other = forged.sealedSections.get(0)
  const reordered = Buffer.from(
    String(Buffer.from(parsed.manifest?.protected ?? [])).replace(
      '"alg":"dir","crit":["kc"]',
      '"crit":["kc"],"alg":"dir"',
    ),
  )
  const manifest = { ...(parsed.manifest as never as object), protected: reordered } as never
  return [
    bad('an unknown field', 'parse', Buffer.concat([good, Uint8Array.of(0x28, 1)])),
    bad('a header with its members in another order', 'parse', encode(Envelope, { ...parsed, manifest })),
    bad(
      'a section of another message',
      'parse',
      encode(Envelope, { ...parsed, sections: other ? [other.jwe] : [] }),
    ),
  ]
}

async function misrouted(cast: Cast): Promise<object[]> {
  const [bad, again] = [badFor(cast), againOf(cast)]
  const good = envelopeOf(cast.first, cast.delivery)
  return [
    bad('for another organisation', 'routing', await again({}, { organisation: cast.police.organisation })),
    bad('stored after its expiry', 'routing', good, { storedMs: NOW + 3 * DAY + 600_000 }),
  ]
}

async function unopenable(cast: Cast): Promise<object[]> {
  const [bad, again] = [badFor(cast), againOf(cast)]
  const { sealedManifest } = cast.first
  return [
    bad('a key that does not exist', 'grant', await again({}, { keys: weakKeys(cast.police) })),
    bad(
      'a key that is not that of the manifest',
      'manifest',
      await again({ sealedManifest: { ...sealedManifest, key: random(32) } }),
    ),
  ]
}

async function misattributed(cast: Cast, forged: SealedMessage): Promise<object[]> {
  const [bad, again] = [badFor(cast), againOf(cast)]
  const { manifest } = cast.first
  return [
    bad(
      'signed with a key that is not that of the sender',
      'signature',
      envelopeOf(forged, forged.deliveries[0] as SealedDelivery),
    ),
    bad(
      'signed long before it was stored',
      'signature',
      await again({ manifest: { ...manifest, expiresMs: NOW + 20 * DAY } }, {}, NOW + 15 * DAY),
      { storedMs: NOW + 15 * DAY },
    ),
  ]
}

async function unbound(cast: Cast): Promise<object[]> {
  const [bad, again] = [badFor(cast), againOf(cast)]
  const { first, police } = cast
  const { organisation } = police
  return [
    bad(
      'routing that names another sender',
      'binding',
      await again({ manifest: { ...first.manifest, sender: organisation } }),
    ),
    bad(
      'routing that expires at another time',
      'binding',
      await again({ manifest: { ...first.manifest, expiresMs: NOW + 4 * DAY } }),
    ),
    bad('routing older than the manifest', 'binding', await again({}, {}, NOW - 1)),
    bad('another lane', 'binding', await again({}, { lane: Lane.ROUTINE })),
    bad('another salt', 'binding', await again({}, { commitmentSalt: random(32) })),
    bad('a section fewer than committed to', 'binding', await again({}, { granted: [] })),
    bad(
      'passed on to an organisation that the sender did not mean',
      'binding',
      await again({}, { organisation, keys: weakKeys(police) }),
      { recipient: organisation },
    ),
  ]
}

async function badSections(cast: Cast, forged: SealedMessage): Promise<object[]> {
  const [bad, again] = [badFor(cast), againOf(cast)]
  const rekeyed = { ...(cast.first.sealedSections.get(0) as never as object), key: random(32) }
  const other = forged.sealedSections.get(0)
  return [
    bad(
      'a key that is not that of the section',
      'section',
      await again({ sealedSections: new Map([[0, rekeyed as never]]) }),
    ),
    bad(
      'content that was not committed to',
      'section',
      await again({ sealedSections: new Map([[0, other as never]]) }),
    ),
  ]
}

/** Creates a bundle of the first message with a stored receipt and a desk receipt. */
async function evidence({ first, delivery, hotline, ngo }: Omit<Cast, 'police'>): Promise<object> {
  const {
    envelopeId,
    digest: envelopeDigest,
    commitmentSalt,
    organisation: recipient,
    lane,
    granted,
  } = delivery
  const stored = await signStoredReceipt(
    { envelopeId, envelopeDigest, sender: hotline.organisation, recipient, storedMs: STORED },
    ngo.receipt,
  )
  const receipt = {
    status: DeskReceiptStatus.RECEIVED,
    envelopeId,
    envelopeDigest,
    message: first.digest,
    timeMs: STORED,
    code: '',
  }
  const batch = await seal(
    messageOf(ngo, {
      threadId: new Uint8Array(16),
      createdMs: STORED,
      type: EventType.RECEIPT,
      event: { content: { $case: 'receipts', value: { receipts: [receipt] } } },
      recipients: [
        { organisation: hotline.organisation, lane: Lane.ROUTINE, keys: hotline.keys, sections: [] },
      ],
      testTraffic: false,
    }),
    { signer: ngo.message, random },
  )
  const bundle = encodeEvidence({
    entityConfigurations: [hotline.configuration.jwt, ngo.configuration.jwt],
    messages: [
      {
        manifest: first.signed,
        sections: [first.sections[0] as Uint8Array],
        deliveries: [
          {
            context: delivery.context,
            grant: sealedDigest(delivery.grant),
            commitment: { salt: commitmentSalt, recipient, lane, sections: [...granted] },
            stored,
            receipts: [{ manifest: batch.signed }],
          },
        ],
      },
    ],
  })
  return { bundle: toBase64url(bundle), storedMs: STORED, receipt: 'RECEIVED' }
}

if (import.meta.main) writeFileSync(FILE, `${JSON.stringify(await make(), null, 2)}\n`)
