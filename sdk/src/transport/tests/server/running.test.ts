// Tests of a running server: renewal, closing, addresses. docs/spec/delivery.md, "Connections"
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, expect, test } from 'vitest'
import { openLocalChannel } from '../../calling/channel.ts'
import { createClient } from '../../calling/client.ts'
import { createServer } from '../../listening/server.ts'
import { createQueue } from '../../messages/queue.ts'
import type { TlsIdentity } from '../../network/tls.ts'
import { HealthDefinition } from '../../service/health.ts'
import { a, ask, b, cleanup, closeAll, dial, handshake, serve, stranger } from './fixture.ts'

afterEach(closeAll)

test('T-071 a new certificate and new peers under load do not fail any call', async () => {
  const server = await serve({ limits: { handshakesPerNetwork: { atOnce: 16, perSecond: 1000 } } })
  const results: unknown[] = []
  let running = true
  const load = async () => {
    while (running) {
      const channel = dial(server)
      results.push(await ask(channel).catch((error) => error))
      results.push(await ask(channel).catch((error) => error))
      channel.close()
    }
  }
  const loads = [load(), load(), load()]
  const renewed: TlsIdentity[] = []
  for (let round = 1; round <= 5; round++) {
    const identity = a.issue('gateway')
    renewed.push(identity)
    server.setIdentity(identity)
    server.setPeers([b.trusted('gateway'), stranger.trusted('gateway')])
    await expect.poll(() => results.length).toBeGreaterThan(round * 12)
  }
  running = false
  await Promise.all(loads)
  expect(results.filter((result) => result instanceof Error)).toEqual([])
  const presented = (await handshake(server)).getPeerX509Certificate()?.raw
  expect(presented).toEqual(Buffer.from(renewed.at(-1)?.certificate ?? []))
  await expect(handshake(server, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })).rejects.toThrow(/version/)
})

test('closing waits for calls, then ends the remaining ones', async () => {
  const server = await serve()
  const channel = dial(server)
  const stream = createClient(DeliveryServiceDefinition, channel).deliver(createQueue())
  const reading = (async () => {
    for await (const _ of stream);
  })()
  const sleeping = ask(channel, 'sleep')
  await expect.poll(() => server.connected().length).toBe(1)
  const closing = server.close({ drainMs: 100 })
  await expect(sleeping).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  await expect(reading).rejects.toMatchObject({ name: 'RexError' })
  await closing
  await expect(handshake(server)).rejects.toThrow(/ECONNREFUSED/)
})

test('a key that does not belong to the certificate', async () => {
  const server = await serve()
  const identity = { ...a.gateway, privateKey: b.gateway.privateKey }
  expect(() => server.setIdentity(identity)).toThrow(
    expect.objectContaining({ reason: 'CERTIFICATE_INVALID' }),
  )
  await expect(serve({ identity })).rejects.toMatchObject({ reason: 'CERTIFICATE_INVALID' })
  expect(() => dial(server, { identity })).toThrow(expect.objectContaining({ reason: 'CERTIFICATE_INVALID' }))
  expect(await ask(dial(server))).toBeDefined()
})

test('an address in use, and one that is none', async () => {
  const { address } = await serve()
  await expect(serve({ listen: address })).rejects.toMatchObject({ reason: 'ADDRESS_IN_USE' })
  await expect(serve({ listen: '127.0.0.1' })).rejects.toMatchObject({
    reason: 'MALFORMED',
    path: 'listen',
  })
  await expect(serve({ listen: '203.0.113.1:7443' })).rejects.toMatchObject({ reason: 'CONFIG_INVALID' })
})

test('a local socket serves its owner, speaks no TLS, and survives a crash', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rex-'))
  cleanup.push(() => rm(directory, { recursive: true }))
  const path = join(directory, 'admin.sock')
  const crashed = createTcpServer()
  crashed.listen(path)
  await once(crashed, 'listening')
  await expect(createServer({ listen: { path }, services: [] })).rejects.toMatchObject({
    reason: 'ADDRESS_IN_USE',
  })
  crashed.close()
  const server = await createServer({ listen: { path }, services: [] })
  cleanup.push(() => server.close())
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const channel = openLocalChannel(path)
  cleanup.push(() => channel.close())
  expect(await createClient(HealthDefinition, channel).check({ service: '' })).toEqual({ status: 1 })
})
