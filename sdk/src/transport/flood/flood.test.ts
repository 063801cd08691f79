// Tests of floods against a server in a separate process, over real sockets: their cost to the server, and their effect on other peers.
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { DeliverRequest } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseAddress } from '../../core/address.ts'
import { openChannel } from '../calling/channel.ts'
import { createClient } from '../calling/client.ts'
import { LISTENER_LIMITS, type ListenerLimits, MAX_MESSAGE } from '../limits/limits.ts'
import { contextOptions, type TlsIdentity } from '../network/tls.ts'
import { type TestOrganisation, testOrganisation } from '../tests/fixture.ts'
import {
  CALL_HEADERS,
  clientHello,
  FRAME,
  httpFrame,
  literal,
  openCall,
  preface,
  startVictim,
  uint32,
  type Victim,
} from './fixture.ts'
import { HAND_MADE_CIPHERS, keyUpdates, trafficSecret } from './records.ts'

const MEGABYTE = 1024 * 1024
const PEER = '127.0.0.1'
const ELSEWHERE = '127.0.0.2'

let server: TestOrganisation
let attacker: TestOrganisation
let honest: TestOrganisation
const cleanup: (() => unknown)[] = []

beforeAll(async () => {
  const names = ['https://server.example', 'https://attacker.example', 'https://honest.example']
  ;[server, attacker, honest] = (await Promise.all(names.map(testOrganisation))) as [
    TestOrganisation,
    TestOrganisation,
    TestOrganisation,
  ]
})
afterEach(() => {
  for (const close of cleanup.splice(0).reverse()) close()
})

async function attacked(limits: Partial<ListenerLimits> = {}): Promise<Victim> {
  const peers = [attacker.trusted('gateway'), honest.trusted('gateway')]
  const victim = await startVictim({ identity: server.gateway, peers, limits })
  cleanup.push(victim.kill)
  return victim
}

/** Connects an honest peer. */
async function connected({ address }: Victim) {
  const { organisation, authority } = server
  const channel = openChannel({
    address,
    organisation,
    authority: authority.certificate,
    identity: honest.gateway,
  })
  cleanup.push(() => channel.close())
  const { getEntityConfiguration } = createClient(EntityServiceDefinition, channel)
  // The deadline is long, because a server that works through a flood answers late on a busy machine. Instead of the time of an answer, the tests
  // limit the cost of the flood.
  const call = () => getEntityConfiguration({ organisation: 'x' }, { deadlineMs: 100_000 })
  await call()
  return { channel, call }
}

interface From {
  /** Certificate to present. Default: the attacker's. `null`: none. */
  readonly identity?: TlsIdentity | null
  readonly localAddress?: string
}

/** Opens a TLS connection without grpc-js. Rejects if the connection is refused. */
async function dial(
  { address }: Victim,
  { identity = attacker.gateway, localAddress = PEER }: From = {},
): Promise<TLSSocket> {
  const tcp = await dialTcp(address, localAddress)
  const context = contextOptions(identity ?? undefined, [])
  const socket = connectTls({ socket: tcp, ...context, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
  cleanup.push(() => socket.destroy())
  await once(socket, 'secureConnect')
  socket.on('error', () => {})
  return socket.resume()
}

async function dialTcp(address: string, localAddress: string): Promise<Socket> {
  const socket = connectTcp({ ...parseAddress(address), localAddress })
  cleanup.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Sends the bytes that `frames` returns, up to `megabytes`. Returns whether the connection was closed before the end. */
async function flood(socket: Socket, frames: (i: number) => Buffer, megabytes: number): Promise<boolean> {
  const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)))
  for (let i = 0, sent = 0; sent < megabytes * MEGABYTE && !socket.closed; ) {
    const chunk = Buffer.concat(Array.from({ length: 500 }, () => frames(i++)))
    sent += chunk.length
    if (!socket.write(chunk))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
  }
  return socket.closed
}

const id = (i: number) => 2 * i + 1
/** Puts 4000 bytes into the dynamic table of the connection, and refers to them 12 000 times (RFC 7541): 48 MB of headers in 16 KiB. */
const bomb = Buffer.concat([
  CALL_HEADERS,
  Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]),
  Buffer.alloc(4000, 0x61),
  Buffer.alloc(12_000, 0xbe),
])

describe('T-063 floods of frames', () => {
  const broken: Record<string, (i: number) => Buffer> = {
    'rapid reset': (i) => Buffer.concat([openCall(id(i)), httpFrame(FRAME.reset, 0, id(i), uint32(8))]),
    'MadeYouReset by an empty window update': (i) =>
      Buffer.concat([openCall(id(i)), httpFrame(FRAME.windowUpdate, 0, id(i), uint32(0))]),
    'MadeYouReset by a short priority': (i) =>
      Buffer.concat([openCall(id(i)), httpFrame(FRAME.priority, 0, id(i), Buffer.alloc(4))]),
    settings: () => httpFrame(FRAME.settings, 0, 0),
    'settings that change': (i) => httpFrame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0xff, i & 255])),
    ping: () => httpFrame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    continuation: (i) =>
      i === 0
        ? httpFrame(FRAME.headers, 0, 1, CALL_HEADERS)
        : httpFrame(FRAME.continuation, 0, 1, literal([0], 'aaaa')),
    priority: (i) => httpFrame(FRAME.priority, 0, id(i), Buffer.from([0, 0, 0, 0, 1])),
    'frames of no known type': () => httpFrame(99, 0, 0, Buffer.alloc(8)),
    'empty data': (i) => (i === 0 ? openCall(1) : httpFrame(FRAME.data, 0, 1)),
    'empty messages': (i) => (i === 0 ? openCall(1) : httpFrame(FRAME.data, 0, 1, Buffer.alloc(5))),
    'window overflow': () => httpFrame(FRAME.windowUpdate, 0, 0, uint32(0x7fffffff)),
  }

  test('T-063 invalid and useless frames of any kind close the connection', async () => {
    const victim = await attacked({ overheadBurst: 1024 * MEGABYTE })
    const { call } = await connected(victim)
    await dial(victim)
    const before = await victim.vitals()
    for (const [name, frames] of Object.entries(broken)) {
      const socket = await dial(victim)
      socket.write(preface())
      const [closed] = await Promise.all([flood(socket, frames, 32), call(), call()])
      expect(closed, name).toBe(true)
    }
    const after = await victim.vitals()
    expect(after.memory - before.memory).toBeLessThan(20 * MEGABYTE)
    expect(after.connected).toContain(honest.organisation)
    expect(after.cpuMs - before.cpuMs).toBeLessThan(2000)
  })

  test.each<[string, (i: number) => Buffer]>([
    [
      'data of a call that was reset',
      (i) => (i === 0 ? httpFrame(FRAME.reset, 0, 1, uint32(8)) : httpFrame(FRAME.data, 0, 1)),
    ],
    ['padded empty data', () => httpFrame(FRAME.data, 8, 1, Buffer.from([1, 0]))],
    ['window updates', () => httpFrame(FRAME.windowUpdate, 0, 0, uint32(1))],
    ['an HPACK bomb', (i) => httpFrame(FRAME.headers, 4, id(i + 1), bomb)],
  ])('T-063 %s, in order as far as HTTP/2 goes, cost the peer its connections', async (_name, frames) => {
    const victim = await attacked({ overheadPerSecond: 1024, overheadBurst: 2 * MEGABYTE })
    const { call } = await connected(victim)
    const socket = await dial(victim)
    socket.write(Buffer.concat([preface(), openCall(1)]))
    const before = await victim.vitals()
    const [closed] = await Promise.all([flood(socket, frames, 512), call(), call()])
    expect(closed).toBe(true)
    await once(await dial(victim), 'close')
    const after = await victim.vitals()
    expect(after.refusals.join()).toMatch(/sends too many bytes besides its messages.*sends too many bytes/)
    expect(after.connected).toEqual([honest.organisation])
    expect(after.memory - before.memory).toBeLessThan(20 * MEGABYTE)
    expect(await call()).toBeDefined()
  })

  test('T-063 REX-DLV-014 TLS key updates, which no layer above TLS sees, cost the peer its connections', async () => {
    const victim = await attacked()
    const { call } = await connected(victim)
    const tcp = (await dialTcp(victim.address, PEER)).on('error', () => {})
    const options = { ...contextOptions(attacker.gateway, []), rejectUnauthorized: false }
    const socket = connectTls({ socket: tcp, ...options, ALPNProtocols: ['h2'], ciphers: HAND_MADE_CIPHERS })
    socket.on('error', () => {})
    const [secret] = await Promise.all([trafficSecret(socket, 'CLIENT'), once(socket, 'secureConnect')])
    const before = await victim.vitals()
    const records = keyUpdates(secret)
    const [closed] = await Promise.all([flood(tcp, () => records.next().value, 1), call()])
    expect(closed).toBe(true)
    const after = await victim.vitals()
    expect(after.refusals.join()).toMatch('sends too many bytes besides its messages')
    expect(after.connected).toEqual([honest.organisation])
    expect(after.cpuMs - before.cpuMs).toBeLessThan(2000)
  })

  test('T-063 a flood is forgotten neither between connections nor when they close', async () => {
    const victim = await attacked({ overheadPerSecond: 1024, overheadBurst: 2 * MEGABYTE })
    const turnedAway = async () => {
      const socket = await dial(victim)
      const closed = once(socket, 'close').then(() => true)
      socket.write(Buffer.concat([preface(), openCall(1)]))
      const answered = once(socket, 'data').then(() => false)
      if (await Promise.race([closed, answered])) return true
      for (let i = 0; i < 20_000; i++) socket.write(httpFrame(FRAME.data, 0, 1))
      socket.end()
      await closed
      return false
    }
    let connections = 0
    while (!(await turnedAway())) connections += 1
    expect(connections).toBeGreaterThan(1)
    expect(connections).toBeLessThan(8)
  })

  test('T-063 messages that are read do not count as overhead, however large', async () => {
    const victim = await attacked({ overheadPerSecond: 1024, overheadBurst: 2 * MAX_MESSAGE })
    const { channel } = await connected(victim)
    const value = { organisation: 'x'.repeat(MEGABYTE) }
    const { getEntityConfiguration } = createClient(EntityServiceDefinition, channel)
    const { deliver } = createClient(DeliveryServiceDefinition, channel)
    for (let i = 0; i < 8; i++) await getEntityConfiguration(value)
    async function* envelopes(): AsyncIterable<DeliverRequest> {
      for (let i = 0; i < 8; i++)
        yield { content: { $case: 'envelopes', value: { envelopes: [Buffer.alloc(MEGABYTE)] } } }
    }
    let answers = 0
    for await (const _ of deliver(envelopes())) answers += 1
    expect(answers).toBe(8)
    expect((await victim.vitals()).refusals).toEqual([])
  })
})

test('T-065 endless messages, in frames of one byte on every call, with the default limits', async () => {
  const victim = await attacked()
  const { call } = await connected(victim)
  const socket = await dial(victim)
  const before = await victim.vitals()
  const { streams, overheadBurst } = LISTENER_LIMITS
  const prefix = Buffer.concat([Buffer.of(0), uint32(MAX_MESSAGE)])
  const begun = (i: number) => [openCall(id(i)), httpFrame(FRAME.data, 0, id(i), prefix)]
  socket.write(Buffer.concat([preface(), ...Array.from({ length: streams }, (_, i) => begun(i)).flat()]))
  const byte = (i: number) => httpFrame(FRAME.data, 0, id(i % streams), Buffer.of(1))
  expect(await flood(socket, byte, overheadBurst / MEGABYTE - 8)).toBe(false)
  expect(await call()).toBeDefined()
  const after = await victim.vitals()
  expect(after.refusals).toEqual([])
  expect(after.memory - before.memory).toBeLessThan(64 * MEGABYTE)
  expect(after.peak - before.peak).toBeLessThan(128 * MEGABYTE)
})

// Needs several loopback addresses, which only Linux has by default.
describe.skipIf(process.platform !== 'linux')('T-070 floods of handshakes', () => {
  const limits = {
    handshakes: { atOnce: 8, perSecond: 8 },
    handshakesPerNetwork: { atOnce: 4, perSecond: 4 },
    handshakeLeastMs: 60_000,
  }
  const refused = () => undefined

  test('T-070 a stranger gets little processor time, and peers are not affected', async () => {
    const victim = await attacked(limits)
    const { call } = await connected(victim)
    const before = await victim.vitals()
    const from = performance.now()
    let handshakes = 0
    const attack = async () => {
      for (let i = 0; i < 250; i++) {
        const socket = await dial(victim, { identity: null, localAddress: ELSEWHERE }).catch(refused)
        if (socket) handshakes += 1
        socket?.destroy()
      }
    }
    await Promise.all([attack(), attack(), attack(), attack(), call()])
    const seconds = (performance.now() - from) / 1000
    const { cpuMs } = await victim.vitals()
    const { perSecond } = limits.handshakesPerNetwork
    expect(handshakes).toBeGreaterThan(0)
    expect(handshakes).toBeLessThanOrEqual(perSecond * (5 + seconds) + 1)
    expect(cpuMs - before.cpuMs).toBeLessThan(1000)
    expect(await call()).toBeDefined()
    expect(await dial(victim)).toBeDefined()
  })

  test('T-065 T-070 half-open handshakes take no places of peers, from one network or many', async () => {
    const victim = await attacked(limits)
    await connected(victim)
    const mute = async (localAddress: string) => {
      const socket = (await dialTcp(victim.address, localAddress)).resume()
      socket.on('error', () => {}).write(await clientHello())
      const closed = new Promise((resolve) => socket.once('close', resolve))
      await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed])
      return { socket, closed }
    }
    const stranger = { identity: null, localAddress: '127.0.0.9' }
    const one = await Promise.all([1, 2, 3, 4].map(() => mute(ELSEWHERE)))
    await (await mute(ELSEWHERE)).closed
    await once(await dial(victim, stranger), 'close')
    const many = await Promise.all(['127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.6'].map(mute))
    await (await mute('127.0.0.7')).closed
    await expect(dial(victim, stranger)).rejects.toThrow()
    expect(await dial(victim, { identity: honest.gateway })).toBeDefined()
    expect([...one, ...many].some(({ socket }) => socket.closed)).toBe(false)
  })
})
