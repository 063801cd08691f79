// Tests of gateways that move. Waiting envelopes arrive over whichever link still works. docs/spec/delivery.md, "Addresses"
import { expect, test } from 'vitest'
import { type Gateway, startGateway } from '../gateway.ts'
import { connectDesk } from '../testing/desk.ts'
import { testSubmission } from '../testing/envelope.ts'
import { pair, type TestGateway, testGateway } from '../testing/gateway.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
/** A second loopback address, used as if it were another host, because other tests soon reuse the ports of 127.0.0.1. */
const NEW_PLACE = '127.0.0.2:0'

const impatient = (config: TestGateway['config']) => ({
  ...config,
  retry: { ...config.retry, minMs: 50, maxMs: 500, connectMs: 2000 },
})

async function stop({ desk, gateway }: TestGateway): Promise<void> {
  desk.close()
  await gateway.drain()
}

/** Starts a stopped gateway at an address. Its desk is unaware of this and publishes nothing. */
async function startAt(it: TestGateway, listen: string): Promise<Gateway> {
  it.gateway = await startGateway({ ...it.config, listen })
  it.desk = connectDesk({ ...it.pin, address: it.gateway.address }, it.identity, it.desk.chain)
  return it.gateway
}

async function send(from: TestGateway, to: TestGateway): Promise<void> {
  const outbox = await from.desk.submit(await from.desk.lease())
  const sent = await outbox.send(testSubmission({ sender: from.organisation, recipient: to.organisation }))
  expect(sent.error).toBeUndefined()
}

const arrivesAt = async ({ desk }: TestGateway) => desk.receive(await desk.lease()).until('stored')

test('REX-DLV-171 waiting mail reaches a gateway that moved while its desk was away, also after a restart', async () => {
  await using a = await testGateway(HOTLINE, { change: impatient })
  await using b = await testGateway(NGO, { change: impatient })
  await pair(a, b)
  await stop(b)
  await send(a, b)
  await startAt(b, NEW_PLACE)
  await arrivesAt(b)
  await a.restart()
  await send(a, b)
  await arrivesAt(b)
})

test('REX-DLV-170 REX-DLV-172 two gateways find each other after both moved and one moved back', async () => {
  await using a = await testGateway(HOTLINE, { change: impatient })
  await using b = await testGateway(NGO, { change: impatient })
  await pair(a, b)
  const before = a.gateway.address
  await stop(a)
  await stop(b)
  await startAt(a, NEW_PLACE)
  await startAt(b, b.config.listen)
  await send(b, a)
  await arrivesAt(a)
  await stop(b)
  await startAt(b, NEW_PLACE)
  await send(a, b)
  await arrivesAt(b)
  await stop(a)
  await stop(b)
  await startAt(a, before)
  await startAt(b, b.gateway.address)
  await send(b, a)
  await arrivesAt(a)
})

test('REX-DLV-171 a newer statement reaches the partners over the link that the other side opened', async () => {
  await using a = await testGateway(HOTLINE, { change: impatient })
  await using b = await testGateway(NGO, { change: impatient })
  await pair(a, b)
  const atHand = async () =>
    (await a.desk.directory.resolve({ organisation: NGO, refresh: false })).entityConfiguration
  // Date the newer statement a second later, because statements are ordered by their time in whole seconds.
  const newer = await b.desk.publish(['127.0.0.1:9', b.gateway.address], Date.now() + 1000)
  await expect.poll(atHand).toBe(newer)
  await b.gateway.drain()
  const asked = await a.desk.directory.resolve({ organisation: NGO, refresh: true })
  expect(asked.entityConfiguration).toBe(newer)
})
