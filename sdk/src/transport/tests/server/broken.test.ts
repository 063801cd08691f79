// Tests of connections that break while the client writes.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import type { DeliverRequest } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, expect, test } from 'vitest'
import { parseAddress } from '../../../core/address.ts'
import { createClient } from '../../calling/client.ts'
import { createQueue } from '../../messages/queue.ts'
import { cleanup, closeAll, dial, hello, serve } from './fixture.ts'

const BREAKS = 20

afterEach(closeAll)

/** Starts a proxy that flips a bit of the client's traffic while `damages` is true. */
async function damagingNetwork(to: string) {
  const network = { damages: false, address: '' }
  const server = createTcpServer((client) => {
    const remote = connect(parseAddress(to))
    client.on('error', () => {}).once('close', () => remote.destroy())
    remote.on('error', () => {}).once('close', () => client.destroy())
    client.on('data', (bytes) => {
      if (network.damages) bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
      remote.write(bytes)
    })
    remote.pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.push(() => server.close())
  network.address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return network
}

test('T-090 a channel connects again when TLS fails while it writes', async () => {
  const network = await damagingNetwork((await serve()).address)
  const channel = dial(network)
  for (let broken = 0; broken < BREAKS; broken++) {
    const requests = createQueue<DeliverRequest>()
    const answers = createClient(DeliveryServiceDefinition, channel).deliver(requests)[Symbol.asyncIterator]()
    requests.offer(hello)
    await answers.next()
    network.damages = true
    const writing = setInterval(() => requests.offer(hello))
    await expect(readAll(answers)).rejects.toMatchObject({ name: 'RexError' })
    clearInterval(writing)
    network.damages = false
  }
})

async function readAll(answers: AsyncIterator<unknown>): Promise<void> {
  for (;;) await answers.next()
}
