// Tests of servers and channels over real TLS sockets on loopback.
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createSecureServer,
  constants as http2,
} from 'node:http2'
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ErrorDetail, ErrorReason } from '@rex/proto/core/v1/error'
import { DeliverRequest, type DeliverResponse } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { decode, encode, fromHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { fingerprint } from '../../core/pki/certificate.ts'
import { type OpenChannel, openChannel, openLocalChannel } from '../calling/channel.ts'
import { createClient, waitUntilConnected } from '../calling/client.ts'
import { openEnrolmentChannel } from '../calling/enrolment.ts'
import { clientHello, httpFrame, openCall, preface } from '../flood/fixture.ts'
import { type CreateServer, createServer, type Server } from '../listening/server.ts'
import { createQueue } from '../messages/queue.ts'
import { parseAddress } from '../network/address.ts'
import type { TrustedPeer } from '../network/peer.ts'
import { contextOptions, type TlsIdentity } from '../network/tls.ts'
import { HealthDefinition } from '../service/health.ts'
import { peerCertificate, service } from '../service/service.ts'
import { type TestOrganisation, testOrganisation } from './fixture.ts'

let a: TestOrganisation
let b: TestOrganisation
let stranger: TestOrganisation
const cleanup: (() => unknown)[] = []

beforeAll(async () => {
  const names = ['https://a.example', 'https://b.example', 'https://stranger.example']
  ;[a, b, stranger] = (await Promise.all(names.map(testOrganisation))) as [
    TestOrganisation,
    TestOrganisation,
    TestOrganisation,
  ]
})
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close()
})

const greeting = {
  versions: [1],
  maxEnvelopeBytes: 0,
  window: 0,
  build: '',
  incarnation: new Uint8Array(),
  timeMs: 0,
}
const hello: DeliverRequest = { content: { $case: 'hello', value: greeting } }

const entities = service(EntityServiceDefinition, {
  async getEntityConfiguration({ organisation }, context) {
    if (organisation === 'refuse')
      throw new RexError('CLOCK_SKEW', 'Your clock is wrong.', { metadata: { time: '7' } })
    if (organisation === 'fail') throw new Error('canary')
    if (organisation === 'sleep') await once(context.signal, 'abort')
    return { entityConfiguration: `${peerCertificate(context).uri} asks for ${organisation}` }
  },
  announce: async () => ({}),
})

const deliveries = service(DeliveryServiceDefinition, {
  async *deliver(requests): AsyncIterable<DeliverResponse> {
    for await (const { content } of requests) if (content?.$case === 'hello') yield { content }
  },
})

async function serve(options: Partial<CreateServer> = {}): Promise<Server> {
  const server = await createServer({
    listen: '127.0.0.1:0',
    identity: a.gateway,
    peers: [b.trusted('gateway'), a.trusted('desk')],
    services: [entities, deliveries],
    ...options,
  })
  cleanup.push(() => server.close({ drainMs: 50 }))
  return server
}

function dial(server: Pick<Server, 'address'>, options: Partial<OpenChannel> = {}) {
  const { organisation, authority } = a
  const { address } = server
  const channel = openChannel({
    address,
    organisation,
    authority: authority.certificate,
    identity: b.gateway,
    ...options,
  })
  cleanup.push(() => channel.close())
  return channel
}

const ask = (channel: ReturnType<typeof dial>, organisation = 'x', options = {}) =>
  createClient(EntityServiceDefinition, channel).getEntityConfiguration({ organisation }, options)

/** Opens a TLS connection without grpc-js, as gateway b by default. */
async function handshake(
  server: Server,
  options: ConnectionOptions = {},
  identity: TlsIdentity | undefined = b.gateway,
) {
  const socket = connectTls({
    ...parseAddress(server.address),
    ...contextOptions(identity, []),
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
    ...options,
  })
  cleanup.push(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

/** Whether the server closes the connection without a byte of HTTP/2. */
async function isTurnedAway(socket: TLSSocket): Promise<boolean> {
  return await new Promise((resolve) => {
    socket.once('data', () => resolve(false))
    socket.once('close', () => resolve(true))
    socket.resume()
  })
}

/** Makes one raw HTTP/2 request; returns its response headers and trailers. Without a body the request is never completed. */
async function request(socket: TLSSocket, headers: Record<string, string>, body?: Buffer) {
  const { stream, answer } = begin(socket, headers)
  if (body) stream.end(body)
  return await answer
}

/** Begins a raw HTTP/2 request; its body is still to be written. */
function begin(connection: TLSSocket | ClientHttp2Session, headers: Record<string, string>) {
  const session =
    'request' in connection
      ? connection
      : connectHttp2('https://a.example', { createConnection: () => connection })
  cleanup.push(() => session.destroy())
  const stream = session.request({
    [http2.HTTP2_HEADER_METHOD]: 'POST',
    'content-type': 'application/grpc',
    te: 'trailers',
    ':path': '/rex.federation.v1.EntityService/GetEntityConfiguration',
    ...headers,
  })
  const seen: Record<string, unknown> = {}
  stream.on('response', (response) => Object.assign(seen, response))
  stream.on('trailers', (trailers) => Object.assign(seen, trailers))
  stream.resume()
  const answer = Promise.race([once(stream, 'end'), once(stream, 'close')]).then(() => seen)
  return { stream, answer }
}

function frame(message: Buffer, compressed = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(compressed)
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}

const REFUSED_STREAM = Buffer.from([0, 0, 0, 7])
const NOTHING = frame(Buffer.alloc(0))

describe('calls', () => {
  test('a paired gateway and an enrolled desk are known by their certificates', async () => {
    const server = await serve()
    expect(await ask(dial(server))).toEqual({ entityConfiguration: 'https://b.example asks for x' })
    expect(await ask(dial(server, { identity: a.desk }))).toEqual({
      entityConfiguration: 'https://a.example#desk asks for x',
    })
    expect(server.connected().map(({ uri }) => uri)).toEqual(['https://b.example', 'https://a.example#desk'])
  })

  test('a refusal arrives with its reason, message and metadata', async () => {
    const refusal = {
      name: 'RexError',
      reason: 'CLOCK_SKEW',
      message: 'Your clock is wrong.',
      metadata: { time: '7' },
    }
    await expect(ask(dial(await serve()), 'refuse')).rejects.toMatchObject(refusal)
  })

  test('T-121 a fault arrives as INTERNAL without its text, which stays in the log of the server', async () => {
    const faults: unknown[] = []
    const error = await ask(dial(await serve({ onFault: (fault) => faults.push(fault) })), 'fail').catch(
      (e) => e,
    )
    expect(error).toMatchObject({ reason: 'INTERNAL', message: 'Internal error.' })
    expect(JSON.stringify([error, error.cause, String(error.cause)])).not.toContain('canary')
    expect(faults).toEqual([new Error('canary')])
  })

  test('a stream answers many requests and ends with the caller', async () => {
    const requests = createQueue<DeliverRequest>(8)
    const answers = createClient(DeliveryServiceDefinition, dial(await serve())).deliver(requests)
    const sending = (async () => {
      for (let i = 0; i < 100; i++) await requests.push(hello)
      requests.end()
    })()
    let count = 0
    for await (const answer of answers) count += answer.content?.$case === 'hello' ? 1 : 0
    await sending
    expect(count).toBe(100)
  })

  test('a stream whose caller leaves ends at the server', async () => {
    const left = Promise.withResolvers<AbortSignal>()
    const deliver = async function* (
      _requests: AsyncIterable<DeliverRequest>,
      { signal }: { signal: AbortSignal },
    ): AsyncIterable<DeliverResponse> {
      yield { content: hello.content as DeliverResponse['content'] }
      await once(signal, 'abort')
      left.resolve(signal)
    }
    const server = await serve({ services: [service(DeliveryServiceDefinition, { deliver })] })
    for await (const _ of createClient(DeliveryServiceDefinition, dial(server)).deliver(createQueue())) break
    expect((await left.promise).reason).toMatchObject({ reason: 'CANCELLED' })
  })

  test('a deadline and a signal end a call', async () => {
    const channel = dial(await serve())
    await expect(ask(channel, 'sleep', { deadlineMs: 50 })).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
    })
    const signal = AbortSignal.timeout(50)
    await expect(ask(channel, 'sleep', { signal })).rejects.toMatchObject({ reason: 'CANCELLED' })
  })

  test('a server that accepts connections and says nothing ends a call at its deadline', async () => {
    const silent = createTcpServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    cleanup.push(() => silent.close())
    const { port } = silent.address() as { port: number }
    const channel = dial({ address: `127.0.0.1:${port}` }, { connectMs: 50 })
    await expect(ask(channel, 'x', { deadlineMs: 5000 })).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  })

  test('health is for everybody connected', async () => {
    const health = createClient(HealthDefinition, dial(await serve()))
    expect(await health.check({ service: '' })).toEqual({ status: 1 })
    await expect(health.check({ service: 'x' })).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  })
})

describe('who may connect', () => {
  test('T-068 TLS 1.2, no certificate, an unknown organisation, another authority, a certificate that signed itself', async () => {
    const refusals: string[] = []
    const server = await serve({ onRefusal: (error) => refusals.push(String(error)) })
    await expect(handshake(server, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })).rejects.toThrow(
      /version|protocol/i,
    )
    await expect(handshake(server, { ciphers: 'TLS_AES_128_CCM_8_SHA256' })).rejects.toThrow(
      /handshake|cipher/i,
    )
    expect(await isTurnedAway(await handshake(server, { key: undefined, cert: undefined }))).toBe(true)
    expect(await isTurnedAway(await handshake(server, {}, stranger.gateway))).toBe(true)
    const impostor = await testOrganisation(b.organisation)
    expect(await isTurnedAway(await handshake(server, {}, impostor.gateway))).toBe(true)
    await expect(ask(dial(server, { identity: impostor.gateway }))).rejects.toMatchObject({
      reason: 'UNAVAILABLE',
    })
    expect(
      await isTurnedAway(await handshake(server, {}, { ...b.authority, authority: b.authority.certificate })),
    ).toBe(true)
    expect(refusals.join()).toMatch(/unsupported protocol.*no certificate.*not paired.*not issued/s)
  })

  test('T-029 a desk is no gateway, and an expired certificate nobody', async () => {
    const server = await serve({ peers: [b.trusted('gateway')] })
    await expect(ask(dial(server, { identity: b.desk }))).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
    const old = b.issue('gateway', Date.now() - 200 * 86_400_000)
    await expect(ask(dial(server, { identity: old }))).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  })

  test('T-031 whoever is no longer trusted is cut off at once', async () => {
    const server = await serve()
    const channel = dial(server)
    const sleeping = ask(channel, 'sleep')
    await expect.poll(() => server.connected().length).toBe(1)
    server.setPeers([a.trusted('desk')])
    await expect(sleeping).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
    await expect(ask(channel)).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
    server.setPeers([b.trusted('gateway')])
    expect(await ask(dial(server))).toBeDefined()
  })

  test('T-031 a certificate that expires while connected is refused on the next call', async () => {
    let now = Date.now()
    const channel = dial(await serve({ now: () => now }))
    expect(await ask(channel)).toBeDefined()
    now += 91 * 86_400_000
    await expect(ask(channel)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' })
  })

  test('T-031 a saved session is not resumed, with the certificate or without', async () => {
    const server = await serve()
    const socket = await handshake(server)
    const [session] = (await once(socket, 'session')) as [Buffer]
    expect((await handshake(server, { session })).isSessionReused()).toBe(false)
    const thief = await handshake(server, { session, key: undefined, cert: undefined })
    expect(thief.isSessionReused()).toBe(false)
    expect(await isTurnedAway(thief)).toBe(true)
  })

  test('T-028 T-072 a server must carry the organisation that was dialled, whatever its address', async () => {
    const server = await serve({ identity: stranger.gateway })
    await expect(ask(dial(server))).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
    const { authority } = stranger
    await expect(ask(dial(server, { authority: authority.certificate }))).rejects.toMatchObject({
      reason: 'UNAVAILABLE',
    })
    const right = { authority: authority.certificate, organisation: stranger.organisation }
    expect(await ask(dial(server, right))).toBeDefined()
    const desk = await serve({ identity: a.desk })
    await expect(ask(dial(desk))).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  })

  test('T-074 a stranger sees the same, whoever is paired and whatever it claims', async () => {
    const impostor = await testOrganisation(b.organisation)
    const seen = async (peers: TrustedPeer[], { certificate, privateKey }: TlsIdentity) => {
      const { address } = await serve({ peers })
      const tcp = connectTcp(parseAddress(address))
      const context = contextOptions({ certificate, privateKey }, [])
      const socket = connectTls({ socket: tcp, ...context, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
      socket.on('error', () => {}).resume()
      await once(tcp, 'close')
      return tcp.bytesRead
    }
    const everybody = [a, b, stranger].flatMap((it) => [it.trusted('gateway'), it.trusted('desk')])
    const bytes = [
      await seen([], impostor.gateway),
      await seen(everybody, impostor.gateway),
      await seen([a.trusted('desk')], stranger.gateway),
      await seen([stranger.trusted('desk')], stranger.gateway),
    ]
    expect(new Set(bytes).size).toBe(1)
  })

  test('T-069 no ALPN, plain HTTP/2 on the TLS port', async () => {
    const server = await serve()
    expect(await isTurnedAway(await handshake(server, { ALPNProtocols: [] }))).toBe(true)
    await expect(handshake(server, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow()
    const plain = connectTcp(parseAddress(server.address))
    plain.end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').resume()
    await once(plain, 'close')
    expect(plain.bytesRead).toBeLessThan(16)
  })

  test('an authority that is not named after its organisation is reported and left out', async () => {
    const refused: string[] = []
    const shadow = { ...stranger.trusted('gateway'), authority: b.authority.certificate }
    const server = await serve({
      peers: [shadow, b.trusted('gateway')],
      onRefusal: (_, who) => refused.push(who),
    })
    expect(refused).toEqual([stranger.organisation])
    expect(await ask(dial(server))).toBeDefined()
  })
})

describe('hostile bytes', () => {
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
    const organisation = 'x'.repeat(2 * 1024 * 1024 + 1)
    await expect(ask(dial(server), organisation)).rejects.toMatchObject({ reason: 'OVERLOADED' })
  })

  test('T-064 an answer beyond the limit, and a gzip bomb, are refused by the client', async () => {
    const huge = frame(Buffer.alloc(2 * 1024 * 1024 + 1))
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

  test('a request that is no protobuf is MALFORMED', async () => {
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

  test('T-066 a garbage timeout counts as none, and the server has its own', async () => {
    const server = await serve({ limits: { unaryMs: 100 } })
    const sleep = frame(Buffer.from('\x0a\x05sleep'))
    for (const timeout of ['-1S', 'soon', '99999999H']) {
      const answer = await request(await handshake(server), { 'grpc-timeout': timeout }, sleep)
      expect(['4', '13']).toContain(answer['grpc-status'])
    }
    expect((await request(await handshake(server), {}, sleep))['grpc-status']).toBe('4')
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

  const DELIVER = { ':path': '/rex.federation.v1.DeliveryService/Deliver' }

  test('T-065 a message of a stream that never ends, and one that this side holds up', async () => {
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

  test('T-065 what has arrived of messages is bounded for each connection', async () => {
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

  test('T-064 a message that says it is compressed, where nothing is', async () => {
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

  test('T-065 a request that never ends', async () => {
    const server = await serve({ limits: { unaryMs: 50 } })
    const answer = await request(await handshake(server), {})
    expect(answer['grpc-status']).toBe('4')
  })

  test('a listener for strangers takes small messages only', async () => {
    const server = await serve({ limits: { messageBytes: 64 } })
    expect(await ask(dial(server))).toBeDefined()
    await expect(ask(dial(server), 'x'.repeat(65))).rejects.toMatchObject({ reason: 'OVERLOADED' })
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
})

describe('running', () => {
  test('T-071 a new certificate and new peers under load fail no call', async () => {
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
    await expect(handshake(server, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })).rejects.toThrow(
      /version/,
    )
  })

  test('closing waits for calls, and then ends what is left', async () => {
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

  test('a key that is not that of the certificate', async () => {
    const server = await serve()
    const identity = { ...a.gateway, privateKey: b.gateway.privateKey }
    expect(() => server.setIdentity(identity)).toThrow(
      expect.objectContaining({ reason: 'CERTIFICATE_INVALID' }),
    )
    await expect(serve({ identity })).rejects.toMatchObject({ reason: 'CERTIFICATE_INVALID' })
    expect(() => dial(server, { identity })).toThrow(
      expect.objectContaining({ reason: 'CERTIFICATE_INVALID' }),
    )
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

  test('enrolment needs no client certificate, and pins the authority by its digest', async () => {
    const server = await serve({ peers: undefined as never })
    const authorityDigest = fromHex(fingerprint(a.authority.certificate), 'digest')
    const { channel, organisation } = await openEnrolmentChannel({ address: server.address, authorityDigest })
    cleanup.push(() => channel.close())
    expect(organisation).toBe(a.organisation)
    expect(await createClient(HealthDefinition, channel).check({ service: '' })).toEqual({ status: 1 })
    await expect(ask(channel)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' })
    const wrong = new Uint8Array(32)
    await expect(
      openEnrolmentChannel({ address: server.address, authorityDigest: wrong }),
    ).rejects.toMatchObject({ reason: 'CERTIFICATE_INVALID' })
  })

  test('waiting for a connection ends, at once where the attempt fails, and tells why', async () => {
    const server = await serve()
    await waitUntilConnected(dial(server), 5000)
    const message = /not that of its organisation/
    const wrong = { reason: 'UNAVAILABLE', message: expect.stringMatching(message) }
    await expect(
      waitUntilConnected(dial(server, { organisation: b.organisation }), 60_000),
    ).rejects.toMatchObject(wrong)
    await expect(
      waitUntilConnected(dial(server, { authority: stranger.authority.certificate }), 60_000),
    ).rejects.toMatchObject(wrong)
    const nobody = dial({ address: '127.0.0.1:1' })
    await expect(waitUntilConnected(nobody, 60_000)).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
    await server.close()
  })

  test('waiting for a server that says nothing ends in time', async () => {
    const silent = createTcpServer().listen(0, '127.0.0.1')
    cleanup.push(() => silent.close())
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const channel = dial({ address: `127.0.0.1:${port}` })
    await expect(waitUntilConnected(channel, 50)).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  })
})
