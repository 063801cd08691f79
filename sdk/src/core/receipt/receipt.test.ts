import { randomBytes } from 'node:crypto'
import type { RecipientCommitment } from '@rex/proto/core/v1/envelope'
import { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { describe, expect, test } from 'vitest'
import { encode, toHex, utf8 } from '../encoding/encoding.ts'
import { NOW } from '../envelope/tests/fixture.ts'
import { encodeEvidence, verifyEvidence } from './evidence.ts'
import { exchange } from './fixture.ts'
import { parseStoredReceipt, verifyStoredReceipt } from './stored.ts'

const random = (length: number) => randomBytes(length)
const { hotline, ngo, sealed, expectation, stored, receipts, evidence, pins } = await exchange()

describe('stored receipts', () => {
  test('verify for the envelope that was sent', async () => {
    const receipt = await verifyStoredReceipt(
      await stored(),
      ngo.configuration.party.gateway.receiptKeys,
      expectation,
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
      await expect(verifyStoredReceipt(await stored(change), keys, expectation)).rejects.toMatchObject({
        reason: 'EVIDENCE_INVALID',
      })
    }
    await expect(
      verifyStoredReceipt(await stored({}, hotline.receipt), keys, expectation),
    ).rejects.toMatchObject({ reason: 'KEY_INVALID' })
    const forged = { ...(await stored()), signature: random(64) }
    await expect(verifyStoredReceipt(forged, keys, expectation)).rejects.toMatchObject({
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
  test('evidence proves who sent what to whom, and the outcome', async () => {
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
    // Most bytes are keys in statements, all under the same signature, so it is enough to change a few of these bytes.
    const statements =
      bytes.length - encodeEvidence({ ...(await evidence()), entityConfigurations: [] }).length
    for (let at = 0; at < bytes.length; at += at < statements ? 1499 : 47) {
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
