// Tests of callers over an address: tokens, names, other sites, TLS. docs/guide/service.md, "Tokens"
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { DeskLogEntry } from '../../client/api/desk.ts'
import { type Clock, systemClock } from '../../client/clock/clock.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import type { Scope } from '../access/caller.ts'
import { verifyAudit } from '../audit/index.ts'
import { connect, type Service, serve, tokensAt } from '../index.ts'
import { OPERATIONS, type Operation } from '../operations/index.ts'
import type { Problem } from '../problem.ts'
import { certificateIn } from './fixture.ts'

let network: TestNetwork<'ngo'>
let directory: string
let service: Service
const logged: DeskLogEntry[] = []
const tokens = () => tokensAt(directory)
const start = () =>
  serve({
    desk: network.desks.ngo,
    directory,
    listen: [{ host: '127.0.0.1', port: 0 }],
    log: (entry) => logged.push(entry),
  })

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-address-'))
  network = await testNetwork(['ngo'])
  service = await start()
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

/** Sends a request to the address. */
async function http({ method = 'GET', path = '/v1/service', headers = {}, body }: Asked) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${service.urls[0]}${path}`, { method, headers, agent: false }, resolve)
      .on('error', reject)
      .end(body)
  })
  const problem = response.statusCode === 204 ? undefined : ((await json(response)) as Problem)
  return { status: response.statusCode, headers: response.headers, problem }
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const addToken = (name: string, ...scopes: Scope[]) =>
  tokens().add({ name, scopes, expiresMs: Date.now() + 60_000 })

test('T-067 in every operation, a token may do what its scopes permit; files and tokens are for the owner', async () => {
  for (const scope of ['read', 'send', 'decide', 'admin'] as const) {
    const headers = { ...bearer(await addToken(`only-${scope}`, scope)), 'Rex-Actor': 'maria' }
    for (const [name, operation] of Object.entries<Operation>(OPERATIONS)) {
      const { method } = operation
      const path = `/v1${operation.path.replaceAll(/:\w+/g, '0'.repeat(32))}?strange=1`
      const body = method === 'POST' ? '{"strange":1}' : undefined
      const json = body === undefined ? {} : { 'Content-Type': 'application/json' }
      const { problem } = await http({
        method,
        path,
        headers: { ...headers, ...json },
        ...(body && { body }),
      })
      expect({ name, scope, refused: problem?.code === 'PERMISSION_DENIED' }).toEqual({
        name,
        scope,
        refused: operation.scope !== scope,
      })
    }
  }
})

test('T-121 a token is printed once, and is in no file, list or log', async () => {
  const token = await addToken('once', 'read')
  expect((await http({ headers: bearer(token) })).status).toBe(200)
  const secret = token.slice(-43)
  const file = join(directory, 'tokens.json')
  const everything = readFileSync(file, 'utf8') + JSON.stringify([await tokens().list(), logged])
  expect(everything).toContain('once')
  expect(everything).not.toContain(secret)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const made: unknown[] = []
  await verifyAudit(directory, {
    each: ({ what, operation, on }) => what === 'begin' && operation === 'addToken' && made.push(on),
  })
  expect(made).toContainEqual({ token: 'once', scopes: 'read' })
  await expect(addToken('once', 'read')).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' })
  await expect(addToken('Once', 'read')).rejects.toMatchObject({ path: 'name' })
})

test('a token is revoked immediately, even for a waiting call, and after a restart too; other tokens stay valid', async () => {
  const [revoked, other] = [await addToken('revoked', 'read', 'decide'), await addToken('other', 'read')]
  const headers = { ...bearer(revoked), 'Content-Type': 'application/json' }
  const waiting = http({ method: 'POST', path: '/v1/items/lease', headers, body: '{"waitMs":60000}' })
  expect((await http({ headers: bearer(revoked) })).status).toBe(200)
  await tokens().revoke('revoked')
  expect((await waiting).status).toBe(204)
  await expect(tokens().revoke('revoked')).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  for (const _ of [1, 2]) {
    expect((await http({ headers: bearer(revoked) })).problem?.code).toBe('UNAUTHENTICATED')
    expect((await http({ headers: bearer(other) })).status).toBe(200)
    await service[Symbol.asyncDispose]()
    service = await start()
  }
})

test('a request that is still arriving when its token is revoked changes nothing', async () => {
  const token = await addToken('slow', 'admin')
  const invited = logged.filter(({ message }) => message === 'A change was made.').length
  const headers = { ...bearer(token), 'Rex-Actor': 'maria', 'Content-Type': 'application/json' }
  const asking = request(`${service.urls[0]}/v1/invites`, { method: 'POST', headers, agent: false })
  asking.write('{')
  // When the service has answered this second request, it has already admitted the first.
  await once(asking, 'socket')
  expect((await http({ headers: bearer(token) })).status).toBe(200)
  await tokens().revoke('slow')
  const answer = once(asking, 'response')
  asking.end('}')
  const [response] = (await answer) as [IncomingMessage]
  expect([response.statusCode, ((await json(response)) as Problem).code]).toEqual([401, 'UNAUTHENTICATED'])
  const changes = logged.filter(({ message }) => message === 'A change was made.')
  expect(changes.slice(invited).map(({ fields }) => fields?.operation)).not.toContain('invite')
})

test('T-065 a token that opens as many streams as it gets keeps the owner’s socket free', async () => {
  const headers = { ...bearer(await addToken('greedy', 'read')), Accept: 'text/event-stream' }
  const opened = async (to: RequestOptions) => {
    const asking = request({ path: '/v1/events', headers, agent: false, ...to }).end()
    onTestFinished(() => void asking.destroy())
    const [{ statusCode }] = (await once(asking, 'response')) as [IncomingMessage]
    return statusCode
  }
  const { hostname: host, port } = new URL(service.urls[0] as string)
  const statuses = await Promise.all(Array.from({ length: 64 }, () => opened({ host, port })))
  expect(statuses.filter((status) => status === 200)).toHaveLength(32)
  expect(await opened({ socketPath: service.socket })).toBe(200)
})

test('a token ends when it expires', async () => {
  await expect(tokens().add({ name: 'late', scopes: ['read'], expiresMs: Date.now() })).rejects.toMatchObject(
    {
      path: 'expiresMs',
    },
  )
  const expiresMs = Date.now() + 1500
  const headers = bearer(await tokens().add({ name: 'short', scopes: ['decide'], expiresMs }))
  const waiting = http({
    ...{ method: 'POST', path: '/v1/items/lease', body: '{"waitMs":60000}' },
    headers: { ...headers, 'Content-Type': 'application/json' },
  })
  expect((await waiting).status).toBe(204)
  expect(Date.now()).toBeGreaterThanOrEqual(expiresMs)
  expect((await http({ headers })).problem?.code).toBe('UNAUTHENTICATED')
  expect((await tokens().list()).map(({ name }) => name)).not.toContain('short')
})

test('T-118 other names, pages of other sites and callers without a token are refused', async () => {
  const valid = bearer(await addToken('pages', 'read'))
  const own = new URL(service.urls[0] as string).host
  const REFUSED: readonly (readonly [headers: OutgoingHttpHeaders, problem: object])[] = [
    [{}, { status: 401, path: 'Authorization' }],
    [{ Authorization: 'Basic eDp5' }, { status: 401 }],
    [{ Authorization: 'Bearer rex_pages_short' }, { status: 401 }],
    [bearer(`rex_pages_${'A'.repeat(43)}`), { status: 401 }],
    [bearer(`rex_constructor_${'A'.repeat(43)}`), { status: 401 }],
    [
      { ...valid, Host: 'evil.example' },
      { status: 403, path: 'Host' },
    ],
    [
      { ...valid, Host: '127.0.0.1.evil.example' },
      { status: 403, path: 'Host' },
    ],
    [
      { ...valid, Origin: 'https://evil.example' },
      { status: 403, path: 'Origin' },
    ],
    [
      { ...valid, Origin: 'null' },
      { status: 403, path: 'Origin' },
    ],
    [
      { ...valid, 'Sec-Fetch-Site': 'cross-site' },
      { status: 403, path: 'Sec-Fetch-Site' },
    ],
    [
      { ...valid, 'Sec-Fetch-Site': 'same-site' },
      { status: 403, path: 'Sec-Fetch-Site' },
    ],
  ]
  for (const [headers, problem] of REFUSED)
    expect([headers, (await http({ headers })).problem]).toMatchObject([headers, problem])
  for (const headers of [
    {},
    { Host: 'localhost' },
    { Origin: `http://${own}`, 'Sec-Fetch-Site': 'same-origin' },
  ])
    expect((await http({ headers: { ...valid, ...headers } })).status).toBe(200)
  const asked = await http({ method: 'OPTIONS', headers: { ...valid, Origin: `http://${own}` } })
  expect(Object.keys(asked.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  expect((await http({ path: '/v1/live' })).status).toBe(204)
  for (const path of ['/v1/ready', '/v1/openapi.json', '/v1/nothing'])
    expect((await http({ path })).status).toBe(401)
})

test('T-122 wrong tokens are logged at most ten times a minute, and do not block others', async () => {
  await service[Symbol.asyncDispose]()
  service = await start()
  logged.length = 0
  const token = await addToken('right', 'read')
  const wrong = () => http({ headers: bearer(`rex_right_${'A'.repeat(43)}`) })
  for (const _ of Array(10)) expect((await wrong()).status).toBe(401)
  const { status, headers } = await wrong()
  expect([status, headers['retry-after']]).toEqual([429, '60'])
  expect(logged.filter(({ message }) => message === 'A token was refused.')).toHaveLength(10)
  expect((await http({ headers: bearer(token) })).status).toBe(200)
})

test('without TLS, tokens do not leave the computer; a certificate needs its own key', async () => {
  const listening = (listen: object) =>
    serve({ desk: network.desks.ngo, directory, listen: [listen as never], log: () => {} })
  await expect(listening({ host: '0.0.0.0', port: 0 })).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    path: 'listen',
  })
  const { cert } = certificateIn(directory)
  const { key } = certificateIn(directory)
  await expect(listening({ host: '127.0.0.1', port: 0, tls: { cert, key } })).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    path: 'tls',
  })
  const port = Number(new URL(service.urls[0] as string).port)
  await expect(listening({ host: '127.0.0.1', port })).rejects.toMatchObject({ reason: 'ADDRESS_IN_USE' })
  expect(existsSync(service.socket)).toBe(false)
  service = await start()
  await expect(connect({ url: 'http://desk.example', token: 'rex_a_b' })).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    path: 'url',
  })
})

test('a service that does not start leaves no timer of a token behind, so that its process ends', async () => {
  const other = mkdtempSync(join(tmpdir(), 'rex-address-'))
  const timers = new Set<object>()
  const clock: Clock = {
    ...systemClock,
    after(ms, run) {
      const [timer, cancel] = [{}, systemClock.after(ms, run)]
      timers.add(timer)
      return () => {
        timers.delete(timer)
        cancel()
      }
    },
  }
  const starting = () => serve({ desk: network.desks.ngo, directory: other, clock, log: () => {} })
  const running = await starting()
  await tokensAt(other).add({ name: 'a', scopes: ['read'], expiresMs: Date.now() + 60_000 })
  await running[Symbol.asyncDispose]()
  expect(timers.size).toBe(0)
  writeFileSync(join(other, 'audit', 'head'), '')
  await expect(starting()).rejects.toMatchObject({ reason: 'STORE_FAILED' })
  expect(timers.size).toBe(0)
})

test('with TLS, the service has the names in its certificate, and a client that does not trust it says so', async () => {
  const tls = certificateIn(directory)
  const other = mkdtempSync(join(tmpdir(), 'rex-address-'))
  await using secured = await serve({
    desk: network.desks.ngo,
    directory: other,
    listen: [{ host: '127.0.0.1', port: 0, tls }],
    log: () => {},
  })
  const token = await tokensAt(other).add({ name: 'a', scopes: ['read'], expiresMs: Date.now() + 60_000 })
  const [url = ''] = secured.urls
  const ca = tls.cert.toString()
  await using desk = await connect({ url, token, ca })
  expect(desk.organisation).toBe(network.desks.ngo.organisation)
  await expect(desk.invite()).rejects.toMatchObject({ reason: 'PERMISSION_DENIED' })
  await expect(connect({ url, token })).rejects.toMatchObject({ reason: 'UNAUTHENTICATED', path: 'ca' })
  await expect(connect({ url, token: token.replace(/.$/, '-'), ca })).rejects.toMatchObject({
    reason: 'UNAUTHENTICATED',
    path: 'Authorization',
  })
  await expect(connect({ url: url.replace('127.0.0.1', 'localhost'), token, ca })).rejects.toMatchObject({
    reason: 'UNAUTHENTICATED',
  })
})
