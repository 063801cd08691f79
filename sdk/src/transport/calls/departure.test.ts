// Tests of unread answers, with the default limits.
import { once } from 'node:events'
import { type ClientHttp2Stream, connect as connectHttp2, constants as http2 } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { DeliverRequest, type DeliverResponse } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { parseAddress } from '../../core/address.ts'
import { encode } from '../../core/encoding/encoding.ts'
import { LISTENER_LIMITS, MAX_MESSAGE } from '../limits/limits.ts'
import { createServer } from '../listening/server.ts'
import { contextOptions } from '../network/tls.ts'
import { service } from '../service/service.ts'
import { type TestOrganisation, testOrganisation } from '../tests/fixture.ts'

let a: TestOrganisation
let b: TestOrganisation
const cleanup: (() => unknown)[] = []

beforeAll(async () => {
  a = await testOrganisation('https://a.example')
  b = await testOrganisation('https://b.example')
})
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close()
  vi.useRealTimers()
})

const MANY = 100_000
const DELIVER = '/rex.federation.v1.DeliveryService/Deliver'
const GET = '/rex.federation.v1.EntityService/GetEntityConfiguration'

/** Starts a server with maximum-size answers, and counts the answers of its stream. */
async function serve() {
  const produced = { answers: 0, ended: 0 }
  const endless = service(DeliveryServiceDefinition, {
    async *deliver(): AsyncIterable<DeliverResponse> {
      try {
        while (produced.answers < MANY) {
          produced.answers += 1
          yield { content: undefined }
        }
      } finally {
        produced.ended += 1
      }
    },
  })
  const large = service(EntityServiceDefinition, {
    getEntityConfiguration: async () => ({ entityConfiguration: 'x'.repeat(MAX_MESSAGE - 16) }),
    announce: async () => ({}),
  })
  const server = await createServer({
    listen: '127.0.0.1:0',
    identity: a.gateway,
    peers: [b.trusted('gateway')],
    services: [endless, large],
  })
  cleanup.push(() => server.close({ drainMs: 0 }))
  return { server, produced }
}

/** Opens calls over one connection and reads none of their answers. */
async function openUnread(address: string) {
  const socket = connectTls({
    ...parseAddress(address),
    ...contextOptions(b.gateway, []),
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  })
  await once(socket, 'secureConnect')
  const settings = { initialWindowSize: 0 }
  const session = connectHttp2('https://a.example', { createConnection: () => socket, settings })
  cleanup.push(() => session.destroy())
  return (path: string) => {
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
    const stream = session.request(headers)
    stream.on('error', () => {})
    stream.write(frame(encode(DeliverRequest, { content: undefined })))
    return stream
  }
}

const closing = (stream: ClientHttp2Stream) => new Promise((resolve) => stream.once('close', resolve))
const responding = (stream: ClientHttp2Stream) => new Promise((resolve) => stream.once('response', resolve))

function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

test('T-129 REX-DLV-102 a stream whose reader reads nothing produces few answers, and ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  const { server, produced } = await serve()
  const open = await openUnread(server.address)
  const stream = open(DELIVER)
  const closed = closing(stream)
  await responding(stream)
  await expect.poll(() => produced.answers).toBe(16)
  vi.advanceTimersByTime(LISTENER_LIMITS.answerMs - 1)
  expect(stream.closed).toBe(false)
  vi.advanceTimersByTime(LISTENER_LIMITS.answerMs / 4)
  await closed
  expect(stream.rstCode).toBe(http2.NGHTTP2_ENHANCE_YOUR_CALM)
  await expect.poll(() => produced.ended).toBe(1)
  expect(produced.answers).toBe(16)
})

test('T-129 REX-DLV-102 unread answers of unary calls are limited per connection and in time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  const { server } = await serve()
  const open = await openUnread(server.address)
  const streams = Array.from({ length: 16 }, () => open(GET).end())
  const closed = streams.map(closing)
  const most = Math.floor(LISTENER_LIMITS.unreadBytes / MAX_MESSAGE)
  await Promise.all(streams.map((stream) => Promise.race([responding(stream), closing(stream)])))
  await expect.poll(() => streams.filter((stream) => stream.closed).length).toBe(streams.length - most)
  vi.advanceTimersByTime(1.25 * LISTENER_LIMITS.answerMs)
  await Promise.all(closed)
  expect(streams.map(({ rstCode }) => rstCode)).toEqual(streams.map(() => http2.NGHTTP2_ENHANCE_YOUR_CALM))
})
