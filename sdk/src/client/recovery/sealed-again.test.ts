// Tests of messages that are resealed because a desk or a gateway lost its memory.
import { randomBytes } from 'node:crypto'
import { DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { beforeEach, expect, test } from 'vitest'
import { toBase64url, toHex } from '../../core/encoding/encoding.ts'
import { type Came, type PlayedPartner, playPartner } from '../tests/harness/partner.ts'

const { RECEIVED } = DeskReceiptStatus

let partner: PlayedPartner
beforeEach(async () => {
  partner = await playPartner()
  return () => partner[Symbol.asyncDispose]()
})

test('P1 when the gateway of the desk has lost its memory, unanswered messages are resealed', async () => {
  const delivered = await partner.refer()
  await partner.idle()
  partner.isReachable = false
  const lost = await partner.refer()
  await partner.idle()
  await partner.reopen()
  expect([await partner.states(delivered), await partner.states(lost), partner.came.length]).toEqual([
    ['stored'],
    ['submitted'],
    1,
  ])
  partner.isReachable = true
  partner.incarnation = randomBytes(16)
  await partner.reopen()
  const again = await Promise.all(
    partner.came.slice(1).map(async (one) => toHex((await partner.open(one)).manifest.threadId)),
  )
  expect([again, await partner.states(lost)]).toEqual([[delivered.id, lost.id], ['stored']])
})

test('P1 a restored desk store requests lost answers again', async () => {
  const mine = await partner.refer()
  await partner.idle()
  const chain = randomBytes(16)
  await partner.reopen({ chain, resumes: {} })
  const types = await Promise.all(
    partner.came.slice(1).map(async (one) => (await partner.open(one)).manifest.type),
  )
  expect(types).toEqual([EventType.RESUMED, EventType.REFER])
  const { digest } = await partner.open(partner.last())
  await partner.answer(partner.receipt(partner.last(), RECEIVED, { message: toHex(digest) }))
  expect(await partner.states(mine)).toEqual(['received', 'stored'])
})

test('T-140 REX-ID-035 a restored desk sends nothing before its new keys are published, or answers would be sealed to lost keys', async () => {
  await partner.refer()
  await partner.idle()
  partner.publishesLast = true
  await partner.reopen({ chain: randomBytes(16), resumes: {} })
  expect([partner.cameBeforePublishing.at(-1), partner.came.length]).toEqual([1, 3])
})

test.each(['compromised', 'retired'] as const)(
  'REX-ID-072 REX-ID-073 a desk restored from a backup with a %s key sends nothing signed with that key',
  async (reason) => {
    const mine = await partner.refer()
    await partner.idle()
    await partner.desk.revoke({ reason })
    partner.publishesLast = true
    await partner.reopen({ chain: randomBytes(16), resumes: {} })
    const [current] = await partner.desk.messageKeys()
    // The desk also sends the referral from before the revocation again. That referral is signed with the old key, so the
    // partner may refuse to open it.
    const sent = await Promise.allSettled(partner.came.slice(1).map((one) => partner.open(one)))
    const manifests = sent.flatMap((one) => (one.status === 'fulfilled' ? [one.value.manifest] : []))
    const resumed = manifests.filter(({ type }) => type === EventType.RESUMED)
    expect(resumed.map(({ senderKey }) => toBase64url(senderKey))).toEqual([current?.key])
    expect(await partner.states(mine)).toEqual(['stored', 'stored'])
  },
)

test('T-140 REX-THR-028 a restored desk store also requests answers to messages that were still queued in it', async () => {
  const mine = await partner.refer()
  await partner.idle()
  const message = await partner.digestOf(partner.last())
  // Puts the store back into the state before the gateway confirmed the message, as if an older copy were restored. The answer
  // to the message arrived after that state, so it is lost.
  const older = () =>
    partner.store.commit((write) =>
      write.updateDelivery({ message, recipient: partner.ngo.organisation }, { state: 'intended' }),
    )
  await partner.reopen({ chain: randomBytes(16), resumes: {} }, older)
  const sent = await Promise.all(partner.came.slice(1).map((one) => partner.open(one)))
  expect(sent.map(({ manifest }) => manifest.type).toSorted()).toEqual([EventType.REFER, EventType.RESUMED])
  expect(await partner.states(mine)).toEqual(['stored', 'stored'])
})

test('REX-THR-028 messages for a restored desk are resent once per chain', async () => {
  const mine = await partner.refer()
  await partner.idle()
  const { digest, manifest } = await partner.open(partner.last())
  const receivedMs = partner.clock.now()
  await partner.answer(partner.receipt(partner.last(), RECEIVED, { message: toHex(digest) }))
  const resumed = { content: { $case: 'resumed' as const, value: { previousChain: new Uint8Array() } } }
  const event = { threadId: manifest.threadId, chain: randomBytes(16), heads: [digest], testTraffic: true }
  await partner.say(EventType.RESUMED, resumed, event)
  expect([
    partner.came.filter(({ kid }) => kid === partner.came[0]?.kid).length > 1,
    await partner.states(mine),
  ]).toEqual([true, ['stored']])
  const sent = partner.store.read.envelopes({
    message: toHex(digest),
    recipient: partner.ngo.organisation,
  }).length
  await partner.say(EventType.RESUMED, resumed, { ...event, counter: 1 })
  expect([
    sent,
    partner.store.read.envelopes({ message: toHex(digest), recipient: partner.ngo.organisation }).length,
  ]).toEqual([2, 2])
  const again = partner.came.filter(({ envelopeId }) => {
    return partner.store.read.envelope(toHex(envelopeId))?.message === toHex(digest)
  })
  await partner.clock.advance({ minutes: 1 })
  await partner.answer(partner.receipt(again.at(-1) as Came, RECEIVED, { message: toHex(digest) }))
  expect([await partner.states(mine), partner.store.read.deliveries(mine.id)[0]?.receivedMs]).toEqual([
    ['received'],
    receivedMs,
  ])
})
