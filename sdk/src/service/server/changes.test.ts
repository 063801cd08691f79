// Tests of reading changes, as server-sent events and by calls that wait. docs/guide/service.md, "What changed"
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import { type Service, serve } from './serve.ts'

const to = 'https://ngo.example'
let network: TestNetwork<'hotline' | 'ngo'>
let directory: string
let service: Service

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-events-'))
  network = await testNetwork(['hotline', 'ngo'])
  service = await serve({ desk: network.desks.hotline, directory, log: () => {} })
})
afterEach(async () => {
  await service[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

/** Requests the changes from the service. */
async function asked(
  query = '',
  headers: Readonly<Record<string, string>> = {},
  path = '/v1/events',
): Promise<IncomingMessage> {
  const sent = request({
    socketPath: service.socket,
    path: `${path}${query}`,
    headers,
    agent: false,
  }).end()
  onTestFinished(() => void sent.destroy())
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

const stream = (query = '', headers = {}) => asked(query, { Accept: 'text/event-stream', ...headers })

/** Reads a stream until it has this many events. */
async function events(
  response: IncomingMessage,
  count: number,
): Promise<{ id: string; event: string; data: object }[]> {
  let read = ''
  for await (const part of response.iterator({ destroyOnReturn: false })) {
    read += part
    const frames = [...read.matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)\n\n/gm)]
    if (frames.length >= count)
      return frames.map(([, id = '', event = '', data = '']) => ({ id, event, data: JSON.parse(data) }))
  }
  throw new Error('The stream ended.')
}

async function sent(): Promise<string> {
  const { id } = await network.desks.hotline.send(buildReferral(), { to })
  await network.settle()
  return id
}

test('a stream has each change with its cursor as id, and continues after the last event of the client', async () => {
  const response = await stream()
  expect(response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const reading = events(response, 5)
  const thread = await sent()
  const all = await reading
  const { changes } = await network.desks.hotline.readChanges()
  expect(all).toEqual(changes.map((change) => ({ id: change.cursor, event: change.kind, data: change })))
  expect(changes[0]).toMatchObject({ thread })
  const last = all[2]?.id ?? ''
  const again = await events(await stream('?after=0', { 'Last-Event-ID': last }), 2)
  expect(again).toEqual(all.slice(3))
})

test('a call waits for a change, and the end of the service ends streams and calls', async () => {
  const first = asked('?waitMs=60000')
  const thread = await sent()
  const { changes, cursor } = JSON.parse(await text(await first))
  expect(changes[0]).toMatchObject({ kind: 'message', thread })
  const after = await network.desks.hotline.lastChange()
  const waiting = asked(`?after=${after}&waitMs=60000`)
  const streaming = await stream(`?after=${after}`)
  await once(streaming, 'data')
  await service[Symbol.asyncDispose]()
  expect(JSON.parse(await text(await waiting))).toEqual({ changes: [], cursor: after })
  expect(Number(cursor)).toBeLessThanOrEqual(Number(after))
  await text(streaming)
  service = await serve({ desk: network.desks.hotline, directory, log: () => {} })
})

test('T-152 an expired or invalid cursor is answered with a problem before any event', async () => {
  const old = await stream('?after=999')
  expect(old.statusCode).toBe(409)
  const cursor = await network.desks.hotline.lastChange()
  expect(JSON.parse(await text(old))).toMatchObject({ code: 'EXPIRED', metadata: { cursor } })
  for (const query of ['?after=x', '?waitMs=60001', '?limit=1001', '?after=1&after=2'])
    expect((await stream(query)).statusCode).toBe(400)
})

test('T-065 a caller may have 32 streams at a time, and a closed stream makes room', async () => {
  const open = await Promise.all(Array.from({ length: 32 }, () => stream()))
  const refused = await stream()
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '5'])
  expect(JSON.parse(await text(refused)).code).toBe('OVERLOADED')
  const [first] = open
  first?.socket.destroy()
  for (;;) {
    const { statusCode } = await stream()
    if (statusCode === 200) break
  }
})

test('T-065 clients that hang up before their stream begins occupy no place', async () => {
  for (let n = 0; n < 70; n++) {
    const socket = connect(service.socket)
    socket.end('GET /v1/events HTTP/1.1\r\nHost: desk\r\nAccept: text/event-stream\r\n\r\n')
    socket.once('connect', () => setImmediate(() => socket.destroy()))
    await once(socket, 'close')
  }
  await text(await asked('/last'))
  await vi.waitFor(async () => {
    const again = await stream()
    expect(again.statusCode).toBe(200)
    again.socket.destroy()
  }, 5000)
})

test('T-065 a client that does not read its stream delays nobody and accumulates nothing', async () => {
  await service[Symbol.asyncDispose]()
  let pages = 0
  const change = { kind: 'hold', thread: '0'.repeat(32), state: 'held', cursor: '1', atMs: 0 } as const
  const page = { changes: Array.from({ length: 256 }, () => change), cursor: '1' }
  // There are always more changes to read.
  const readChanges = async () => {
    pages += 1
    return page
  }
  service = await serve({ desk: { ...network.desks.hotline, readChanges }, directory, log: () => {} })
  const socket = connect(service.socket).pause()
  onTestFinished(() => void socket.destroy())
  socket.write('GET /v1/events HTTP/1.1\r\nHost: desk\r\nAccept: text/event-stream\r\n\r\n')
  for (let n = 0; n < 100; n++) await text(await asked('/last'))
  const before = pages
  for (let n = 0; n < 100; n++) await text(await asked('/last'))
  expect([before > 1, pages - before]).toEqual([true, 0])
})

test('a change at the desk is posted to a webhook of its directory, and the service reports the result', async () => {
  await service[Symbol.asyncDispose]()
  const posted = Promise.withResolvers<{ body: string; headers: IncomingMessage['headers'] }>()
  const receiver = createServer(async (asks, answers) => {
    posted.resolve({ body: await text(asks), headers: asks.headers })
    answers.end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    receiver.closeAllConnections()
    receiver.close()
  })
  await once(receiver, 'listening')
  const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  const secrets = [`whsec_${Buffer.alloc(32).toString('base64')}`]
  const webhooks = [{ name: 'cases', url: `${origin}/secret-path`, secrets, kinds: ['hold'] }]
  writeFileSync(join(directory, 'webhooks.json'), JSON.stringify({ webhooks }), { mode: 0o600 })
  service = await serve({ desk: network.desks.hotline, directory, log: () => {} })
  const thread = await sent()
  await (await network.desks.hotline.thread(thread)).hold()
  const { body, headers } = await posted.promise
  expect(JSON.parse(body)).toMatchObject({ type: 'rex.hold', data: { thread, state: 'held' } })
  expect([headers['webhook-id'], headers['webhook-signature']]).toEqual([
    expect.stringMatching(/^msg_/),
    expect.stringMatching(/^v1,/),
  ])
  const states = JSON.parse(await text(await asked('', {}, '/v1/webhooks')))
  expect(states).toMatchObject({ webhooks: [{ name: 'cases', origin, dead: 0 }] })
  expect(JSON.parse(await text(await asked('', {}, '/v1/webhooks/cases/dead')))).toEqual({ letters: [] })
  expect((await asked('', {}, '/v1/webhooks/none/dead')).statusCode).toBe(404)
})
