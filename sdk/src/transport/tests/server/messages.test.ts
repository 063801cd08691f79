// Tests of hostile messages: too large, compressed, malformed. docs/spec/delivery.md, "Calls"
import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ErrorDetail, ErrorReason } from '@rex/proto/core/v1/error'
import { DeliverRequest, type DeliverResponse } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, expect, test } from 'vitest'
import { decode, encode } from '../../../core/encoding/encoding.ts'
import { createClient } from '../../calling/client.ts'
import { MAX_MESSAGE } from '../../limits/limits.ts'
import { createQueue } from '../../messages/queue.ts'
import { contextOptions } from '../../network/tls.ts'
import { service } from '../../service/service.ts'
import {
  a,
  ask,
  cleanup,
  closeAll,
  dial,
  frame,
  greeting,
  handshake,
  hello,
  NOTHING,
  request,
  serve,
} from './fixture.ts'

afterEach(closeAll)

const DELIVER = { ':path': '/rex.federation.v1.DeliveryService/Deliver' }

test('T-064 a 4 GiB length, compression, a gzip bomb', async () => {
  const server = await serve()
  const huge = await request(await handshake(server), {}, frame(Buffer.alloc(16), 0, 0xffffffff))
  expect(huge['grpc-status']).toBe('8')
  const bomb = frame(await promisify(gzip)(Buffer.alloc(64 * 1024 * 1024)), 1)
  const squeezed = await request(await handshake(server), { 'grpc-encoding': 'gzip' }, bomb)
  expect(squeezed['grpc-status']).toBe('12')
  expect(await ask(dial(server))).toBeDefined()
})

test('T-064 a message beyond the limit is refused on both sides', async () => {
  const server = await serve()
  const organisation = 'x'.repeat(MAX_MESSAGE + 1)
  await expect(ask(dial(server), organisation)).rejects.toMatchObject({ reason: 'OVERLOADED' })
})

test('T-064 an answer beyond the limit, and a gzip bomb, are refused by the client', async () => {
  const huge = frame(Buffer.alloc(MAX_MESSAGE + 1))
  const bomb = frame(await promisify(gzip)(Buffer.alloc(64 * 1024 * 1024)), 1)
  for (const [headers, body] of [
    [{}, huge],
    [{ 'grpc-encoding': 'gzip' }, bomb],
  ] as const) {
    const hostile = createSecureServer(contextOptions(a.gateway, []))
    hostile.on('stream', (stream) => {
      stream.on('error', () => {})
      stream.respond({ 'content-type': 'application/grpc', ...headers }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(body)
    })
    await once(hostile.listen(0, '127.0.0.1'), 'listening')
    cleanup.push(() => hostile.close())
    const { port } = hostile.address() as AddressInfo
    const { rss } = process.memoryUsage()
    await expect(ask(dial({ address: `127.0.0.1:${port}` }))).rejects.toMatchObject({
      reason: 'OVERLOADED',
    })
    expect(process.memoryUsage().rss - rss).toBeLessThan(32 * 1024 * 1024)
  }
})

test('a request that is not protobuf is MALFORMED', async () => {
  const refused = await request(await handshake(await serve()), {}, frame(Buffer.from('ffffffff', 'hex')))
  expect(refused['grpc-status']).toBe('3')
})

test('T-053 a request or an answer of too many parts is refused before it is decoded', async () => {
  const many = Buffer.alloc(1024 * 1024, Buffer.of(0x22, 0))
  const refused = await request(await handshake(await serve()), {}, frame(many))
  const trailer = Buffer.from(String(refused['rex-error-bin']), 'base64')
  expect(decode(ErrorDetail, trailer, 'error', 8192).reason).toBe(ErrorReason.LIMIT_EXCEEDED)
  const boasting = service(DeliveryServiceDefinition, {
    async *deliver(): AsyncIterable<DeliverResponse> {
      const versions = Array<number>(70_000).fill(1)
      yield { content: { $case: 'hello', value: { ...greeting, versions } } }
    },
  })
  const { deliver } = createClient(DeliveryServiceDefinition, dial(await serve({ services: [boasting] })))
  await expect(async () => {
    for await (const _ of deliver(createQueue<DeliverRequest>())) void _
  }).rejects.toMatchObject({ reason: 'INTERNAL' })
})

test('T-067 paths that are not exactly a method', async () => {
  const server = await serve()
  const good = '/rex.federation.v1.EntityService/GetEntityConfiguration'
  for (const path of [`/${good}`, good.slice(1), `${good}?x=1`, `${good}/`, good.toLowerCase(), '/', '*']) {
    const answer = await request(await handshake(server), { ':path': path }, NOTHING).catch(
      () => ({}) as Record<string, unknown>,
    )
    expect([undefined, '12']).toContain(answer['grpc-status'])
  }
  expect((await request(await handshake(server), { ':path': good }, NOTHING))['grpc-status']).toBe('0')
})

test('T-064 a message marked as compressed on a call without compression', async () => {
  const server = await serve()
  const message = frame(Buffer.from(encode(DeliverRequest, hello)), 1)
  expect((await request(await handshake(server), DELIVER, message))['grpc-status']).toBe('12')
  expect((await request(await handshake(server), {}, frame(Buffer.alloc(0), 1)))['grpc-status']).toBe('12')
})

test('T-064 bad gzip, and compression of a stream', async () => {
  const server = await serve()
  const broken = frame(Buffer.from('not gzip'), 1)
  for (const path of [{}, DELIVER]) {
    for (const encoding of ['gzip', 'deflate', 'br']) {
      const headers = { ...path, 'grpc-encoding': encoding }
      expect((await request(await handshake(server), headers, broken))['grpc-status']).toBe('12')
    }
  }
})

test('a listener for strangers accepts only small messages', async () => {
  const server = await serve({ limits: { messageBytes: 64 } })
  expect(await ask(dial(server))).toBeDefined()
  await expect(ask(dial(server), 'x'.repeat(65))).rejects.toMatchObject({ reason: 'OVERLOADED' })
})
