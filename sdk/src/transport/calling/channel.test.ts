// Tests of outgoing connections: proxies, environment variables and addresses.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { experimental, logVerbosity, setLogger } from '@grpc/grpc-js'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { formatAddress, parseAddress } from '../../core/address.ts'
import { fromHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { fingerprint } from '../../core/pki/certificate.ts'
import { createServer, type Server } from '../listening/server.ts'
import { isEndedCertificate, isWrongCertificate } from '../messages/status.ts'
import { HealthDefinition } from '../service/health.ts'
import { type TestOrganisation, testOrganisation } from '../tests/fixture.ts'
import { openChannel } from './channel.ts'
import { createClient } from './client.ts'
import { openEnrolmentChannel } from './enrolment.ts'
import { parseProxy } from './proxy.ts'

let a: TestOrganisation
let b: TestOrganisation
let server: Server
const cleanup: (() => unknown)[] = []

beforeAll(async () => {
  ;[a, b] = await Promise.all([testOrganisation('https://a.example'), testOrganisation('https://b.example')])
  server = await createServer({ listen: '127.0.0.1:0', identity: a.gateway, services: [] })
  return () => server.close({ drainMs: 0 })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const close of cleanup.splice(0)) await close()
})

async function check(
  options: { readonly organisation?: string; readonly proxy?: string; readonly address?: string } = {},
) {
  const { organisation, authority } = a
  const channel = openChannel({
    address: server.address,
    organisation,
    authority: authority.certificate,
    ...options,
  })
  cleanup.push(() => channel.close())
  return await createClient(HealthDefinition, channel).check({ service: '' })
}

/** Starts a proxy that opens tunnels for clients with the right password. */
async function startProxy(seen: string[]): Promise<string> {
  const proxy = createHttpServer().on('connect', (request, client) => {
    seen.push(`${request.url} ${request.headers['proxy-authorization']}`)
    if (request.headers['proxy-authorization'] === undefined) {
      client.end('HTTP/1.1 407 No\r\n\r\n')
      return
    }
    const upstream = connect(parseAddress(server.address), () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
    upstream.pipe(client).pipe(upstream)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  cleanup.push(() => proxy.close())
  return `127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

describe('T-073 the environment', () => {
  test('T-073 proxy variables are ignored', async () => {
    for (const name of ['grpc_proxy', 'https_proxy', 'http_proxy']) vi.stubEnv(name, 'http://127.0.0.1:1')
    expect(await check()).toEqual({ status: 1 })
  })

  test('T-073 NODE_TLS_REJECT_UNAUTHORIZED does not disable verification', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    await expect(check({ organisation: b.organisation })).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  })

  test('T-073 GRPC_TRACE and GRPC_VERBOSITY print nothing', async () => {
    const error = vi.fn()
    setLogger({ error, info: error, debug: error })
    await check()
    experimental.log(logVerbosity.ERROR, 'canary')
    expect(error).not.toHaveBeenCalled()
  })
})

describe('an explicit proxy', () => {
  test('carries calls and enrolment, with name and password', async () => {
    const seen: string[] = []
    const proxy = `http://us%65r:p%40ss@${await startProxy(seen)}`
    expect(await check({ proxy, address: 'gateway.a.example:7443' })).toEqual({ status: 1 })
    const authorityDigest = fromHex(fingerprint(a.authority.certificate), 'digest')
    const { channel } = await openEnrolmentChannel({ address: server.address, authorityDigest, proxy })
    cleanup.push(() => channel.close())
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    expect(seen).toEqual([`gateway.a.example:7443 ${basic}`, `${server.address} ${basic}`])
  })

  test('that refuses is UNAVAILABLE', async () => {
    const proxy = `http://${await startProxy([])}`
    const refused = { reason: 'UNAVAILABLE', message: 'The proxy answered 407.' }
    await expect(check({ proxy })).rejects.toMatchObject(refused)
    await expect(
      openEnrolmentChannel({ address: server.address, authorityDigest: new Uint8Array(32), proxy }),
    ).rejects.toMatchObject(refused)
  })

  test.each([
    ['407', 'HTTP/1.1 407 No\r\n\r\n'],
    ['101', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
    ['200, ahead of the gateway', 'HTTP/1.1 200 OK\r\n\r\nhello'],
    ['no HTTP', 'hello\r\n\r\n'],
    ['nothing', ''],
    ['502, and resets', 'HTTP/1.1 502 No\r\n\r\n', true],
  ])(
    'T-073 that answers %s is UNAVAILABLE, and its connection is closed',
    async (_, answer, resets = false) => {
      const left: Promise<unknown>[] = []
      const proxy = createTcpServer((client) => {
        left.push(new Promise((resolve) => client.on('close', resolve)))
        client
          .on('error', () => {})
          .on('data', () => {
            if (answer === '') client.end()
            else client.write(answer, () => resets && client.resetAndDestroy())
          })
      }).listen(0, '127.0.0.1')
      await once(proxy, 'listening')
      cleanup.push(() => proxy.close())
      const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      const authorityDigest = new Uint8Array(32)
      await expect(
        openEnrolmentChannel({ address: server.address, authorityDigest, proxy: address }),
      ).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
      await expect(check({ proxy: address })).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
      await Promise.all(left)
    },
  )

  test.each([
    'https://proxy.example:80',
    'proxy.example:80',
    'http://proxy.example/x',
    'http://proxy.example?x',
    '',
  ])('%j is refused', (text) => {
    expect(() => parseProxy(text)).toThrow(expect.objectContaining({ reason: 'MALFORMED', path: 'proxy' }))
  })

  test('its port defaults to 80', () => {
    expect(parseProxy('http://proxy.example')).toEqual({
      address: { host: 'proxy.example', port: 80 },
      credentials: undefined,
    })
  })
})

describe('addresses', () => {
  test.each(['gateway.example:7443', '127.0.0.1:0', '[::1]:443', 'localhost:65535', 'x:1'])('%s', (text) => {
    expect(formatAddress(parseAddress(text))).toBe(text)
  })

  test.each([
    'gateway.example',
    'gateway.example:',
    'gateway.example:65536',
    'gateway.example:01',
    'Gateway.example:1',
    '::1:443',
    '[::1]',
    '[gateway]:1',
    '[127.0.0.1]:1',
    '127.0.0:1',
    '0x7f000001:1',
    'a..b:1',
    '-a:1',
    'a-:1',
    '.:1',
    ':1',
    'https://a.example:1',
    'user@a:1',
    'unix:/tmp/x',
    `${'a'.repeat(64)}:1`,
    `${'a.'.repeat(127)}b:1`,
    'a:1\n',
  ])('%j is refused', (text) => {
    expect(() => parseAddress(text, 'listen')).toThrow(
      expect.objectContaining({ reason: 'MALFORMED', path: 'listen' }),
    )
  })
})

test.each([
  ['the system', {}],
  ['the check of the pinned authority', { now: () => Date.now() - 60 * 86_400_000 }],
])(
  'T-138 a certificate that is not valid now is told apart from that of another: by %s',
  async (_by, clock) => {
    const ended = a.issue('gateway', Date.now() - (_by === 'the system' ? 100 : 0) * 86_400_000)
    const late = await createServer({ listen: '127.0.0.1:0', identity: ended, services: [] })
    cleanup.push(() => late.close({ drainMs: 0 }))
    const { organisation, authority } = a
    const channel = openChannel({
      address: late.address,
      organisation,
      authority: authority.certificate,
      ...clock,
    })
    cleanup.push(() => channel.close())
    const error = await createClient(HealthDefinition, channel).check({ service: '' }).catch(RexError.from)
    expect([isEndedCertificate(error as RexError), isWrongCertificate(error as RexError)]).toEqual([
      true,
      false,
    ])
  },
)
