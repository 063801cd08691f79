// Tests of evidence signed with a key that was revoked as compromised. docs/spec/receipts.md, REX-RCP-020, REX-RCP-028
import { randomBytes } from 'node:crypto'
import type { EvidenceBundle, EvidenceDelivery } from '@rex/proto/core/v1/receipt'
import { DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { expect, test } from 'vitest'
import { testParty } from '../../testing/parties/party.ts'
import { recipientCommitment } from '../envelope/digest.ts'
import { seal } from '../envelope/seal.ts'
import { message, NOW, to } from '../envelope/tests/fixture.ts'
import { encodeEvidence, examineEvidence, verifyEvidence } from './evidence.ts'
import { exchange, orders, revoked, statement } from './fixture.ts'
import { provenSince } from './report.ts'

const DAY = 86_400_000
/** When the gateway stored the message. */
const STORED = NOW + 1000
const { hotline, ngo, evidence, receipts, pins } = await exchange()

/** Rounds a time down to the second, because revocations are dated in seconds. */
const seconds = (ms: number) => Math.floor(ms / 1000) * 1000

type Parts = Omit<EvidenceBundle, 'version'>
const verified = (parts: Parts, statements: string[] = []) =>
  verifyEvidence(encodeEvidence(parts), pins, { statements })
const examined = (parts: Parts, statements: string[] = []) =>
  examineEvidence(encodeEvidence(parts), pins, { statements })
const refutes = async (parts: Parts, path = 'messages[0].manifest') =>
  expect(await verified(parts).catch((error: unknown) => error)).toMatchObject({
    reason: 'EVIDENCE_INVALID',
    path,
    message: expect.stringContaining('compromised'),
  })

const BEFORE = seconds(STORED) - 1000
const AFTER = seconds(STORED) + 10_000

test('T-150 a message stored after its key was compromised is refuted, whatever the order of the statements', async () => {
  const old = hotline.configuration.jwt
  const says = await statement(hotline, NOW + DAY, { message: revoked(BEFORE) })
  const later = await statement(hotline, NOW + 2 * DAY, {})
  const without = await statement(hotline, NOW + 3 * DAY, {
    message: () => ngo.configuration.party.messageKeys,
  })
  const retired = await statement(hotline, NOW + 4 * DAY, { message: revoked(AFTER + DAY, 'superseded') })
  const others = ngo.configuration.jwt
  for (const entityConfigurations of orders([old, says, others]))
    await refutes({ ...(await evidence()), entityConfigurations })
  for (const list of [[says], [old, says, later], [old, says, without], [old, says, retired]])
    for (const order of [list, list.toReversed()])
      await refutes({ ...(await evidence()), entityConfigurations: [...order, others] })
})

test('T-150 what another organisation had before the key was compromised remains proven, in every order', async () => {
  const says = await statement(hotline, NOW + DAY, { message: revoked(AFTER) })
  for (const entityConfigurations of orders([hotline.configuration.jwt, says, ngo.configuration.jwt])) {
    const { messages, known } = await verified({ ...(await evidence()), entityConfigurations })
    expect(messages.map(provenSince)).toEqual([{ by: ngo.organisation, ms: STORED }])
    expect(known).toContainEqual({
      organisation: hotline.organisation,
      name: 'hotline',
      newestMs: seconds(NOW + DAY),
      compromised: [{ kid: expect.any(String), sinceMs: AFTER, saidMs: seconds(NOW + DAY) }],
    })
  }
})

test('T-150 REX-RCP-028 the earliest time in any statement counts, with the date of the first statement that reports it', async () => {
  const late = await statement(hotline, NOW + DAY, { message: revoked(AFTER) })
  const early = await statement(hotline, NOW + 2 * DAY, { message: revoked(BEFORE) })
  for (const entityConfigurations of orders([late, early, ngo.configuration.jwt])) {
    const parts = { ...(await evidence()), entityConfigurations }
    await refutes(parts)
    expect((await examined(parts)).refuted).toMatchObject([
      { what: 'message', type: 'REFER', sinceMs: BEFORE, saidMs: seconds(NOW + DAY) },
    ])
  }
})

test('T-150 REX-RCP-020 a statement that only the verifier has counts like one in the bundle', async () => {
  const says = await statement(hotline, NOW + DAY, { message: revoked(BEFORE) })
  await expect(verified(await evidence(), [says])).rejects.toMatchObject({ path: 'messages[0].manifest' })
  await expect(verified(await evidence(), [hotline.configuration.jwt])).resolves.toBeDefined()
  const stranger = (await testParty('hotline-2', { now: NOW })).configuration.jwt
  await expect(verified(await evidence(), [stranger])).resolves.toBeDefined()
  const forged = says.slice(0, -4) + (says.endsWith('AAAA') ? 'BBBA' : 'AAAA')
  await expect(verified(await evidence(), [forged])).rejects.toMatchObject({ path: 'statements[0]' })
})

test('T-150 REX-RCP-028 without a stored receipt, or without a desk receipt that ties it to the message, nothing proves the time', async () => {
  const says = await statement(hotline, NOW + DAY, { message: revoked(AFTER) })
  const entityConfigurations = [says, ngo.configuration.jwt]
  const unread = [{ status: DeskReceiptStatus.REFUSED, message: new Uint8Array(), code: 'UNOPENABLE' }]
  for (const change of [
    { stored: undefined, receipts: [] },
    { receipts: [] },
    { receipts: [{ manifest: await receipts(unread) }] },
  ])
    await refutes({ ...(await evidence(change)), entityConfigurations })
})

test('T-150 REX-RCP-028 a thief cannot present the delivery of an old message as that of a new one', async () => {
  const says = await statement(hotline, NOW + DAY, { message: revoked(AFTER) })
  const forged = await seal(message([to(ngo, [0])]), { signer: hotline.message, random: randomBytes })
  const [{ deliveries: [genuine] = [] } = {}] = (await evidence()).messages
  const { commitmentSalt, lane, granted } = forged.deliveries[0] as (typeof forged.deliveries)[0]
  const commitment = { salt: commitmentSalt, recipient: ngo.organisation, lane, sections: [...granted] }
  expect(forged.manifest.recipientCommitments).toContainEqual(recipientCommitment(commitment))
  const claimed: EvidenceDelivery = { ...(genuine as EvidenceDelivery), commitment }
  const parts = (change: Partial<EvidenceDelivery>): Parts => ({
    entityConfigurations: [says, ngo.configuration.jwt],
    messages: [{ manifest: forged.signed, sections: [], deliveries: [{ ...claimed, ...change }] }],
  })
  await expect(verified(parts({}))).rejects.toMatchObject({ path: 'messages[0].deliveries[0]' })
  await refutes(parts({ receipts: [] }))
})

test('T-150 a receipt under a compromised key proves nothing, whatever date it states', async () => {
  const place = 'messages[0].deliveries[0]'
  const desk = await statement(ngo, NOW + DAY, { message: revoked(AFTER + DAY) })
  const gateway = await statement(ngo, NOW + DAY, { receipt: revoked(AFTER + DAY) })
  for (const list of orders([ngo.configuration.jwt, desk, hotline.configuration.jwt])) {
    const parts = { ...(await evidence()), entityConfigurations: list }
    await refutes(parts, place)
    const { messages, refuted } = await examined(parts)
    expect(messages).toMatchObject([{ type: 'REFER', deliveries: [{ storedMs: STORED, receipts: [] }] }])
    expect(messages.map(provenSince)).toEqual([undefined])
    expect(refuted).toMatchObject([{ path: place, what: 'desk receipt', organisation: ngo.organisation }])
  }
  for (const list of orders([ngo.configuration.jwt, gateway, hotline.configuration.jwt])) {
    const parts = { ...(await evidence()), entityConfigurations: list }
    await refutes(parts, place)
    const { messages, refuted } = await examined(parts)
    expect(messages[0]?.deliveries[0]).not.toHaveProperty('storedMs')
    expect(messages.map(provenSince)).toEqual([{ by: ngo.organisation, ms: NOW + 2000 }])
    expect(refuted).toMatchObject([{ path: place, what: 'stored receipt' }])
  }
})

test('T-150 both keys compromised: receipts by the thief do not prove the message', async () => {
  const both = await Promise.all([
    statement(hotline, NOW + DAY, { message: revoked(AFTER) }),
    statement(ngo, NOW + DAY, { message: revoked(AFTER) }),
  ])
  const { messages, refuted } = await examined({ ...(await evidence()), entityConfigurations: both })
  expect(messages).toEqual([])
  expect(refuted.map(({ what }) => what)).toEqual(['desk receipt', 'message'])
})
