// A server and raw clients over real TLS sockets on loopback. docs/spec/delivery.md, "Connections"
import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2, constants as http2 } from 'node:http2'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import type { DeliverRequest, DeliverResponse } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { parseAddress } from '../../../core/address.ts'
import { RexError } from '../../../core/error.ts'
import { type OpenChannel, openChannel } from '../../calling/channel.ts'
import { createClient } from '../../calling/client.ts'
import { type CreateServer, createServer, type Server } from '../../listening/server.ts'
import { contextOptions, type TlsIdentity } from '../../network/tls.ts'
import { peerCertificate, service } from '../../service/service.ts'
import { type TestOrganisation, testOrganisation } from '../fixture.ts'

/** Organisations of the tests: `a` runs the server, `b` is paired with `a`, and `stranger` is not. */
export const [a, b, stranger] = (await Promise.all(
  ['https://a.example', 'https://b.example', 'https://stranger.example'].map(testOrganisation),
)) as [TestOrganisation, TestOrganisation, TestOrganisation]

/** Functions that close what a test opened. `closeAll` calls them in reverse order. */
export const cleanup: (() => unknown)[] = []

export async function closeAll(): Promise<void> {
  for (const close of cleanup.splice(0).reverse()) await close()
}

export const greeting = {
  versions: [1],
  maxEnvelopeBytes: 0,
  window: 0,
  build: '',
  incarnation: new Uint8Array(),
  timeMs: 0,
}
export const hello: DeliverRequest = { content: { $case: 'hello', value: greeting } }

export const entities = service(EntityServiceDefinition, {
  async getEntityConfiguration({ organisation }, context) {
    if (organisation === 'refuse')
      throw new RexError('CLOCK_SKEW', 'Your clock is wrong.', { metadata: { time: '7' } })
    if (organisation === 'fail') throw new Error('canary')
    if (organisation === 'sleep') await once(context.signal, 'abort')
    return { entityConfiguration: `${peerCertificate(context).uri} asks for ${organisation}` }
  },
  announce: async () => ({}),
})

export const deliveries = service(DeliveryServiceDefinition, {
  async *deliver(requests): AsyncIterable<DeliverResponse> {
    for await (const { content } of requests) if (content?.$case === 'hello') yield { content }
  },
})

export async function serve(options: Partial<CreateServer> = {}): Promise<Server> {
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

export function dial(server: Pick<Server, 'address'>, options: Partial<OpenChannel> = {}) {
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

export const ask = (channel: ReturnType<typeof dial>, organisation = 'x', options = {}) =>
  createClient(EntityServiceDefinition, channel).getEntityConfiguration({ organisation }, options)

/** Opens a TLS connection without grpc-js, by default as gateway b. */
export async function handshake(
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

/** Whether the server closes the connection without sending a byte of HTTP/2. */
export async function isTurnedAway(socket: TLSSocket): Promise<boolean> {
  return await new Promise((resolve) => {
    socket.once('data', () => resolve(false))
    socket.once('close', () => resolve(true))
    socket.resume()
  })
}

/** Makes one raw HTTP/2 request. Returns its response headers and trailers. Without a body, the request is never completed. */
export async function request(socket: TLSSocket, headers: Record<string, string>, body?: Buffer) {
  const { stream, answer } = begin(socket, headers)
  if (body) stream.end(body)
  return await answer
}

/** Begins a raw HTTP/2 request whose body is not written yet. */
export function begin(connection: TLSSocket | ClientHttp2Session, headers: Record<string, string>) {
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

export function frame(message: Buffer, compressed = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(compressed)
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}

export const REFUSED_STREAM = Buffer.from([0, 0, 0, 7])
export const NOTHING = frame(Buffer.alloc(0))
