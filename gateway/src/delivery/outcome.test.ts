// Tests of the outcomes of deliveries, and of the reports about them.
import { randomBytes } from 'node:crypto'
import { LIMITS, signStoredReceipt } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import {
  deliverer,
  HOTLINE,
  HOUR,
  idle,
  MINUTE,
  NGO,
  POLICE,
  START,
  signer,
  store,
  storeAll,
} from '../testing/delivery.ts'
import { refusal, remote } from '../testing/link.ts'

test('T-146 when a pairing ends, waiting and in-flight envelopes are reported as refused, once, and nothing more is sent', async () => {
  const ngo = remote(2)
  const police = remote()
  await using it = await deliverer({ [NGO]: ngo, [POLICE]: police })
  for (let i = 0; i < 3; i++) await it.send()
  await it.send({ recipient: POLICE })
  await idle()
  const [onItsWay] = ngo.arrived
  it.paired.delete(NGO)
  await it.delivery.unpaired(NGO)
  expect(it.reports().map(({ recipient, outcome }) => [recipient, outcome?.$case])).toEqual([
    [NGO, 'refused'],
    [NGO, 'refused'],
    [NGO, 'refused'],
  ])
  await store(onItsWay).catch(() => {})
  expect([it.reports().length, it.store.read.outbox.total().items]).toEqual([3, 1])
  it.paired.add(NGO)
  it.delivery.greet([NGO])
  await idle()
  expect(ngo.arrived).toEqual([])
  expect(police.arrived).toHaveLength(1)
})

test('T-146 a gateway that stopped before it recorded the end of a pairing records it when it starts', async () => {
  const ngo = remote()
  ngo.reachable = false
  await using it = await deliverer({ [NGO]: ngo })
  await it.send()
  await idle()
  it.paired.delete(NGO)
  it.restart()
  await idle()
  expect(it.reports()).toMatchObject([
    { recipient: NGO, outcome: { $case: 'refused', value: { reason: 11 } } },
  ])
})

test('a permanent refusal is reported with its reason and ends the delivery', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  await it.send()
  await idle()
  ngo.arrived[0]?.answer(refusal('WRONG_RECIPIENT', 'This gateway does not serve the recipient.'))
  await idle()
  expect(it.reports()).toMatchObject([
    {
      recipient: NGO,
      outcome: { $case: 'refused', value: { message: 'This gateway does not serve the recipient.' } },
    },
  ])
  expect(it.store.read.outbox.total().items).toBe(0)
})

test('an envelope larger than the other side accepts is refused without being sent', async () => {
  const ngo = remote(4, 1000)
  await using it = await deliverer({ [NGO]: ngo })
  await it.send()
  await idle()
  expect(ngo.arrived).toEqual([])
  expect(it.reports()).toMatchObject([{ outcome: { $case: 'refused', value: { retryable: false } } }])
})

test('T-049 an envelope whose receipt is for something else is sent again later', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  await it.send()
  await idle()
  const wrong = {
    envelopeId: randomBytes(16),
    envelopeDigest: randomBytes(32),
    sender: HOTLINE,
    recipient: NGO,
    storedMs: 1,
  }
  ngo.arrived[0]?.answer({ kind: 'stored', receipt: await signStoredReceipt(wrong, signer) })
  await idle()
  expect(it.reports()).toEqual([])
  await it.clock.advance(10_000)
  expect(await storeAll(ngo)).toBe(1)
})

test('T-093 an urgent envelope that is late is reported once after 15 minutes, with the last failure', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  ngo.reachable = false
  await it.send({ urgent: true })
  await it.send()
  await it.clock.advance(LIMITS.urgentAlarm)
  await idle()
  expect(it.reports()).toEqual([])
  await it.clock.advance(10 * MINUTE)
  await idle()
  expect(it.reports()).toMatchObject([
    { outcome: { $case: 'delayed', value: { lastError: { message: 'The other side cannot be reached.' } } } },
  ])
})

test('an envelope that is not stored before its expiry is reported as expired, after the tolerated skew', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  ngo.reachable = false
  await it.send({ expiresMs: START + HOUR })
  await it.clock.advance(HOUR + LIMITS.skew)
  await idle()
  expect(it.reports()).toEqual([])
  await it.clock.advance(2000)
  await idle()
  expect(it.reports()).toMatchObject([{ outcome: { $case: 'expired' } }])
  ngo.reachable = true
  it.delivery.retry('')
  await idle()
  expect(ngo.arrived).toEqual([])
})

test('an expired envelope is no longer offered', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  ngo.reachable = false
  await it.send({ expiresMs: START + HOUR })
  await it.clock.advance(HOUR)
  ngo.reachable = true
  it.delivery.retry('')
  await idle()
  expect(ngo.arrived).toEqual([])
})

test('an answer that is in progress at the expiry decides the outcome', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  await it.send({ expiresMs: START + 1000 })
  await idle()
  const late = ngo.arrived[0]
  await it.clock.advance(5000)
  await idle()
  await store(late)
  expect(it.reports()).toMatchObject([{ outcome: { $case: 'stored' } }])
})
