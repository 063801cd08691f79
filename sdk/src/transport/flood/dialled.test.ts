// Tests of floods from a dialled server, over real sockets: the server is disconnected, and is not dialled again until its budget allows.
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { createServer, TLSSocket } from 'node:tls'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { openChannel } from '../calling/channel.ts'
import { createClient } from '../calling/client.ts'
import { createServerOverhead } from '../calling/dialled.ts'
import { createQueue } from '../messages/queue.ts'
import { contextOptions } from '../network/tls.ts'
import { type TestOrganisation, testOrganisation } from '../tests/fixture.ts'
import { FRAME, httpFrame, literal, uint32 } from './fixture.ts'
import { bytewise, HAND_MADE_CIPHERS, keyUpdates, trafficSecret } from './records.ts'

/** Number of bytes that a hostile server sends per write. */
const WRITTEN = 64 * 1024
/** Number of TLS records that a hostile server sends per write. */
const RECORDS_WRITTEN = 500
/** Records that a server sends after its handshake: OpenSSL's two session tickets, and its SETTINGS. */
const RECORDS_SENT = 3
const STREAM = 1
const END_HEADERS = 4
const NOBODY = 0x20

let server: TestOrganisation
let client: TestOrganisation
const cleanup: (() => unknown)[] = []

beforeAll(async () => {
  ;[server, client] = (await Promise.all(
    ['https://hostile.example', 'https://honest.example'].map(testOrganisation),
  )) as [TestOrganisation, TestOrganisation]
})
afterEach(() => {
  for (const close of cleanup.splice(0).reverse()) close()
})

const response = httpFrame(
  FRAME.headers,
  END_HEADERS,
  STREAM,
  Buffer.concat([Buffer.from([0x88]), literal([0x0f, 0x10], 'application/grpc')]),
)

/** Starts a server that answers the first call with response headers, then repeats the frames as fast as they are read. */
async function hostile(frames: Buffer) {
  const flood = Buffer.concat(Array.from({ length: Math.ceil(WRITTEN / frames.length) }, () => frames))
  const state = { connections: 0 }
  const listener = createServer({ ...contextOptions(server.gateway, []), ALPNProtocols: ['h2'] })
  const attack = async (socket: TLSSocket) => {
    state.connections += 1
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(httpFrame(FRAME.settings, 0, 0))
    await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed])
    socket.resume()
    await new Promise((resolve) => setImmediate(resolve))
    socket.write(Buffer.concat([response, flood]))
    while (!socket.destroyed) {
      if (!socket.write(flood))
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
    }
  }
  listener.on('secureConnection', (socket) => void attack(socket))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  cleanup.push(() => listener.close())
  return { state, address: `127.0.0.1:${(listener.address() as AddressInfo).port}` }
}

/** Starts a server that, after its handshake, sends hand-made TLS records as fast as the client reads them. */
async function recordSender(recordsOf: (secret: Buffer, sent: number) => Generator<Buffer, never>) {
  const state = { connections: 0 }
  const options = { ...contextOptions(server.gateway, []), ALPNProtocols: ['h2'], ciphers: HAND_MADE_CIPHERS }
  const attack = async (tcp: Socket) => {
    const socket = new TLSSocket(tcp, { ...options, isServer: true })
    for (const side of [tcp, socket]) side.on('error', () => {})
    const closed = new Promise((resolve) => tcp.once('close', resolve))
    const [secret] = await Promise.all([trafficSecret(socket, 'SERVER'), once(socket, 'secure')])
    state.connections += 1
    await new Promise((resolve) => socket.write(httpFrame(FRAME.settings, 0, 0), resolve))
    for (const records = recordsOf(secret, RECORDS_SENT); !tcp.destroyed; ) {
      const written = Buffer.concat(Array.from({ length: RECORDS_WRITTEN }, () => records.next().value))
      if (!tcp.write(written))
        await Promise.race([new Promise((resolve) => tcp.once('drain', resolve)), closed])
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const listener = createTcpServer((tcp) => void attack(tcp).catch(() => {}))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  cleanup.push(() => listener.close())
  return { state, address: `127.0.0.1:${(listener.address() as AddressInfo).port}` }
}

/** Dials an address repeatedly with one budget, which does not recover. `reasons`: why the server was disconnected each time. */
function dialling(address: string) {
  const reasons: string[] = []
  const overhead = createServerOverhead(() => 0)
  const { organisation, authority } = server
  const open = () => {
    const channel = openChannel({
      address,
      organisation,
      authority: authority.certificate,
      identity: client.gateway,
      overhead,
      onOverhead: ({ reason }) => reasons.push(reason),
    })
    cleanup.push(() => channel.close())
    return createClient(DeliveryServiceDefinition, channel)
  }
  return { reasons, open }
}

test.each([
  ['SETTINGS', httpFrame(FRAME.settings, 0, 0), true],
  ['PING', httpFrame(FRAME.ping, 0, 0, Buffer.alloc(8)), true],
  ['WINDOW_UPDATE', httpFrame(FRAME.windowUpdate, 0, 0, uint32(1)), false],
  ['DATA without content', httpFrame(FRAME.data, 0, STREAM), true],
  ['DATA that is only padding', httpFrame(FRAME.data, 8, STREAM, Buffer.alloc(200, 199).fill(0, 1)), false],
  ['HEADERS', response, true],
  ['CONTINUATION', httpFrame(FRAME.continuation, 0, STREAM, literal([0x01], 'a.example')), true],
  ['PRIORITY', httpFrame(FRAME.priority, 0, STREAM, Buffer.from([0, 0, 0, 3, 1])), true],
  ['frames that nobody knows', httpFrame(NOBODY, 0, 0, Buffer.alloc(1024)), true],
])(
  'T-063 REX-DLV-109 a dialled server that sends %s without end is cut off',
  async (_name, frames, isBoundedByHttp) => {
    const { state, address } = await hostile(frames)
    const { reasons, open } = dialling(address)
    const answers = open().deliver(createQueue())[Symbol.asyncIterator]()
    await expect(answers.next()).rejects.toMatchObject({ name: 'RexError' })
    // Frames that HTTP/2 itself forbids or limits end the connection before they have cost much.
    expect(reasons).toEqual(isBoundedByHttp ? [] : ['QUOTA_EXCEEDED'])
    if (isBoundedByHttp) return
    await expect(open().deliver(createQueue())[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      reason: 'UNAVAILABLE',
    })
    expect(state.connections).toBe(1)
  },
)

test.each([
  ['TLS key updates', keyUpdates],
  [
    'records of one byte',
    (secret: Buffer, sent: number) => bytewise(secret, httpFrame(FRAME.windowUpdate, 0, 0, uint32(1)), sent),
  ],
])(
  'T-063 REX-DLV-109 a dialled server that sends %s without end is cut off, and not dialled again at once',
  async (_name, recordsOf) => {
    const { state, address } = await recordSender(recordsOf)
    const { reasons, open } = dialling(address)
    for (let dialled = 0; dialled < 2; dialled++)
      await expect(open().deliver(createQueue())[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        reason: 'UNAVAILABLE',
      })
    expect(reasons).toEqual(['QUOTA_EXCEEDED'])
    expect(state.connections).toBe(1)
  },
)
