import { randomBytes } from 'node:crypto'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { Envelope, Jwe, Lane, Manifest, Routing, Section } from '@rex/proto/core/v1/envelope'
import { DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestParty, testParty } from '../../testing/party.ts'
import { compare, decode, encode, equal, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { pinnedResolver } from '../identity/pinned.ts'
import { recipientKey } from '../jose/suite.ts'
import { LIMITS } from '../limits.ts'
import { contextBytes, contextDigest, recipientCommitment, sealedDigest } from './digest.ts'
import { sealGrant } from './grant.ts'
import { commitmentBucket, eventCase, parseManifest, sectionBucket } from './manifest.ts'
import { type OpenContext, type OpenFailure, open } from './open.ts'
import { encodeEnvelope, parseEnvelope } from './parse.ts'
import {
  type Message,
  type Recipient,
  resealMessage,
  type SealedDelivery,
  type SealedMessage,
  seal,
} from './seal.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const random = (length: number) => randomBytes(length)

let hotline: TestParty
let ngo: TestParty
let police: TestParty

beforeAll(async () => {
  const party = (name: string) => testParty(name, { now: NOW })
  ;[hotline, ngo, police] = await Promise.all([party('hotline'), party('ngo'), party('police')])
})

function message(recipients: readonly Recipient[], change: Partial<Message> = {}): Message {
  return {
    messageId: random(16),
    threadId: random(16),
    sender: hotline.organisation,
    chain: random(16),
    counter: 0,
    heads: [],
    void: [],
    createdMs: NOW,
    expiresMs: NOW + LIMITS.maxLifetime,
    type: EventType.REFER,
    event: {
      content: {
        $case: 'refer',
        value: {
          kind: 'victim-support',
          group: new Uint8Array(),
          groupIndex: 0,
          groupSize: 0,
          decideByMs: 0,
          follows: new Uint8Array(),
          codeLists: [],
          staged: [],
        },
      },
    },
    confidential: false,
    sections: [
      { type: 'triage', content: utf8('age band 10-12') },
      { type: 'people', content: utf8('name of a child') },
      { type: 'incident', content: utf8('what happened') },
    ],
    recipients,
    testTraffic: true,
    ...change,
  }
}

const to = (party: TestParty, sections: readonly number[], lane: Lane = Lane.ROUTINE): Recipient => ({
  organisation: party.organisation,
  lane,
  keys: party.keys,
  sections,
})

function envelopeOf(sealed: SealedMessage, delivery: SealedDelivery): Uint8Array {
  const sections = delivery.granted.map((index) => sealed.sealedSections.get(index)?.jwe as never)
  return encodeEnvelope({
    routing: delivery.routing,
    grant: delivery.grant,
    manifest: sealed.sealedManifest.jwe,
    sections,
  })
}

const contextOf = (party: TestParty, change: Partial<OpenContext> = {}): OpenContext => ({
  organisation: party.organisation,
  storedMs: NOW + 1000,
  decapsulator: party.decapsulator,
  resolver: pinnedResolver(
    (id) => [hotline, ngo, police].find((known) => known.organisation === id)?.configuration,
  ),
  ...change,
})

/** A batch of `count` receipts. */
const receipts = (count: number): Message['event'] => ({
  content: {
    $case: 'receipts',
    value: {
      receipts: Array.from({ length: count }, () => ({
        status: DeskReceiptStatus.RECEIVED,
        envelopeId: random(16),
        envelopeDigest: random(32),
        message: random(32),
        timeMs: NOW,
        code: '',
      })),
    },
  },
})

const options = () => ({ signer: hotline.message, random })

/** Opens an envelope; returns the stage at which that failed. */
async function stageOf(bytes: Uint8Array, context: OpenContext): Promise<string> {
  try {
    await open(bytes, context)
    return 'opened'
  } catch (error) {
    if (!RexError.is(error)) throw error
    if (error.reason !== 'UNOPENABLE') return error.reason
    expect(error.message).toBe('The envelope cannot be opened.')
    expect(error.metadata).toEqual({})
    return (error.cause as OpenFailure).stage
  }
}

describe('a message travels', () => {
  test.each(['REX-1', 'REX-2'] as const)(
    'in suite %s: the recipient gets exactly its sections',
    async (suite) => {
      const keys = { ...ngo.keys, suites: [suite] }
      const sealed = await seal(message([{ ...to(ngo, [0, 2]), keys }]), options())
      const [delivery] = sealed.deliveries as [SealedDelivery]
      expect(delivery.suite).toBe(suite)
      const opened = await open(envelopeOf(sealed, delivery), contextOf(ngo))
      expect(
        opened.sections.map((section) => [
          section.index,
          section.type,
          Buffer.from(section.content).toString(),
        ]),
      ).toEqual([
        [0, 'triage', 'age band 10-12'],
        [2, 'incident', 'what happened'],
      ])
      expect(equal(opened.digest, sealed.digest)).toBe(true)
      expect(equal(opened.envelope.digest, delivery.digest)).toBe(true)
      expect(opened.event.content?.$case).toBe('refer')
      expect(opened.eventSection).toBeUndefined()
    },
  )

  test('to several recipients: one manifest, own sections, and nobody learns of the other', async () => {
    const sealed = await seal(message([to(ngo, [0, 1]), to(police, [0, 2], Lane.URGENT)]), options())
    const [forNgo, forPolice] = sealed.deliveries as [SealedDelivery, SealedDelivery]
    const a = await open(envelopeOf(sealed, forNgo), contextOf(ngo))
    const b = await open(envelopeOf(sealed, forPolice), contextOf(police))
    expect(equal(a.digest, b.digest)).toBe(true)
    expect(a.sections.map((section) => section.type)).toEqual(['triage', 'people'])
    expect(b.sections.map((section) => section.type)).toEqual(['triage', 'incident'])
    expect(a.manifest.recipientCommitments).toHaveLength(4)
    expect(Buffer.from(encode(Manifest, a.manifest)).includes(police.organisation)).toBe(false)
  })

  test('an event that identifies somebody travels in a section of its own', async () => {
    const event = {
      content: { $case: 'note' as const, value: { text: 'Amal called again', language: 'en' } },
    }
    const change = { type: EventType.NOTE, event, confidential: true, heads: [random(32)], sections: [] }
    const sealed = await seal(message([to(ngo, [])], change), options())
    expect(sealed.manifest.event).toBeUndefined()
    const opened = await open(envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery), contextOf(ngo))
    expect(opened.event).toEqual(event)
    expect(opened.sections).toEqual([])
    expect(equal(opened.eventSection as Uint8Array, sealed.sections[0] as Uint8Array)).toBe(true)
  })

  test('REX-ENV-060 sealed afresh from what its sender keeps: same signed bytes, all keys new', async () => {
    const sealed = await seal(message([to(ngo, [1])]), options())
    const [first] = sealed.deliveries as [SealedDelivery]
    const { manifest, signed, sections } = sealed
    const how = { random, keys: { ...ngo.keys, suites: ['REX-1' as const] }, now: NOW + 5000 }
    const again = await resealMessage({ manifest, signed, sections }, first, how)
    const [delivery] = again.deliveries as [SealedDelivery]
    expect(equal(again.sealedManifest.key, sealed.sealedManifest.key)).toBe(false)
    const opened = await open(envelopeOf(again, delivery), contextOf(ngo, { storedMs: NOW + 6000 }))
    expect(equal(opened.digest, sealed.digest)).toBe(true)
    expect(equal(delivery.envelopeId, first.envelopeId)).toBe(false)
    expect(opened.envelope.routing.createdMs).toBe(NOW + 5000)
    expect(opened.sections.map(({ bytes }) => equal(bytes, sections[1] as Uint8Array))).toEqual([true])
    const late = resealMessage(sealed, first, { ...how, now: NOW + LIMITS.maxLifetime })
    await expect(late).rejects.toMatchObject({ reason: 'EXPIRED' })
    const weak = resealMessage(sealed, first, { ...how, minimumSuite: 'REX-2' })
    await expect(weak).rejects.toMatchObject({ reason: 'SUITE_UNAVAILABLE' })
  })

  test('a section disclosed later has the committed salt and bytes', async () => {
    const first = await seal(message([to(ngo, [0])]), options())
    const { salt, type, content } = decode(Section, first.sections[1] as Uint8Array, 'section', 10_000)
    const disclose = await seal(
      message([to(ngo, [0])], {
        heads: [first.digest],
        type: EventType.DISCLOSE,
        event: { content: { $case: 'disclose', value: { sections: [1] } } },
        sections: [{ type, content, salt }],
      }),
      options(),
    )
    expect(
      equal(
        disclose.manifest.sectionDigests[0] as Uint8Array,
        first.manifest.sectionDigests[1] as Uint8Array,
      ),
    ).toBe(true)
  })

  test('every envelope has more than 4 KiB, and equal buckets have equal sizes', async () => {
    const sizes = new Set<number>()
    for (const content of ['a', 'a longer text', 'x'.repeat(500)]) {
      const sealed = await seal(
        message([to(ngo, [0])], { sections: [{ type: 'triage', content: utf8(content) }] }),
        options(),
      )
      sizes.add(envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery).length)
    }
    expect(sizes.size).toBe(1)
    expect([...sizes][0]).toBeGreaterThan(4096)
  })
})

describe('sealing refuses', () => {
  test('T-019 a recipient that does not offer the demanded suite', async () => {
    const weak = { ...to(ngo, [0]), keys: { ...ngo.keys, suites: ['REX-1' as const] } }
    await expect(seal(message([weak]), { ...options(), minimumSuite: 'REX-2' })).rejects.toMatchObject({
      reason: 'SUITE_UNAVAILABLE',
    })
    const none = { ...to(ngo, [0]), keys: { ...ngo.keys, suites: [] } }
    await expect(seal(message([none]), options())).rejects.toMatchObject({ reason: 'SUITE_UNAVAILABLE' })
  })
  test('more than 64 recipients or sections', async () => {
    const many = Array.from({ length: 65 }, () => to(ngo, []))
    await expect(seal(message(many), options())).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      path: 'recipients',
    })
    const sections = Array.from({ length: 65 }, () => ({ type: 'triage', content: new Uint8Array() }))
    await expect(seal(message([to(ngo, [])], { sections }), options())).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      path: 'sections',
    })
    const full = message([to(ngo, [])], { sections: sections.slice(1), confidential: true })
    await expect(seal(full, options())).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED', path: 'sections' })
  })
  test('a grant for a section that does not exist', async () => {
    await expect(seal(message([to(ngo, [7])]), options())).rejects.toMatchObject({ reason: 'INTERNAL' })
  })
  test('T-022 a random source that fails or gives too little, whichever call it is: no output', async () => {
    let calls = 0
    const sealWith = (broken: number, bad: (length: number) => Uint8Array) => {
      calls = 0
      const source = (length: number) => (++calls === broken ? bad(length) : randomBytes(length))
      return seal(message([to(ngo, [0, 1])]), { ...options(), random: source })
    }
    const none = () => {
      throw new Error('no entropy')
    }
    await sealWith(0, none)
    expect(calls).toBeGreaterThan(10)
    for (let k = calls; k > 0; k--) {
      await expect(sealWith(k, none)).rejects.toThrow('no entropy')
      await expect(sealWith(k, (length) => randomBytes(length - 1))).rejects.toMatchObject({
        reason: 'INTERNAL',
      })
    }
  })
})

describe('opening refuses', () => {
  let sealed: SealedMessage
  let delivery: SealedDelivery
  let bytes: Uint8Array

  beforeAll(async () => {
    sealed = await seal(message([to(ngo, [0, 1]), to(police, [0, 2])]), options())
    delivery = sealed.deliveries[0] as SealedDelivery
    bytes = envelopeOf(sealed, delivery)
  })

  const rebuilt = (change: (envelope: Envelope) => void): Uint8Array => {
    const envelope = Envelope.decode(bytes)
    change(envelope)
    return Envelope.encode(envelope).finish()
  }
  const routed = (
    change: Partial<{
      expiresMs: number
      createdMs: number
      recipient: string
      sender: string
      version: number
      lane: Lane
      envelopeId: Uint8Array
    }>,
  ) => {
    const { routing } = parseEnvelope(bytes)
    return { ...routing, ...change }
  }
  /** A grant made by a holder of the content keys: a co-recipient, or the sender's own gateway after a theft. */
  const regrant = async (
    party: TestParty,
    routing: ReturnType<typeof routed>,
    change: { sections?: number[]; salt?: Uint8Array; signed?: SealedMessage } = {},
  ) => {
    const source = change.signed ?? sealed
    const granted = change.sections ?? [0, 1]
    const routingBytes = encode(Routing, routing)
    const parts = granted.map(
      (index) => source.sealedSections.get(index) as never as { key: Uint8Array; jwe: never },
    )
    const key = recipientKey(party.keys.hpke)
    const context = contextBytes(
      { routing: routingBytes, sections: parts.map((part) => part.jwe) },
      sealedDigest(source.sealedManifest.jwe),
      key,
    )
    const content = {
      manifestKey: source.sealedManifest.key,
      sections: granted.map((index, i) => ({ index, key: (parts[i] as { key: Uint8Array }).key })),
      commitmentSalt: change.salt ?? (source.deliveries[0] as SealedDelivery).commitmentSalt,
    }
    const grant = await sealGrant(content, 'REX-2', party.keys, contextDigest(context))
    return encodeEnvelope({
      routing: routingBytes,
      grant,
      manifest: source.sealedManifest.jwe,
      sections: parts.map((part) => part.jwe),
    })
  }

  test('parse: truncated, trailing, missing parts, too many sections, too large', async () => {
    expect(await stageOf(bytes.subarray(0, -1), contextOf(ngo))).toBe('parse')
    expect(await stageOf(Buffer.concat([bytes, Buffer.of(0)]), contextOf(ngo))).toBe('parse')
    for (const part of ['grant', 'manifest'] as const) {
      expect(
        await stageOf(
          rebuilt((envelope) => delete envelope[part]),
          contextOf(ngo),
        ),
      ).toBe('parse')
    }
    const section = Envelope.decode(bytes).sections[0] as never
    expect(() =>
      parseEnvelope(rebuilt((envelope) => envelope.sections.push(...Array(65).fill(section)))),
    ).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'envelope.sections' }))
    expect(() => parseEnvelope(new Uint8Array(LIMITS.envelope + 1))).toThrow(
      expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'envelope' }),
    )
  })

  test('T-053 parse: half a million empty sections are refused by count, for next to nothing', () => {
    const count = Math.floor((LIMITS.envelope - bytes.length) / 2)
    const padded = Buffer.concat([bytes, Buffer.alloc(count * 2, Buffer.of(0x22, 0))])
    const { heapUsed } = process.memoryUsage()
    const began = performance.now()
    expect(() => parseEnvelope(padded)).toThrow(
      expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'envelope' }),
    )
    expect(performance.now() - began).toBeLessThan(50)
    expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(4 * 1024 * 1024)
  })

  test('parse: as many sections as there may be are parsed', () => {
    const section = Envelope.decode(bytes).sections[0] as Jwe
    const full = rebuilt((envelope) => {
      envelope.sections = Array(LIMITS.sections).fill(section)
    })
    expect(() => parseEnvelope(full)).toThrow(expect.objectContaining({ path: 'grant.ctx' }))
  })

  test('parse: routing of another version, length, identifier, lane or time', async () => {
    const refusal = (change: Parameters<typeof routed>[0]) => {
      try {
        parseEnvelope(
          rebuilt((envelope) => Object.assign(envelope, { routing: encode(Routing, routed(change)) })),
        )
        return 'accepted'
      } catch (error) {
        return RexError.from(error).reason
      }
    }
    expect(refusal({ version: 2 })).toBe('UNSUPPORTED_VERSION')
    expect(refusal({ envelopeId: new Uint8Array(15) })).toBe('MALFORMED')
    expect(refusal({ sender: 'HTTPS://hotline.example' })).toBe('MALFORMED')
    expect(refusal({ recipient: 'https://ngo.example/' })).toBe('MALFORMED')
    expect(refusal({ lane: Lane.UNSPECIFIED })).toBe('MALFORMED')
    expect(refusal({ createdMs: 0 })).toBe('MALFORMED')
    expect(refusal({ expiresMs: NOW - 1 })).toBe('MALFORMED')
    expect(refusal({ expiresMs: NOW + LIMITS.maxLifetime + 1 })).toBe('MALFORMED')
  })

  test('parse: a part that does not belong to the grant (ctx)', async () => {
    expect(
      await stageOf(
        rebuilt((envelope) => envelope.sections.reverse()),
        contextOf(ngo),
      ),
    ).toBe('parse')
    expect(
      await stageOf(
        rebuilt((envelope) => envelope.sections.pop()),
        contextOf(ngo),
      ),
    ).toBe('parse')
    const readdressed = rebuilt((envelope) =>
      Object.assign(envelope, { routing: encode(Routing, routed({ recipient: police.organisation })) }),
    )
    expect(await stageOf(readdressed, contextOf(police))).toBe('parse')
  })

  test('routing: another recipient, stored after expiry, stored before it was made', async () => {
    expect(await stageOf(bytes, contextOf(police))).toBe('routing')
    expect(await stageOf(bytes, contextOf(ngo, { storedMs: NOW + LIMITS.maxLifetime + LIMITS.skew }))).toBe(
      'routing',
    )
    expect(await stageOf(bytes, contextOf(ngo, { storedMs: NOW - LIMITS.skew - 1 }))).toBe('routing')
  })

  test('T-023 grant: a destroyed key is KEY_EXPIRED, decided from the kid', async () => {
    expect(await stageOf(bytes, contextOf(ngo, { decapsulator: police.decapsulator }))).toBe('KEY_EXPIRED')
  })

  test('grant: plaintext that is not a grant', async () => {
    const decapsulator = (plaintext: Uint8Array) => ({ open: async () => plaintext })
    expect(await stageOf(bytes, contextOf(ngo, { decapsulator: decapsulator(new Uint8Array(512)) }))).toBe(
      'grant',
    )
    expect(await stageOf(bytes, contextOf(ngo, { decapsulator: decapsulator(new Uint8Array(3)) }))).toBe(
      'grant',
    )
  })

  test('T-020 manifest: a content key that is not the committed one', async () => {
    const other = await seal(message([to(ngo, [0])]), options())
    const mixed = { ...sealed, sealedManifest: { ...sealed.sealedManifest, key: other.sealedManifest.key } }
    expect(await stageOf(await regrant(ngo, routed({}), { signed: mixed }), contextOf(ngo))).toBe('manifest')
  })

  test('signature: unknown sender, unknown key, key not valid then, made too early or too late', async () => {
    expect(await stageOf(bytes, contextOf(ngo, { resolver: pinnedResolver(() => undefined) }))).toBe(
      'signature',
    )
    const forged = await seal(message([to(ngo, [0])]), { signer: police.message, random })
    expect(await stageOf(envelopeOf(forged, forged.deliveries[0] as SealedDelivery), contextOf(ngo))).toBe(
      'signature',
    )
    const compromised = await testParty('hotline', {
      now: NOW,
      change: (draft) => ({
        ...draft,
        party: {
          ...draft.party,
          messageKeys: draft.party.messageKeys.map((key) => ({
            ...key,
            revoked: { reason: 'compromised' as const, atMs: NOW },
          })),
        },
      }),
    })
    expect(
      await stageOf(bytes, contextOf(ngo, { resolver: pinnedResolver(() => compromised.configuration) })),
    ).toBe('signature')
    const late = await seal(
      message([to(ngo, [0])], { createdMs: NOW + LIMITS.skew + 2000, expiresMs: NOW + LIMITS.maxLifetime }),
      options(),
    )
    expect(await stageOf(envelopeOf(late, late.deliveries[0] as SealedDelivery), contextOf(ngo))).toBe(
      'routing',
    )
    const how = { random, keys: ngo.keys, now: NOW }
    const resealed = await resealMessage(late, late.deliveries[0] as SealedDelivery, how)
    const [dated] = resealed.deliveries as [SealedDelivery]
    expect(await stageOf(envelopeOf(resealed, dated), contextOf(ngo))).toBe('signature')
  })

  test('T-049 signature: a receipt batch dated before its key, which would be no evidence', async () => {
    const fresh = await testParty('hotline', {
      now: NOW,
      change: (draft) => ({
        ...draft,
        party: {
          ...draft.party,
          messageKeys: draft.party.messageKeys.map((key) => ({ ...key, notBeforeMs: NOW })),
        },
      }),
    })
    const context = contextOf(ngo, { resolver: pinnedResolver(() => fresh.configuration) })
    const stages = [NOW, NOW - LIMITS.skew - 1000].map(async (createdMs) => {
      const change = {
        type: EventType.RECEIPT,
        threadId: new Uint8Array(16),
        event: receipts(1),
        sections: [],
      }
      const sealed = await seal(
        message([to(ngo, [])], { ...change, createdMs, expiresMs: NOW + 1000 }),
        options(),
      )
      return stageOf(envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery), context)
    })
    expect(await Promise.all(stages)).toEqual(['opened', 'signature'])
  })

  test('T-015 signature: content re-signed by another party in the name of the sender', async () => {
    const impostor = await seal(message([to(ngo, [0])], { sender: hotline.organisation }), {
      signer: ngo.message,
      random,
    })
    expect(
      await stageOf(envelopeOf(impostor, impostor.deliveries[0] as SealedDelivery), contextOf(ngo)),
    ).toBe('signature')
  })

  test('T-014 binding: a recipient passes the message on to somebody it was not meant for', async () => {
    const stolen = await regrant(police, routed({ recipient: police.organisation }))
    expect(await stageOf(stolen, contextOf(police))).toBe('binding')
  })

  test('T-016 T-047 binding: a co-recipient trims or widens the grant, or changes the lane', async () => {
    expect(await stageOf(await regrant(ngo, routed({}), { sections: [0] }), contextOf(ngo))).toBe('binding')
    expect(await stageOf(await regrant(ngo, routed({}), { sections: [0, 1, 2] }), contextOf(ngo))).toBe(
      'binding',
    )
    expect(await stageOf(await regrant(ngo, routed({ lane: Lane.URGENT })), contextOf(ngo))).toBe('binding')
    expect(await stageOf(await regrant(ngo, routed({}), { salt: random(32) }), contextOf(ngo))).toBe(
      'binding',
    )
  })

  test('binding: another sender or expiry in the routing, or an envelope older than its manifest', async () => {
    expect(await stageOf(await regrant(ngo, routed({ sender: police.organisation })), contextOf(ngo))).toBe(
      'binding',
    )
    expect(await stageOf(await regrant(ngo, routed({ expiresMs: NOW + 1_000_000 })), contextOf(ngo))).toBe(
      'binding',
    )
    expect(
      await stageOf(
        await regrant(ngo, routed({ createdMs: NOW - 1, expiresMs: NOW + LIMITS.maxLifetime - 1 })),
        contextOf(ngo),
      ),
    ).toBe('binding')
  })

  test('T-024 section: bytes that are not those of the manifest', async () => {
    const other = await seal(message([to(ngo, [0, 1])]), options())
    const swapped = new Map(sealed.sealedSections).set(1, other.sealedSections.get(1) as never)
    expect(
      await stageOf(
        await regrant(ngo, routed({}), { signed: { ...sealed, sealedSections: swapped } }),
        contextOf(ngo),
      ),
    ).toBe('section')
  })

  test('T-024 section: a salt that is too short', async () => {
    const section = { type: 'triage', content: utf8('age band'), salt: random(31) }
    const short = await seal(message([to(ngo, [0])], { sections: [section] }), options())
    expect(await stageOf(envelopeOf(short, short.deliveries[0] as SealedDelivery), contextOf(ngo))).toBe(
      'section',
    )
  })

  test.each(['grant', 'section'] as const)('T-017 parse: an unknown field in the %s', (part) => {
    const { routing, grant, manifest, sections } = Envelope.decode(bytes)
    const field = (number: number, value: Uint8Array) => {
      const head = new BinaryWriter().uint32((number << 3) | 2).bytes(value)
      return head.finish()
    }
    const jwe = (value: Jwe | undefined, strange: boolean) =>
      Buffer.concat([Jwe.encode(value as Jwe).finish(), ...(strange ? [field(15, Buffer.from('x'))] : [])])
    const built = Buffer.concat([
      field(1, routing),
      field(2, jwe(grant, part === 'grant')),
      field(3, jwe(manifest, false)),
      ...sections.map((section, i) => field(4, jwe(section, part === 'section' && i === 0))),
    ])
    expect(() => parseEnvelope(built)).toThrow(expect.objectContaining({ reason: 'NOT_CANONICAL' }))
  })

  test('T-026 every one-byte change is refused, with one answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, xor) => {
        const changed = Uint8Array.from(bytes)
        changed[at] = (changed[at] as number) ^ xor
        expect(await stageOf(changed, contextOf(ngo))).toMatch(/^(parse|routing|grant|manifest|KEY_EXPIRED)$/)
      }),
      { numRuns: 150 },
    )
  })
})

describe('manifests that a sender must not make', () => {
  let manifest: Manifest
  beforeAll(async () => {
    manifest = (await seal(message([to(ngo, [0])]), options())).manifest
  })
  const digests = (count: number) => Array.from({ length: count }, () => random(32)).sort(compare)
  const batch = (count: number) => ({
    type: EventType.RECEIPT,
    threadId: new Uint8Array(16),
    event: receipts(count),
  })

  test.each<[string, (m: Manifest) => Partial<Manifest>, string]>([
    ['a short message id', () => ({ messageId: random(15) }), 'manifest.message_id'],
    ['a short thread id', () => ({ threadId: random(8) }), 'manifest.thread_id'],
    ['no thread for a refer', () => ({ threadId: new Uint8Array(16) }), 'manifest.thread_id'],
    ['a short chain', () => ({ chain: new Uint8Array() }), 'manifest.chain'],
    ['T-055 a place that no chain reaches', () => ({ counter: LIMITS.counter + 1 }), 'manifest.counter'],
    ['a short key thumbprint', () => ({ senderKey: random(31) }), 'manifest.sender_key'],
    ['a bad sender', () => ({ sender: 'hotline' }), 'manifest.sender'],
    ['no time', () => ({ createdMs: 0 }), 'manifest.expires_ms'],
    ['no lifetime', (m) => ({ expiresMs: m.createdMs }), 'manifest.expires_ms'],
    [
      'too long a lifetime',
      (m) => ({ expiresMs: m.createdMs + LIMITS.maxLifetime + 1 }),
      'manifest.expires_ms',
    ],
    ['heads in a refer', () => ({ heads: digests(1) }), 'manifest.heads'],
    ['no heads in a note', () => ({ type: EventType.NOTE, event: undefined }), 'manifest.heads'],
    ['too many heads', () => ({ heads: digests(17) }), 'manifest.heads'],
    ['unsorted heads', () => ({ heads: digests(2).reverse() }), 'manifest.heads[1]'],
    ['a short head', () => ({ heads: [random(31)] }), 'manifest.heads[0]'],
    ['too many voids', () => ({ void: digests(65) }), 'manifest.void'],
    [
      'commitments outside the buckets',
      () => ({ recipientCommitments: digests(5) }),
      'manifest.recipient_commitments',
    ],
    [
      'T-053 too many commitments',
      () => ({ recipientCommitments: digests(65) }),
      'manifest.recipient_commitments',
    ],
    [
      'section digests outside the buckets',
      () => ({ sectionDigests: digests(3) }),
      'manifest.section_digests',
    ],
    [
      'T-024 duplicate section digests',
      () => ({ sectionDigests: Array(4).fill(random(32)) }),
      'manifest.section_digests[1]',
    ],
    ['T-053 too many section digests', () => ({ sectionDigests: digests(68) }), 'manifest.section_digests'],
    ['T-048 an unknown event type', () => ({ type: 99 as EventType, event: undefined }), 'manifest.type'],
    ['no event type', () => ({ type: EventType.UNSPECIFIED }), 'manifest.type'],
    ['an event of another type', () => ({ type: EventType.NOTE, heads: digests(1) }), 'manifest.event'],
    [
      'receipts without a batch',
      () => ({ type: EventType.RECEIPT, event: undefined, threadId: new Uint8Array(16) }),
      'manifest.event',
    ],
    ['T-049 an empty batch of receipts', () => batch(0), 'manifest.event'],
    ['T-049, T-053 a batch of too many receipts', () => batch(LIMITS.receiptsPerBatch + 1), 'manifest.event'],
  ])('%s', (_name, change, path) => {
    expect(() => parseManifest(encode(Manifest, { ...manifest, ...change(manifest) }))).toThrow(
      expect.objectContaining({ reason: 'MALFORMED', path }),
    )
  })

  test('the one it was made from is accepted, and a full batch of receipts', () => {
    expect(parseManifest(encode(Manifest, manifest)).counter).toBe(manifest.counter)
    const full = { ...manifest, ...batch(LIMITS.receiptsPerBatch) }
    expect(parseManifest(encode(Manifest, full)).type).toBe(EventType.RECEIPT)
  })

  test('buckets', () => {
    expect([0, 1, 4, 5, 61].map(sectionBucket)).toEqual([0, 4, 4, 8, 64])
    expect([1, 4, 5, 16, 17, 64].map(commitmentBucket)).toEqual([4, 4, 16, 16, 64, 64])
  })

  test('every event type has its member', () => {
    expect(eventCase(EventType.RECEIPT)).toBe('receipts')
    expect(eventCase(EventType.ENTERED_IN_ERROR)).toBe('enteredInError')
    expect(eventCase(EventType.REFER)).toBe('refer')
  })
})

test('T-025 equal sections have unequal digests', async () => {
  const make = () => seal(message([to(ngo, [0])]), options())
  const [a, b] = await Promise.all([make(), make()])
  expect(equal(a.manifest.sectionDigests[0] as Uint8Array, b.manifest.sectionDigests[0] as Uint8Array)).toBe(
    false,
  )
})

test('a commitment opens for nobody else', () => {
  const opening = { salt: random(32), recipient: ngo.organisation, lane: Lane.ROUTINE, sections: [0] }
  expect(
    equal(recipientCommitment(opening), recipientCommitment({ ...opening, recipient: police.organisation })),
  ).toBe(false)
})
