// Tests of clients that are slow, silent or too numerous. docs/spec/delivery.md, "Connections"
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { DeliverRequest, type DeliverResponse } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, expect, test } from 'vitest'
import { parseAddress } from '../../../core/address.ts'
import { encode } from '../../../core/encoding/encoding.ts'
import { clientHello, httpFrame, openCall, preface } from '../../flood/fixture.ts'
import { service } from '../../service/service.ts'
import {
  a,
  ask,
  begin,
  cleanup,
  closeAll,
  dial,
  frame,
  handshake,
  hello,
  isTurnedAway,
  REFUSED_STREAM,
  request,
  serve,
} from './fixture.ts'

afterEach(closeAll)

const DELIVER = { ':path': '/rex.federation.v1.DeliveryService/Deliver' }

test('T-066 a malformed timeout counts as absent, and the server has its own limit', async () => {
  const server = await serve({ limits: { unaryMs: 100 } })
  const sleep = frame(Buffer.from('\x0a\x05sleep'))
  for (const timeout of ['-1S', 'soon', '99999999H']) {
    const answer = await request(await handshake(server), { 'grpc-timeout': timeout }, sleep)
    expect(['4', '13']).toContain(answer['grpc-status'])
  }
  expect((await request(await handshake(server), {}, sleep))['grpc-status']).toBe('4')
})

test('T-065 an endless message of a stream, and a message that this side delays', async () => {
  const { promise: gate, resolve: goOn } = Promise.withResolvers<void>()
  const busy = service(DeliveryServiceDefinition, {
    async *deliver(requests): AsyncIterable<DeliverResponse> {
      for await (const { content } of requests) {
        await gate
        if (content?.$case === 'hello') yield { content }
      }
    },
  })
  const limits = { messageMs: 200 }
  const [open, held] = await Promise.all([serve({ limits }), serve({ limits, services: [busy] })])
  const message = frame(Buffer.from(encode(DeliverRequest, hello)))
  const start = message.subarray(0, 9)
  const waiting = begin(await handshake(held), DELIVER)
  waiting.stream.write(Buffer.concat([...Array<Buffer>(64).fill(message), start]))
  const slow = begin(await handshake(open), DELIVER)
  slow.stream.write(start)
  expect((await slow.answer)['grpc-status']).toBe('4')
  waiting.stream.end(message.subarray(9))
  goOn()
  expect((await waiting.answer)['grpc-status']).toBe('0')
})

test('T-065 partial messages are limited per connection', async () => {
  const server = await serve()
  const half = frame(Buffer.alloc(1024 * 1024), 0, 2 * 1024 * 1024)
  const socket = await handshake(server)
  const session = connectHttp2('https://a.example', { createConnection: () => socket })
  cleanup.push(() => session.destroy())
  const calls = [0, 1, 2, 3, 4].map(() => begin(session, DELIVER))
  for (const { stream } of calls) stream.write(half)
  expect((await Promise.race(calls.map(({ answer }) => answer)))['grpc-status']).toBe('8')
  expect(await ask(dial(server))).toBeDefined()
})

test('T-065 an endless request', async () => {
  const server = await serve({ limits: { unaryMs: 50 } })
  const answer = await request(await handshake(server), {})
  expect(answer['grpc-status']).toBe('4')
})

test('T-063 calls beyond the limit of a connection do not start', async () => {
  let open = 0
  const deliver = async function* (
    _: unknown,
    { signal }: { signal: AbortSignal },
  ): AsyncIterable<DeliverResponse> {
    open += 1
    await once(signal, 'abort')
    yield { content: undefined }
  }
  const server = await serve({
    services: [service(DeliveryServiceDefinition, { deliver })],
    limits: { streams: 3 },
  })
  const socket = await handshake(server)
  let received = ''
  socket.on('data', (bytes) => {
    received += bytes.toString('hex')
  })
  socket.write(preface())
  for (let call = 0; call < 50; call++) socket.write(openCall(2 * call + 1))
  const refused = (id: number) => received.includes(httpFrame(3, 0, id, REFUSED_STREAM).toString('hex'))
  await expect.poll(() => open === 3 && refused(7) && refused(99)).toBe(true)
  expect([refused(1), refused(3), refused(5), open]).toEqual([false, false, false, 3])
})

test('T-065 a handshake that never comes, and a connection without calls', async () => {
  const server = await serve({ limits: { handshakeMs: 50, idleMs: 50 } })
  const mute = connectTcp(parseAddress(server.address)).resume()
  const idle = await handshake(server)
  idle.resume()
  await Promise.all([once(mute, 'close'), once(idle, 'close')])
})

test('T-065 a peer that reads nothing, and answers no ping', async () => {
  const socket = await handshake(await serve({ limits: { pingMs: 50, pingTimeoutMs: 50 } }))
  const noWindow = httpFrame(4, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]))
  socket.resume().write(Buffer.concat([preface(), noWindow, openCall(1)]))
  await once(socket, 'close')
})

test('T-065 T-070 connections of one peer and handshakes at a time are bounded', async () => {
  const server = await serve({
    limits: { connectionsPerPeer: 1, handshakesPerNetwork: { atOnce: 2, perSecond: 1000 } },
  })
  const first = await handshake(server)
  await once(first, 'data')
  expect(await isTurnedAway(await handshake(server))).toBe(true)
  for (let i = 0; i < 5; i++) {
    const next = await handshake(server, {}, a.desk)
    await once(next, 'data')
    next.destroy()
    await expect.poll(() => server.connected().length).toBe(1)
  }
  const opening = await clientHello()
  const halfOpen = async () => {
    const socket = connectTcp(parseAddress(server.address)).resume()
    cleanup.push(() => socket.destroy())
    socket.on('error', () => {}).write(opening)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed])
    return socket
  }
  const mutes = [await halfOpen(), await halfOpen(), await halfOpen()]
  expect(mutes.map(({ closed }) => closed)).toEqual([false, false, true])
  await expect(handshake(server, {}, a.desk)).rejects.toThrow()
  for (const mute of mutes) mute.destroy()
  await expect
    .poll(() =>
      handshake(server, {}, a.desk).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true)
})
