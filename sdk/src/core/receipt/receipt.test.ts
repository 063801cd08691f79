import { randomBytes } from 'node:crypto'
import { Lane, type RecipientCommitment } from '@rex/proto/core/v1/envelope'
import { EvidenceBundle, type EvidenceDelivery } from '@rex/proto/core/v1/receipt'
import { type DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestParty, testParty } from '../../testing/parties/party.ts'
import { encode, toHex, utf8 } from '../encoding/encoding.ts'
import { sealedDigest } from '../envelope/digest.ts'
import { type Message, type SealedDelivery, type SealedMessage, seal } from '../envelope/seal.ts'
import { message, NOW } from '../envelope/tests/fixture.ts'
import { type EntityKeys, encodeEvidence, verifyEvidence } from './evidence.ts'
import { parseStoredReceipt, signStoredReceipt, verifyStoredReceipt } from './stored.ts'

const random = (length: number) => randomBytes(length)

let hotline: TestParty
let ngo: TestParty
let sealed: SealedMessage
let delivery: SealedDelivery

const base = (): Omit<Message, 'type' | 'event' | 'recipients' | 'sections' | 'sender' | 'threadId'> => ({
  messageId: random(16),
  chain: random(16),
  counter: 0,
  heads: [],
  void: [],
  createdMs: NOW,
  expiresMs: NOW + 1_000_000,
  confidential: false,
  testTraffic: true,
})

beforeAll(async () => {
  ;[hotline, ngo] = (await Promise.all([
    testParty('hotline', { now: NOW }),
    testParty('ngo', { now: NOW }),
  ])) as [TestParty, TestParty]
  const to = { organisation: ngo.organisation, lane: Lane.ROUTINE, keys: ngo.keys, sections: [0] }
  sealed = await seal(message([to]), { signer: hotline.message, random })
  delivery = sealed.deliveries[0] as SealedDelivery
})

const expectation = () => ({
  envelopeId: delivery.envelopeId,
  envelopeDigest: delivery.digest,
  sender: hotline.organisation,
  recipient: ngo.organisation,
})
const stored = (change: object = {}, signer = ngo.receipt) =>
  signStoredReceipt({ ...expectation(), storedMs: NOW + 1000, ...change }, signer)

describe('stored receipts', () => {
  test('verify for the envelope that was sent', async () => {
    const receipt = await verifyStoredReceipt(
      await stored(),
      ngo.configuration.party.gateway.receiptKeys,
      expectation(),
    )
    expect(receipt.storedMs).toBe(NOW + 1000)
  })
  test('T-049 a receipt for another envelope, recipient, or by another key is refused', async () => {
    const keys = ngo.configuration.party.gateway.receiptKeys
    for (const change of [
      { envelopeDigest: random(32) },
      { envelopeId: random(16) },
      { sender: 'https://other.example' },
      { recipient: 'https://other.example' },
    ]) {
      await expect(verifyStoredReceipt(await stored(change), keys, expectation())).rejects.toMatchObject({
        reason: 'EVIDENCE_INVALID',
      })
    }
    await expect(
      verifyStoredReceipt(await stored({}, hotline.receipt), keys, expectation()),
    ).rejects.toMatchObject({ reason: 'KEY_INVALID' })
    const forged = { ...(await stored()), signature: random(64) }
    await expect(verifyStoredReceipt(forged, keys, expectation())).rejects.toMatchObject({
      reason: 'UNOPENABLE',
    })
  })
  test('malformed payloads are refused', async () => {
    for (const change of [{ envelopeId: random(15) }, { envelopeDigest: random(31) }]) {
      const receipt = await stored(change)
      expect(() => parseStoredReceipt(receipt)).toThrow(expect.objectContaining({ reason: 'MALFORMED' }))
    }
  })
})

describe('evidence', () => {
  const pins: EntityKeys = (organisation) =>
    [hotline, ngo].find((party) => party.organisation === organisation)?.entity.key

  const receipts = async (entries: Partial<DeskReceipt>[], signer = ngo) => {
    const receipt = {
      status: DeskReceiptStatus.RECEIVED,
      envelopeId: delivery.envelopeId,
      envelopeDigest: delivery.digest,
      message: sealed.digest,
      timeMs: NOW + 2000,
      code: '',
    }
    const event = {
      content: {
        $case: 'receipts' as const,
        value: { receipts: entries.map((entry) => ({ ...receipt, ...entry })) },
      },
    }
    const recipients = [
      { organisation: hotline.organisation, lane: Lane.ROUTINE, keys: hotline.keys, sections: [] },
    ]
    const batch = {
      ...base(),
      sender: signer.organisation,
      threadId: new Uint8Array(16),
      type: EventType.RECEIPT,
      event,
      sections: [],
      recipients,
    }
    return (await seal(batch, { signer: signer.message, random })).signed
  }
  const evidence = async (
    change: Partial<EvidenceDelivery> = {},
  ): Promise<Omit<EvidenceBundle, 'version'>> => ({
    entityConfigurations: [hotline.configuration.jwt, ngo.configuration.jwt],
    messages: [
      {
        manifest: sealed.signed,
        sections: [sealed.sections[0] as Uint8Array],
        deliveries: [
          {
            context: delivery.context,
            grant: sealedDigest(delivery.grant),
            commitment: {
              salt: delivery.commitmentSalt,
              recipient: ngo.organisation,
              lane: delivery.lane,
              sections: [...delivery.granted],
            },
            stored: await stored(),
            receipts: [{ manifest: await receipts([{}, { status: DeskReceiptStatus.SEEN }]) }],
            ...change,
          },
        ],
      },
    ],
  })

  test('evidence proves who said what to whom, and the outcome', async () => {
    const report = await verifyEvidence(encodeEvidence(await evidence()), pins)
    expect(report.messages).toEqual([
      {
        digest: toHex(sealed.digest),
        thread: toHex(sealed.manifest.threadId),
        sender: hotline.organisation,
        type: 'REFER',
        createdMs: NOW,
        test: true,
        sections: ['triage'],
        deliveries: [
          {
            recipient: ngo.organisation,
            storedMs: NOW + 1000,
            receipts: [
              { status: 'RECEIVED', timeMs: NOW + 2000, code: '' },
              { status: 'SEEN', timeMs: NOW + 2000, code: '' },
            ],
          },
        ],
      },
    ])
  })

  test('a message without receipts proves only that it was signed', async () => {
    const bundle = await evidence({ receipts: [], stored: undefined })
    const report = await verifyEvidence(encodeEvidence(bundle), pins)
    expect(report.messages[0]?.deliveries).toEqual([{ recipient: ngo.organisation, receipts: [] }])
  })

  const refusal = async (bundle: Omit<EvidenceBundle, 'version'>, keys = pins) => {
    const error = await verifyEvidence(encodeEvidence(bundle), keys).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ reason: 'EVIDENCE_INVALID' })
    return (error as { path: string }).path
  }

  test('every tampered part is refused, and named', async () => {
    expect(await refusal(await evidence(), () => undefined)).toBe('entity_configurations[0]')
    expect(await refusal(await evidence(), () => ngo.entity.key)).toBe('entity_configurations[0]')
    expect(await refusal({ ...(await evidence()), entityConfigurations: [] })).toBe(
      'messages[0].deliveries[0]',
    )
    expect(await refusal(await evidence({ grant: random(32) }))).toBe('messages[0].deliveries[0]')
    const opening = (await evidence()).messages[0]?.deliveries[0]?.commitment as RecipientCommitment
    expect(await refusal(await evidence({ commitment: { ...opening, sections: [] } }))).toBe(
      'messages[0].deliveries[0]',
    )
    expect(await refusal(await evidence({ stored: { ...(await stored()), signature: random(64) } }))).toBe(
      'messages[0].deliveries[0]',
    )
    expect(await refusal(await evidence({ receipts: [{ manifest: await receipts([{}], hotline) }] }))).toBe(
      'messages[0].deliveries[0]',
    )
    expect(
      await refusal(await evidence({ receipts: [{ manifest: await receipts([{ message: random(32) }]) }] })),
    ).toBe('messages[0].deliveries[0]')
    expect(
      await refusal(
        await evidence({ receipts: [{ manifest: await receipts([{ envelopeDigest: random(32) }]) }] }),
      ),
    ).toBe('messages[0].deliveries[0]')
    expect(
      await refusal(
        await evidence({ receipts: [{ manifest: await receipts([{ message: new Uint8Array() }]) }] }),
      ),
    ).toBe('messages[0].deliveries[0]')
    const section = await evidence()
    Object.assign(section.messages[0] as object, { sections: [utf8('another section')] })
    expect(await refusal(section)).toBe('messages[0].sections[0]')
    const signature = await evidence()
    Object.assign(signature.messages[0] as object, { manifest: { ...sealed.signed, signature: random(64) } })
    expect(await refusal(signature)).toBe('messages[0].manifest')
  })

  test('a refusal before opening is proven without a manifest digest', async () => {
    const manifest = await receipts([
      { status: DeskReceiptStatus.REFUSED, message: new Uint8Array(), code: 'UNOPENABLE' },
    ])
    const report = await verifyEvidence(encodeEvidence(await evidence({ receipts: [{ manifest }] })), pins)
    expect(report.messages[0]?.deliveries[0]?.receipts).toEqual([
      { status: 'REFUSED', timeMs: NOW + 2000, code: 'UNOPENABLE' },
    ])
  })

  test('every changed byte is refused', async () => {
    const bytes = encodeEvidence(await evidence())
    for (let at = 0; at < bytes.length; at += 97) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] as number) ^ 1
      await expect(verifyEvidence(changed, pins)).rejects.toThrow()
    }
  })

  test('another format version is refused', async () => {
    const bytes = encode(EvidenceBundle, { ...(await evidence()), version: 2 })
    await expect(verifyEvidence(bytes, pins)).rejects.toMatchObject({ reason: 'UNSUPPORTED_VERSION' })
  })
})
