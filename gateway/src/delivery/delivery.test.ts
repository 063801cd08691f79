// Tests of sending to other gateways: window, lanes, and resending after a link has ended.
import { expect, test } from 'vitest'
import { deliverer, idle, NGO, store, storeAll, waiting } from '../testing/delivery.ts'
import { remote } from '../testing/link.ts'

test('the window limits unanswered envelopes, and every answer is reported once', async () => {
  const ngo = remote(4)
  await using it = await deliverer({ [NGO]: ngo })
  for (let i = 0; i < 10; i++) await it.send()
  await idle()
  expect(ngo.arrived).toHaveLength(3)
  expect(await storeAll(ngo)).toBe(10)
  expect(it.reports()).toHaveLength(10)
  expect(it.store.read.outbox.total().items).toBe(0)
})

test('urgent envelopes go first, through slots that routine ones leave free', async () => {
  const ngo = remote(4)
  await using it = await deliverer({ [NGO]: ngo })
  for (let i = 0; i < 6; i++) await it.send()
  await idle()
  await it.send({ urgent: true })
  await idle()
  expect(ngo.arrived.map((entry) => entry.urgent)).toEqual([false, false, false, true])
  await it.send({ urgent: true })
  await store(ngo.arrived[0])
  expect(ngo.arrived.map((entry) => entry.urgent)).toEqual([false, false, true, true])
})

test('envelopes that are unanswered when the link ends are sent again, byte for byte', async () => {
  const ngo = remote()
  await using it = await deliverer({ [NGO]: ngo })
  await it.send()
  await idle()
  const [first] = ngo.arrived
  ngo.cut()
  await idle()
  await it.clock.advance(10_000)
  await idle()
  expect(ngo.dials()).toBe(2)
  expect(ngo.arrived[0]?.bytes).toEqual(first?.bytes)
})

test('waiting envelopes are delivered after a restart', async () => {
  await using it = await waiting()
  const { ngo } = it
  ngo.reachable = true
  it.restart()
  expect(await storeAll(ngo)).toBe(1)
})
