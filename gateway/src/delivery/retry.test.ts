// Tests of when a gateway retries: back-off, pauses, postponed envelopes, and wrong clocks.
import { RexError } from '@rex/sdk/core'
import { toErrorDetail } from '@rex/sdk/transport'
import { describe, expect, test, vi } from 'vitest'
import {
  deliverer,
  HOUR,
  idle,
  LIMIT,
  MINUTE,
  NGO,
  POLICE,
  START,
  store,
  storeAll,
  waiting,
} from '../testing/delivery.ts'
import { refusal, remote } from '../testing/link.ts'

const skewed = refusal('CLOCK_SKEW', 'Too early.')
const DAY = 24 * HOUR

test('REX-DLV-172 a peer that does not know the new addresses is dialled until it does, even when nothing waits', async () => {
  const ngo = remote()
  ngo.reachable = false
  await using it = await deliverer({ [NGO]: ngo })
  it.informed.delete(NGO)
  it.delivery.greet([NGO])
  await idle()
  expect(it.delivery.status(NGO)).toMatchObject({ connected: false, uninformed: true, queued: 0 })
  for (let i = 0; i < 3; i++) {
    await it.clock.advance(HOUR)
    await idle()
  }
  expect(ngo.dials()).toBeGreaterThan(3)
  ngo.reachable = true
  await it.clock.advance(HOUR)
  await idle()
  expect(it.delivery.status(NGO)).toMatchObject({ connected: true })
})

test('T-091 back-off doubles from 10 s to 1 h, with full jitter', async () => {
  await using it = await waiting({}, { random: () => 1 })
  const waits: number[] = []
  while (waits.length < 11) {
    const { nextAttemptMs } = it.delivery.status(NGO)
    waits.push((nextAttemptMs - it.clock.now()) / 1000)
    await it.clock.advance(nextAttemptMs - it.clock.now())
    await idle()
  }
  expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
})

test('T-091 REX-DLV-043 urgent mail waits a minute at most, even if it arrives after the failure', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo }, { random: () => 1 })
  ngo.reachable = false
  const wait = async () => {
    await idle()
    return (it.delivery.status(NGO).nextAttemptMs - it.clock.now()) / 1000
  }
  await it.send()
  for (let i = 0; i < 10; i++) await it.clock.advance((await wait()) * 1000)
  expect(await wait()).toBe(3600)
  await it.clock.advance(20_000)
  await it.send({ urgent: true })
  expect(await wait()).toBe(40)
  const dials = ngo.dials()
  for (let i = 0; i < 15; i++) {
    await it.clock.advance((await wait()) * 1000)
    expect(await wait()).toBe(60)
  }
  expect(ngo.dials()).toBe(dials + 15)
})

test('T-094 REX-DLV-043 a refusal delays urgent mail by at most a minute, and routine mail by the stated time', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo }, { random: () => 1 })
  for (const urgent of [true, false]) await it.send({ urgent })
  await idle()
  const full = new RexError('QUOTA_EXCEEDED', '', { metadata: { retry_after_ms: String(HOUR) } })
  for (const { answer } of ngo.arrived.splice(0)) answer({ kind: 'refused', error: toErrorDetail(full) })
  await idle()
  await it.clock.advance(2 * MINUTE)
  await idle()
  expect(ngo.arrived.map(({ urgent }) => urgent)).toEqual([true])
})

test('T-089 after 72 h of partition, one sign of life from the peer triggers delivery of all envelopes, urgent first, each once', async () => {
  const ngo = remote(8)
  await using it = await deliverer({ [NGO]: ngo }, { sweepMs: HOUR })
  ngo.reachable = false
  for (let i = 0; i < 20; i++) await it.send({ expiresMs: START + 10 * 24 * HOUR })
  await it.clock.advance(72 * HOUR)
  await it.send({ urgent: true, expiresMs: START + 10 * 24 * HOUR })
  await idle()
  ngo.reachable = true
  it.delivery.alive(NGO)
  await idle()
  await it.clock.advance(1000)
  await idle()
  expect(ngo.arrived[0]?.urgent).toBe(true)
  expect(await storeAll(ngo)).toBe(21)
  const ids = it.reports().map((report) => Buffer.from(report.envelopeId).toString('hex'))
  expect(new Set(ids).size).toBe(21)
  expect(ids).toHaveLength(21)
})

test('a peer that calls but cannot be reached is not redialled on every call', async () => {
  await using it = await waiting()
  const { ngo } = it
  for (let i = 0; i < 100; i++) {
    it.delivery.alive(NGO)
    await idle()
  }
  expect(ngo.dials()).toBe(1)
})

test('an operator can end a wait', async () => {
  await using it = await waiting()
  const { ngo } = it
  ngo.reachable = true
  it.delivery.retry('')
  expect(await storeAll(ngo)).toBe(1)
})

test('T-079 on a full disk, a request to end a wait is refused, and nothing else stops', async () => {
  await using it = await waiting()
  const { ngo } = it
  const full = vi.spyOn(it.store, 'commit').mockRejectedValue(new RexError('STORE_FULL', 'The disk is full.'))
  for (const whom of ['', NGO])
    await expect(it.delivery.retry(whom)).rejects.toMatchObject({ reason: 'STORE_FULL' })
  full.mockRestore()
  ngo.reachable = true
  await it.delivery.retry('')
  expect(await storeAll(ngo)).toBe(1)
})

test('T-092 a peer that never answers delays nobody else, and its link is closed', async () => {
  const [ngo, police] = [remote(), remote()]
  await using it = await deliverer({ [NGO]: ngo, [POLICE]: police })
  for (let i = 0; i < 5; i++) await it.send()
  await it.send({ recipient: POLICE })
  await idle()
  expect(await storeAll(police)).toBe(1)
  await it.clock.advance(LIMIT.answerMs)
  await idle()
  expect(it.delivery.status(NGO)).toMatchObject({ connected: false, queued: 5 })
  expect(it.delivery.status(NGO).nextAttemptMs).toBeGreaterThan(it.clock.now())
})

test('T-094 only the envelope that is refused for a while waits; the others continue', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  await it.send()
  await idle()
  const [poison] = ngo.arrived
  poison?.answer(refusal('INTERNAL', 'Internal error.'))
  await idle()
  for (let i = 0; i < 5; i++) await it.send()
  expect(await storeAll(ngo)).toBe(5)
  await it.clock.advance(10_000)
  await idle()
  expect(ngo.arrived[0]?.bytes).toEqual(poison?.bytes)
  expect(await storeAll(ngo)).toBe(1)
})

test('T-095 a peer that is full pauses for as long as it asks, each lane separately', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo }, { random: () => 0 })
  await it.send()
  await idle()
  ngo.arrived[0]?.answer(refusal('QUOTA_EXCEEDED', 'Too much.', { metadata: { retry_after_ms: '60000' } }))
  await idle()
  await it.send({ urgent: true })
  await idle()
  expect(ngo.arrived.map((entry) => entry.urgent)).toEqual([true])
  await store(ngo.arrived[0])
  await it.clock.advance(59_000)
  await idle()
  expect(ngo.arrived).toHaveLength(0)
  await it.clock.advance(1000)
  expect(await storeAll(ngo)).toBe(1)
})

describe.each([-24 * HOUR, 24 * HOUR])('T-050 the clock leaps by %d ms', (leap) => {
  const expiresMs = START + 10 * 24 * HOUR

  test('T-050 the back-off keeps its length', async () => {
    await using it = await waiting({ expiresMs }, { random: () => 1 })
    const { ngo } = it
    it.clock.leap(leap)
    expect(it.delivery.status(NGO).nextAttemptMs).toBe(it.clock.now() + 10_000)
    await it.clock.advance(9999)
    await idle()
    expect(ngo.dials()).toBe(1)
    await it.clock.advance(1)
    await idle()
    expect(ngo.dials()).toBe(2)
  })

  test('T-050 a silent link is closed after its time limit', async () => {
    const ngo = remote()
    await using it = await deliverer({ [NGO]: ngo })
    await it.send({ expiresMs })
    await idle()
    it.clock.leap(leap)
    await it.clock.advance(LIMIT.answerMs - 1)
    await idle()
    expect(it.delivery.status(NGO).connected).toBe(true)
    await it.clock.advance(1)
    await idle()
    expect(it.delivery.status(NGO).connected).toBe(false)
  })

  test('T-050 the alarm comes after 15 minutes', async () => {
    const ngo = remote()
    ngo.reachable = false
    await using it = await deliverer({ [NGO]: ngo })
    await it.send({ urgent: true, expiresMs })
    it.clock.leap(leap)
    await it.clock.advance(15 * MINUTE)
    await idle()
    expect(it.reports()).toEqual([])
    await it.clock.advance(2000)
    await idle()
    expect(it.reports().map((report) => report.outcome?.$case)).toEqual(['delayed'])
  })

  test('T-050 postponed envelopes and a paused lane continue on time', async () => {
    for (const reason of ['CLOCK_SKEW', 'OVERLOADED'] as const) {
      const ngo = remote()
      await using it = await deliverer({ [NGO]: ngo }, { random: () => 1 })
      await it.send({ expiresMs })
      await idle()
      ngo.arrived[0]?.answer(refusal(reason, 'Later.'))
      await idle()
      it.clock.leap(leap)
      await it.clock.advance(20_000)
      await idle()
      expect(ngo.arrived, reason).toHaveLength(1)
    }
  })
})

/** Sends an envelope that the NGO postpones for up to an hour. */
async function postponed(aheadMs = 0) {
  const ngo = remote()
  const it = await deliverer({ [NGO]: ngo }, { random: () => 1 })
  await it.clock.advance(10 * MINUTE)
  it.clock.leap(aheadMs)
  await it.send({ expiresMs: START + aheadMs + 10 * DAY })
  it.clock.leap(-aheadMs)
  await idle()
  ngo.arrived.shift()?.answer(skewed)
  await idle()
  expect([ngo.arrived.length, it.store.read.outbox.total().items]).toEqual([0, 1])
  return { ngo, it }
}

test('T-139 retry sends postponed envelopes', async () => {
  const { ngo, it } = await postponed()
  await using _ = it
  it.delivery.retry('')
  await idle()
  expect(ngo.arrived).toHaveLength(1)
})

test('T-139 a restart begins every wait anew, whatever the clock said before', async () => {
  const { ngo, it } = await postponed()
  await using _ = it
  it.delivery.close()
  await it.store.commit((write) => {
    for (const { id } of it.store.read.outbox.list(9))
      write.outbox.postpone(id, START + 400 * DAY, new Uint8Array())
    write.outbox.beginAnew(START - DAY)
  })
  expect(it.store.read.outbox.list(9)).toMatchObject([{ submittedMs: START - DAY }])
  it.restart()
  await idle()
  expect(ngo.arrived).toHaveLength(1)
})

test('T-137 a gateway whose clock is ahead lets no envelope expire, and sends all of them', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  ngo.reachable = false
  await it.send({ expiresMs: START + DAY })
  it.clock.leap(20 * DAY)
  await it.clock.advance(HOUR)
  await idle()
  expect([it.reports(), it.store.read.outbox.total().items]).toEqual([[], 1])
  ngo.reachable = true
  it.delivery.retry(NGO)
  await idle()
  await store(ngo.arrived[0])
  expect(it.reports()).toMatchObject([{ outcome: { $case: 'stored' } }])
})

test('REX-DLV-144 an envelope whose date is ahead of both clocks goes back to the desk; ahead of one clock, it waits', async () => {
  const { ngo, it } = await postponed(30 * DAY)
  await using _ = it
  it.time.greeted(NGO, it.clock.now())
  it.delivery.retry('')
  await idle()
  ngo.arrived.shift()?.answer(skewed)
  await idle()
  expect(it.reports()).toMatchObject([{ outcome: { $case: 'refused' } }])
  expect(it.store.read.outbox.total().items).toBe(0)
})
