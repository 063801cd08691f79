// Tests of endless calls and messages, with the default limits.
import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseAddress } from '../../core/address.ts'
import { openChannel } from '../calling/channel.ts'
import { createClient } from '../calling/client.ts'
import { createAllowance } from '../limits/allowance.ts'
import { LISTENER_LIMITS } from '../limits/limits.ts'
import type { Peer } from '../network/peer.ts'
import { contextOptions } from '../network/tls.ts'
import { service } from '../service/service.ts'
import { type TestOrganisation, testOrganisation } from '../tests/fixture.ts'
import { Connections } from './connections.ts'
import { createServer } from './server.ts'

let a: TestOrganisation
let b: TestOrganisation
let c: TestOrganisation
const cleanup: (() => unknown)[] = []

beforeAll(async () => {
  const names = ['https://a.example', 'https://b.example', 'https://c.example']
  ;[a, b, c] = (await Promise.all(names.map(testOrganisation))) as [
    TestOrganisation,
    TestOrganisation,
    TestOrganisation,
  ]
})
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close()
})

async function serve() {
  const refusals: string[] = []
  const server = await createServer({
    listen: '127.0.0.1:0',
    identity: a.gateway,
    peers: [b.trusted('gateway'), c.trusted('gateway')],
    services: [
      service(EntityServiceDefinition, {
        getEntityConfiguration: async () => ({ entityConfiguration: 'x' }),
        announce: async () => ({}),
      }),
    ],
    onRefusal: (error) => refusals.push(String(error)),
  })
  cleanup.push(() => server.close({ drainMs: 0 }))
  return { address: server.address, refusals }
}

async function connect(address: string): Promise<ClientHttp2Session> {
  const socket = connectTls({
    ...parseAddress(address),
    ...contextOptions(b.gateway, []),
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  })
  await once(socket, 'secureConnect')
  const session = connectHttp2('https://a.example', { createConnection: () => socket })
  session.on('error', () => {})
  cleanup.push(() => session.destroy())
  return session
}

/** Makes calls one after the other until the connection is closed. Returns how many were answered. */
async function callUntilClosed(session: ClientHttp2Session, path: string): Promise<number> {
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
  for (let answered = 0; ; answered++) {
    if (session.closed || session.destroyed || answered > MANY) return answered
    const stream = session.request(headers)
    stream.on('error', () => {})
    stream.end(Buffer.alloc(5))
    const responded = await new Promise((resolve) => {
      stream.once('response', () => resolve(true))
      stream.once('close', () => resolve(false))
    })
    stream.resume()
    if (!responded) return answered
  }
}

const MANY = 10 * LISTENER_LIMITS.calls.burst

describe('T-135 REX-DLV-104', () => {
  test.each([
    '/grpc.health.v1.Health/Check',
    '/rex.federation.v1.EntityService/GetEntityConfiguration',
    '/nothing/of/the/kind',
  ])(
    'endless calls of %s close the connection and the next one; other callers are not affected',
    async (path) => {
      const { address, refusals } = await serve()
      const { organisation, authority } = a
      const identity = c.gateway
      const channel = openChannel({ address, organisation, authority: authority.certificate, identity })
      cleanup.push(() => channel.close())
      const honest = createClient(EntityServiceDefinition, channel)
      await honest.getEntityConfiguration({ organisation: 'x' })
      const { burst, perSecond } = LISTENER_LIMITS.calls
      const from = performance.now()
      const answered = await callUntilClosed(await connect(address), path)
      const again = await callUntilClosed(await connect(address), path)
      const forgiven = ((performance.now() - from) / 1000) * perSecond
      expect(answered).toBeGreaterThanOrEqual(burst - 1)
      expect(answered + again).toBeLessThanOrEqual(burst + forgiven + 1)
      expect(refusals.join()).toMatch(/Too many calls.*Too many calls/)
      expect(await honest.getEntityConfiguration({ organisation: 'x' })).toBeDefined()
    },
  )
})

test('T-135 REX-DLV-104 messages beyond the rate are read later', () => {
  const connections = new Connections(LISTENER_LIMITS, () => {})
  cleanup.push(() => connections.close())
  const [flooder, honest] = [{ uri: b.organisation }, { uri: c.organisation }] as [Peer, Peer]
  let waitMs = 0
  for (let i = 0; i < 4 * LISTENER_LIMITS.messages.burst; i++) waitMs = connections.read(flooder, 1)
  expect(waitMs).toBeGreaterThan(1000)
  expect(connections.read(honest, 1)).toBe(0)
})

test('an allowance states how long to wait', () => {
  let nowMs = 0
  const allowance = createAllowance({ perSecond: 10, burst: 5 }, () => nowMs)
  allowance.spend('x', 5)
  expect(allowance.waitMs('x')).toBe(0)
  allowance.spend('x', 5)
  expect(allowance.waitMs('x')).toBe(500)
  nowMs = 400
  expect(allowance.waitMs('x')).toBe(100)
})
