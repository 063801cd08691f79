// Tests of the service over its socket, with real desks and gateways in memory. docs/guide/service.md
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DeskLogEntry } from '../../client/api/desk.ts'
import { check } from '../../core/referral/validate/check.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral, exampleReferral } from '../../testing/referral.ts'
import { verifyAudit } from '../audit/index.ts'
import { OPERATIONS, type Operation, type OperationName } from '../operations/index.ts'
import { type Service, serve } from './serve.ts'

let network: TestNetwork<'hotline' | 'ngo'>
let directory: string
let service: Service
let logged: DeskLogEntry[]

beforeEach(async () => {
  logged = []
  directory = mkdtempSync(join(tmpdir(), 'rex-service-'))
  network = await testNetwork(['hotline', 'ngo'])
  service = await serve({ desk: network.desks.ngo, directory, log: (entry) => logged.push(entry) })
})
afterEach(async () => {
  await service[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

interface Asked {
  readonly query?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
  /** Default: the socket of the owner. */
  readonly socketPath?: string | undefined
}

/** Sends a request; the answer has its status, headers and JSON. */
async function http(method: string, path: string, asked: Asked = {}) {
  const { body, headers = {}, signal, socketPath = service.socket } = asked
  const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const named = { 'Content-Type': 'application/json', 'Rex-Actor': 'maria', ...headers }
  // A header whose value is undefined is not sent.
  const typed = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, method, path, headers: typed, ...(signal && { signal }) }, resolve)
      .on('error', reject)
      .end(sent === undefined ? undefined : Buffer.from(sent))
  })
  const bytes = await buffer(response)
  const isJson = /json/.test(response.headers['content-type'] ?? '')
  return {
    status: response.statusCode,
    headers: response.headers,
    json: isJson ? JSON.parse(bytes.toString()) : undefined,
  }
}

/** Calls an operation that must succeed, and checks its answer against the description. */
async function call(name: OperationName, at: Readonly<Record<string, string>> = {}, asked: Asked = {}) {
  const { method, path, answer }: Operation = OPERATIONS[name]
  const filled = path.replaceAll(/:(\w+)/g, (_, part) => at[part] as string)
  const { status, json } = await http(method, `/v1${filled}${asked.query ?? ''}`, asked)
  expect({ name, status, json }).toMatchObject({
    status: json === undefined && answer !== 'bytes' ? 204 : 200,
  })
  if (answer !== undefined && answer !== 'bytes' && json !== undefined)
    expect(check(answer, json, '', 'refuse')).toEqual([])
  return json
}

const to = 'https://hotline.example'
/** Sends a referral from the hotline, and leases its item. */
async function leased() {
  await network.desks.hotline.send(buildReferral(), { to: 'https://ngo.example', ref: 'H-1' })
  await network.settle()
  return call('lease', {}, { body: { leaseMs: 60_000 } })
}

test('a referral is sent once under its key, is found again, and the answers match their description', async () => {
  const body = {
    referral: exampleReferral('victim-support-grooming'),
    to,
    ref: '4711',
    lifetimeMs: 7_200_000,
  }
  const key = { 'Idempotency-Key': Buffer.from('fall 4711 – é').toString('latin1') }
  expect(await call('wasSent', {}, { body, headers: key })).toEqual({ done: false })
  expect((await call('preview', {}, { body })).recipients[0].organisation).toBe(to)
  const sent = await call('send', {}, { body, headers: key })
  expect(await call('send', {}, { body, headers: key })).toEqual(sent)
  expect(await call('wasSent', {}, { body, headers: key })).toEqual({ done: true })
  const other = await http('POST', '/v1/threads', { body: { ...body, ref: '4712' }, headers: key })
  expect(other).toMatchObject({ status: 409, json: { code: 'KEY_CONFLICT', metadata: { thread: sent.id } } })
  const { threads } = await call('threads', {}, { query: '?ref=4711&limit=5' })
  expect(threads.map(({ id }: { id: string }) => id)).toEqual([sent.id])
  const at = { thread: sent.id }
  for (const name of ['thread', 'view', 'current', 'changes', 'describe', 'export'] as const)
    await call(name, at)
  expect((await call('view', at, { query: `?with=${encodeURIComponent(to)}` })).allowed).toContain('withdraw')
  await call('withdraw', at, { body: { code: 'no-longer-needed' } })
  for (const name of [
    'peers',
    'health',
    'erased',
    'retention',
    'messageKeys',
    'receiptKeys',
    'parked',
  ] as const)
    await call(name)
  const changes = logged.filter(({ message }) => message === 'A change was made.')
  expect(changes.map(({ fields }) => fields)).toEqual([
    { operation: 'send', actor: 'maria', door: 'socket' },
    { operation: 'send', actor: 'maria', door: 'socket' },
    { operation: 'withdraw', actor: 'maria', door: 'socket', thread: sent.id },
  ])
})

test('an item is leased by one caller and settled once; a repeated settlement changes nothing', async () => {
  const { lease, item } = await leased()
  expect(item).toMatchObject({ kind: 'referral', thread: { role: 'recipient' }, safeContact: [] })
  expect(await call('lease')).toBeUndefined()
  expect((await call('renew', { lease: lease.id }, { body: { leaseMs: 5000 } })).untilMs).toBeGreaterThan(0)
  await call('accept', { thread: item.thread.id }, { body: { reference: 'N-1' } })
  await call('ack', { lease: lease.id })
  await call('ack', { lease: lease.id })
  const late = await http('POST', `/v1/leases/${'0'.repeat(32)}/ack`)
  expect(late).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } })
  await network.settle()
  expect((await network.desks.hotline.threads())[0]?.state).toBe('accepted')
})

test('an item that was set aside is listed, put back and settled', async () => {
  const { lease, item } = await leased()
  await call('park', { lease: lease.id }, { body: { reason: 'The case file is locked.' } })
  const { items } = await call('parked')
  expect(items).toMatchObject([{ id: item.id, kind: 'referral', reason: 'The case file is locked.' }])
  await call('unpark', { item: item.id })
  const again = await call('lease')
  await call('nak', { lease: again.lease.id }, { body: { delayMs: 0 } })
  expect((await call('lease')).item).toMatchObject({ id: item.id, redelivered: 1 })
})

test('the audit log says who looked at and did what, in order and without case data; refusals too', async () => {
  const { item, lease } = await leased()
  const thread = item.thread.id
  await call('view', { thread })
  await call('accept', { thread }, { body: { reference: 'N-4711' } })
  await http('POST', `/v1/threads/${thread}/accept`, { body: {} })
  await call('ack', { lease: lease.id })
  await call('threads', {}, { query: '?ref=Maria' })
  await call('health')
  await http('GET', '/v1/threads/Maria/view')
  const records: object[] = []
  const { faults } = await verifyAudit(directory, {
    each: ({ what, operation, actor, door, on, of, outcome }) =>
      records.push([what, operation, actor ?? door, on, of, outcome]),
  })
  expect(faults).toEqual([])
  const at = { thread }
  expect(records).toEqual([
    ['start', undefined, undefined, undefined, undefined, undefined],
    ['look', 'lease', 'maria', { ...at, item: item.id }, undefined, 'done'],
    ['look', 'view', 'maria', at, undefined, 'done'],
    ['begin', 'accept', 'maria', at, undefined, undefined],
    ['end', undefined, undefined, undefined, 4, 'done'],
    ['begin', 'accept', 'maria', at, undefined, undefined],
    ['end', undefined, undefined, undefined, 6, 'INVALID_EVENT'],
    ['begin', 'ack', 'maria', { lease: lease.id }, undefined, undefined],
    ['end', undefined, undefined, undefined, 8, 'done'],
    ['look', 'threads', 'maria', undefined, undefined, 'done'],
    ['look', 'view', 'maria', undefined, undefined, 'NOT_FOUND'],
  ])
  const file = readFileSync(join(directory, 'audit', '00000001.log'), 'utf8')
  for (const secret of ['Maria', 'N-4711', 'H-1']) expect(file).not.toContain(secret)
})

test('an answer that the caller already has is not sent again, unless it has changed', async () => {
  const { id } = await network.desks.ngo.send(buildReferral(), { to })
  await network.settle()
  for (const path of [`/v1/threads/${id}/view`, '/v1/threads?limit=5']) {
    const { headers } = await http('GET', path)
    const asked = { headers: { 'If-None-Match': `"other", ${headers.etag}` } }
    expect(await http('GET', path, asked)).toMatchObject({ status: 304, headers: { etag: headers.etag } })
    const thread = await network.desks.ngo.thread(id)
    await (path.endsWith('view') ? thread.hold() : network.desks.ngo.send(buildReferral(), { to }))
    expect((await http('GET', path, asked)).status).toBe(200)
  }
})

test('an item for which a departed caller was waiting goes to the next caller', async () => {
  const gone = new AbortController()
  const waiting = http('POST', '/v1/items/lease', { body: { waitMs: 60_000 }, signal: gone.signal })
  gone.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  expect((await leased()).item.kind).toBe('referral')
})

test('T-143 every operation refuses unknown members', async () => {
  for (const [name, { method, path }] of Object.entries<Operation>(OPERATIONS)) {
    const filled = path.replaceAll(/:\w+/g, '0'.repeat(32))
    const { status, json } = await http(method, `/v1${filled}${method === 'GET' ? '?strange=1' : ''}`, {
      ...(method === 'POST' && { body: { strange: 1 } }),
      headers: { 'Idempotency-Key': 'k' },
    })
    expect({ name, status, path: json?.path }).toMatchObject({
      status: json.code === 'INVALID_EVENT' ? 409 : 400,
      path: 'strange',
    })
  }
})

const REFUSED: readonly (readonly [
  what: string,
  method: string,
  path: string,
  asked: Asked,
  problem: object,
])[] = [
  ['a path that does not exist', 'GET', '/v2/threads', {}, { status: 404, code: 'NOT_FOUND' }],
  ['another method', 'DELETE', '/v1/peers', {}, { status: 404, code: 'NOT_FOUND' }],
  ['JSON that is damaged', 'POST', '/v1/preview', { body: '{"to": ' }, { status: 400, code: 'MALFORMED' }],
  [
    'a member that is there twice',
    'POST',
    '/v1/preview',
    { body: '{"to":"a","to":"b"}' },
    { status: 400, code: 'MALFORMED', path: 'to' },
  ],
  [
    'another type',
    'POST',
    '/v1/preview',
    { body: 'x', headers: { 'Content-Type': 'text/plain' } },
    { status: 400, path: 'Content-Type' },
  ],
  [
    'a change without an actor',
    'POST',
    '/v1/invites',
    { headers: { 'Rex-Actor': undefined } },
    { status: 400, path: 'Rex-Actor' },
  ],
  [
    'a key that is no text',
    'POST',
    '/v1/invites',
    { headers: { 'Idempotency-Key': '\xff' } },
    { status: 400, path: 'Idempotency-Key' },
  ],
  [
    'a parameter that is there twice',
    'GET',
    '/v1/threads?limit=1&limit=2',
    {},
    { status: 400, path: 'limit' },
  ],
  ['a number that is none', 'GET', '/v1/threads?limit=1e1', {}, { status: 400, path: 'limit' }],
  [
    'an invalid referral',
    'POST',
    '/v1/threads',
    { body: { referral: { kind: 'advisory' }, to } },
    { status: 400, code: 'INVALID_REFERRAL', path: 'test' },
  ],
  [
    'a backup somewhere below the directory of the service',
    'POST',
    '/v1/backups',
    { body: { file: 'desk.backup' } },
    { status: 400, code: 'CONFIG_INVALID', path: 'file' },
  ],
  [
    'a thread that does not exist',
    'GET',
    `/v1/threads/${'0'.repeat(32)}`,
    {},
    { status: 404, code: 'NOT_FOUND' },
  ],
]

test('T-152 every fault of a request is a problem with path and remedy', async () => {
  for (const [what, method, path, asked, problem] of REFUSED) {
    const { headers, json } = await http(method, path, asked)
    const sentence = expect.stringMatching(/[.]$/)
    expect({ what, ...json, media: headers['content-type'] }).toMatchObject({
      ...{ what, media: 'application/problem+json', hint: sentence, detail: sentence },
      ...problem,
    })
  }
})

test('T-065 a too large body is refused before it is read, and non-HTTP input gets a problem', async () => {
  const headers = { 'Content-Length': String(8 * 1024 * 1024 + 1), Expect: '100-continue' }
  const large = await http('POST', '/v1/preview', { headers }).catch((error) => error)
  expect(large).toMatchObject({ status: 400, json: { code: 'LIMIT_EXCEEDED', path: 'body' } })
  const socket = connect(service.socket)
  socket.end('nonsense\r\n\r\n')
  expect(await text(socket)).toContain('urn:rex:problem:MALFORMED')
})

test('T-065 refused callers that do not hang up do not block others', async () => {
  const refused = Array.from({ length: 256 }, () => connect({ path: service.socket, allowHalfOpen: true }))
  for (const socket of refused) socket.write('nonsense\r\n\r\n')
  for (const socket of refused) expect(await text(socket)).toContain('urn:rex:problem:MALFORMED')
  expect((await http('GET', '/v1/live')).status).toBe(204)
  for (const socket of refused) socket.destroy()
})

/** Restarts the service with a socket for the group of this process. */
async function serveGroup() {
  await service[Symbol.asyncDispose]()
  const group = process.getgid?.() ?? 0
  service = await serve({ desk: network.desks.ngo, directory, group, log: () => {} })
}

test('T-067 only the owner may use the socket, and the group has a separate socket', async () => {
  const store = join(directory, 'desk.db')
  writeFileSync(store, '', { mode: 0o644 })
  expect([statSync(service.socket).mode & 0o777, service.groupSocket]).toEqual([0o600, undefined])
  await serveGroup()
  const paths = [service.socket, join(directory, 'group.sock'), directory, store]
  expect(paths.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o660, 0o710, 0o600])
})

test('T-067 a member of the group may read, send and decide; changes of keys, pairings and files are for the owner', async () => {
  await serveGroup()
  const refused: string[] = []
  for (const [name, { method, path, scope }] of Object.entries<Operation>(OPERATIONS)) {
    const at = `/v1${path.replaceAll(/:\w+/g, '0'.repeat(32))}?strange=1`
    const asked = { ...(method === 'POST' && { body: { strange: 1 } }), socketPath: service.groupSocket }
    const { status, json } = await http(method, at, asked)
    if (status === 403) refused.push(name)
    expect({ name, code: json.code === 'PERMISSION_DENIED' }).toEqual({
      name,
      code: ['admin', 'owner'].includes(scope),
    })
  }
  const audited: (string | undefined)[] = []
  await verifyAudit(directory, {
    each: ({ what, operation, door }) => what === 'refused' && door === 'group' && audited.push(operation),
  })
  expect(audited).toEqual(refused)
  expect(refused.sort()).toEqual([
    'addToken',
    'backup',
    'erase',
    'hold',
    'invite',
    'pair',
    'release',
    'resendAlerts',
    'resendDead',
    'revoke',
    'revokeToken',
    'rotateEntity',
    'testAlerts',
    'tokens',
    'unpair',
  ])
})

test('the audit log states which organisation an act of trust concerned', async () => {
  const { invite } = await network.desks.hotline.invite()
  await http('POST', '/v1/peers', { body: { invite } })
  const organisation = 'https://hotline.example'
  await http('POST', '/v1/peers/unpair', { body: { organisation } })
  await http('POST', '/v1/keys/revoke', { body: { reason: 'retired' } })
  await http('POST', '/v1/webhooks/cases/resend')
  const named: object[] = []
  await verifyAudit(directory, { each: ({ on }) => on && named.push(on) })
  const concerned = [{ organisation }, { organisation }, { reason: 'retired' }, { webhook: 'cases' }]
  expect(named).toEqual(concerned)
})

test('a service that cannot give the socket to the group leaves no socket behind', async () => {
  await service[Symbol.asyncDispose]()
  const failing = serve({ desk: network.desks.ngo, directory, group: 2 ** 32, log: () => {} })
  await expect(failing).rejects.toMatchObject({ reason: 'CONFIG_INVALID', path: 'group' })
  expect([service.socket, join(directory, 'group.sock')].filter(existsSync)).toEqual([])
})

test('when the service ends, waiting calls end and leased items are returned', async () => {
  const { item } = await leased()
  const waiting = http('POST', '/v1/items/lease', { body: { waitMs: 60_000 } })
  const drained = http('POST', '/v1/desk/drain')
  expect((await drained).status).toBe(204)
  await service[Symbol.asyncDispose]()
  expect((await waiting).status).toBe(204)
  const { value: again } = await network.desks.ngo.receive()[Symbol.asyncIterator]().next()
  expect(again?.id).toBe(item.id)
  service = await serve({ desk: network.desks.ngo, directory, log: () => {} })
  expect((await http('GET', '/v1/ready')).status).toBe(204)
})
