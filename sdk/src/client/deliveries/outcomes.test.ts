import { DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { beforeEach, expect, test } from 'vitest'
import { toHex } from '../../core/encoding/encoding.ts'
import { verifyEvidence } from '../../core/receipt/evidence.ts'
import { type Came, type PlayedPartner, playPartner } from '../tests/harness/partner.ts'

const { RECEIVED, HELD, REFUSED } = DeskReceiptStatus

let partner: PlayedPartner
beforeEach(async () => {
  partner = await playPartner()
  return () => partner[Symbol.asyncDispose]()
})

test('REX-RCP-014 one refused envelope does not end a message if another envelope is answered', async () => {
  const mine = await partner.refer()
  await partner.idle()
  const first = partner.last()
  const decapsulator = await partner.changeKeys()
  await partner.answer(partner.receipt(first, REFUSED, { code: 'KEY_EXPIRED' }))
  await partner.answer(partner.receipt(first, REFUSED, { code: 'UNOPENABLE' }))
  expect(await partner.states(mine)).toEqual(['stored'])
  const message = await partner.digestOf(partner.last(), decapsulator)
  const receivedMs = partner.clock.now()
  await partner.answer(partner.receipt(partner.last(), RECEIVED, { message }))
  await partner.clock.advance({ minutes: 1 })
  await partner.answer(
    partner.receipt(partner.last(), RECEIVED, { message }),
    partner.receipt(first, REFUSED, { code: 'INVALID_EVENT', message }),
  )
  expect([await partner.states(mine), await partner.kinds()]).toEqual([['received'], []])
  const [record] = partner.store.read.deliveries(mine.id)
  expect(record?.receivedMs).toBe(receivedMs)
})

test('REX-RCP-014 a refused message stays refused', async () => {
  const mine = await partner.refer()
  await partner.idle()
  const message = await partner.digestOf(partner.last())
  await partner.answer(partner.receipt(partner.last(), REFUSED, { code: 'INVALID_REFERRAL', message }))
  await partner.answer(
    partner.receipt(partner.last(), RECEIVED, { message }),
    partner.receipt(partner.last(), HELD, { code: 'a=b', message }),
  )
  expect(await partner.states(mine)).toEqual(['refused'])
  expect(await partner.kinds()).toEqual(['failure'])
})

test('T-023 evidence of a resealed message proves the outcome of both envelopes', async () => {
  const mine = await partner.refer()
  await partner.idle()
  const first = partner.last()
  const storedMs = partner.clock.now()
  const decapsulator = await partner.changeKeys()
  await partner.answer(partner.receipt(first, REFUSED, { code: 'KEY_EXPIRED' }))
  const { digest } = await partner.open(partner.last(), decapsulator)
  await partner.answer(partner.receipt(partner.last(), RECEIVED, { message: toHex(digest) }))
  await partner.reopen()
  const bundle = await (await partner.desk.thread(mine.id)).export()
  const report = await verifyEvidence(
    bundle,
    (organisation) =>
      [partner.hotline, partner.ngo].find((party) => party.organisation === organisation)?.configuration
        .entityKey,
  )
  const [message] = report.messages
  expect(message?.deliveries.map(({ storedMs }) => storedMs)).toEqual([storedMs, storedMs])
  expect(
    message?.deliveries.map(({ receipts }) => receipts.map(({ status, code }) => [status, code])),
  ).toEqual([[['REFUSED', 'KEY_EXPIRED']], [['RECEIVED', '']]])
})

test('an unreadable thread does not delay the receipts of other threads', async () => {
  const broken = await partner.refer()
  const whole = await partner.refer()
  await partner.idle()
  const [first, second] = partner.came as [Came, Came]
  const message = await partner.digestOf(first)
  const about = await partner.open(second)
  const record = partner.store.read.thread(broken.id)
  if (record === undefined) throw new Error('The thread is not kept.')
  await partner.reopen({}, () => partner.store.commit((write) => write.putThread({ ...record, slot: 0 })))
  await partner.answer(
    partner.receipt(first, REFUSED, { code: 'INVALID_REFERRAL', message }),
    partner.receipt(second, RECEIVED, { message: toHex(about.digest) }),
  )
  expect(await partner.states(whole)).toEqual(['received'])
})
