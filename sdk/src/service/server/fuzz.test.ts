// Random requests cause no crash and no internal error, and the desk continues to work. `npm run fuzz` sends 100,000.
// docs/guide/service.md, "Limits"
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect as connectTo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeskLogEntry } from '../../client/api/desk.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral, exampleReferral } from '../../testing/referral.ts'
import { verifyAudit } from '../audit/index.ts'
import { connect, type Service, serve, tokensAt } from '../index.ts'
import { OPERATIONS, type Operation } from '../operations/index.ts'

const COUNT = Number(process.env.REX_FUZZ ?? 600)
const SEED = Number(process.env.REX_FUZZ_SEED ?? 4711)
const AT_ONCE = 16
const TO = 'https://hotline.example'

let network: TestNetwork<'hotline' | 'ngo'>
let directory: string
let service: Service
let bearer: string
const faults: DeskLogEntry[] = []
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-fuzz-'))
  network = await testNetwork(['hotline', 'ngo'])
  service = await serve({
    desk: network.desks.ngo,
    directory,
    listen: [{ host: '127.0.0.1', port: 0 }],
    log: (entry) => entry.level === 'error' && faults.push(entry),
  })
  const scopes = ['read', 'send', 'decide', 'admin'] as const
  bearer = await tokensAt(directory).add({ name: 'fuzz', scopes, expiresMs: Date.now() + 86_400_000 })
})
afterAll(async () => {
  agent.destroy()
  await service[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

/** Makes a generator of random numbers that depend only on the seed (mulberry32). */
function randomOf(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (end: number) => Math.floor(next() * end),
    one: <T>(of: readonly T[]) => of[Math.floor(next() * of.length)] as T,
  }
}
const random = randomOf(SEED)

let ids: string[] = ['0'.repeat(32), 'f'.repeat(64)]
const TEXTS = [
  '',
  'a',
  '4711',
  TO,
  'https://',
  'x'.repeat(5000),
  '\u0000',
  'é\u0301',
  '\u{1f600}',
  '__proto__',
  '../..',
  '%00',
  'true',
  'accept',
]
const NUMBERS = [0, -1, 1, 1.5, 2 ** 31, 2 ** 53, 1e300, -0, 1000, 60_000]

function value(depth = 0): unknown {
  const kinds = [
    () => random.one(TEXTS),
    () => random.one(ids),
    () => random.one(NUMBERS),
    () => random.one([true, false, null]),
    () => Array.from({ length: random.below(4) }, () => value(depth + 1)),
    () =>
      Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [random.one(TEXTS), value(depth + 1)]),
      ),
    () => exampleReferral('victim-support-grooming'),
  ]
  return (depth > 3 ? random.one(kinds.slice(0, 4)) : random.one(kinds))()
}

/** Returns input members for an operation, most of them of a wrong type. */
function members({ input }: Operation): Record<string, unknown> {
  const names = Object.keys(input.fields).filter(() => random.below(3) > 0)
  const made = Object.fromEntries(names.map((name) => [name, value()]))
  if ('to' in made && random.below(2) === 0) made.to = TO
  return random.below(6) === 0 ? { ...made, [random.one(TEXTS)]: value() } : made
}

/** Returns the bytes of a JSON text, with or without random changes to some of them. */
function damaged(json: string): Buffer {
  const bytes = Buffer.from(json)
  if (random.below(4) > 0) return bytes
  for (let n = random.below(8); n > 0 && bytes.length > 0; n -= 1)
    bytes[random.below(bytes.length)] = random.below(256)
  return bytes.subarray(0, random.below(4) > 0 ? undefined : random.below(bytes.length + 1))
}

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  Host: ['desk', '127.0.0.1', 'evil.example', '', 'a b', '[::1]:99999', '\xff'],
  Origin: ['null', 'https://evil.example'],
  'Sec-Fetch-Site': ['cross-site', 'none'],
  'Content-Type': ['text/plain', 'application/json; charset=utf-16', ''],
  'Idempotency-Key': ['k', '\xff', 'k'.repeat(300), ''],
  'Rex-Actor': ['maria', '\xff', 'm'.repeat(201), ''],
  'If-None-Match': ['*', '"x"', 'W/"'],
  'Last-Event-ID': ['0', '-1', 'x'.repeat(4000)],
  Accept: ['text/event-stream', '*/*', ''],
  Authorization: ['Bearer', 'Bearer rex_fuzz_x', `Bearer rex_fuzz_${'A'.repeat(43)}`, 'Basic x', ''],
  Expect: ['100-continue', 'x'],
}

/** Calls a random operation. Returns undefined if the connection ended without an answer. */
async function call(): Promise<Answer | undefined> {
  const operation = random.one(Object.values<Operation>(OPERATIONS))
  const { method, path, scope } = operation
  // Operations that write files or end the pairing are sent only in forms that are refused.
  const isRefused = scope === 'owner' || operation === OPERATIONS.unpair
  const input = { ...members(operation), ...(isRefused && { strange: 1 }) }
  const asked = Object.entries(method === 'GET' ? input : {}).map(([name, given]) => [name, String(given)])
  const query = new URLSearchParams(asked as [string, string][])
  const at = `/v1${path.replaceAll(/:\w+/g, () => encodeURIComponent(random.one([...ids, random.one(TEXTS)])))}?${query}`
  const headers = {
    'Content-Type': 'application/json',
    'Rex-Actor': 'fuzz',
    Authorization: `Bearer ${bearer}`,
  }
  for (const name of Object.keys(HEADERS))
    if (random.below(20) === 0) Object.assign(headers, { [name]: random.one(HEADERS[name] ?? []) })
  const where =
    random.below(2) === 0
      ? { socketPath: service.socket }
      : { host: '127.0.0.1', port: new URL(service.urls[0] ?? '').port }
  const gone = AbortSignal.timeout(random.below(10) === 0 ? 5 : 400)
  try {
    const asking = request({ ...where, method, path: at.slice(0, 15_000), headers, agent, signal: gone })
    const answered = once(asking, 'response')
    asking.end(method === 'GET' ? undefined : damaged(JSON.stringify(input)))
    const [response] = await answered
    return {
      status: response.statusCode,
      body: await text(response),
      type: response.headers['content-type'] ?? '',
    }
  } catch {
    return undefined
  }
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly type: string
}

const HEAD = 'POST /v1/preview HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n'
const RAW = [
  `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{"to"\r\nzz\r\n`,
  `${HEAD}Content-Length: 5\r\n\r\n{}`,
  `${HEAD}Content-Length: -1\r\n\r\n{}`,
  `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
  `${HEAD}Content-Length: 2\r\n\r\n{}GET /v1/peers HTTP/1.1\r\nHost: desk\r\n\r\n`,
  'GET /v1/peers HTTP/2.0\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET http://evil.example/v1/peers HTTP/1.1\r\nHost: desk\r\n\r\n',
  'GET //v1/../v1/peers HTTP/1.1\r\nHost: desk\r\n\r\n',
  'GET /v1/peers HTTP/1.1\r\n\r\n',
  'CONNECT desk:80 HTTP/1.1\r\nHost: desk\r\n\r\n',
  'GET /v1/peers HTTP/1.1\r\nHost: desk\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
]

/** Sends bytes that are rarely valid HTTP. */
async function bytes(): Promise<undefined> {
  const socket = connectTo(service.socket)
  socket.on('error', () => {})
  socket.end(damaged(random.one(RAW)))
  const timer = setTimeout(() => socket.destroy(), 400)
  await text(socket).catch(() => {})
  clearTimeout(timer)
}

test(`${COUNT} random requests are answered as documented, and the desk continues to work`, {
  timeout: 7_200_000,
}, async () => {
  const { hotline, ngo } = network.desks
  const thread = await hotline.send(buildReferral(), { to: 'https://ngo.example' })
  await network.settle()
  ids = [...ids, thread.id, (await thread.changes()).events[0]?.digest ?? '']
  const thrown: unknown[] = []
  const note = (error: unknown) => void thrown.push(error)
  process.on('uncaughtExceptionMonitor', note).on('unhandledRejection', note)
  const statuses = new Map<number, number>()
  let left = COUNT
  const work = async () => {
    for (; left > 0; ) {
      left -= 1
      const answer = await (random.below(5) === 0 ? bytes() : call())
      if (answer === undefined) continue
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      if (answer.status < 400) continue
      expect(answer).toMatchObject({ type: 'application/problem+json' })
      expect(JSON.parse(answer.body).code, answer.body).not.toBe('INTERNAL')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  process.off('uncaughtExceptionMonitor', note).off('unhandledRejection', note)
  if (process.env.REX_FUZZ !== undefined)
    console.log(SEED, Object.fromEntries(statuses), `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`)
  expect([thrown, faults]).toEqual([[], []])
  expect(statuses.get(400)).toBeGreaterThan(COUNT / 20)
  await using desk = await connect({ socket: service.socket })
  const sent = await desk.send(buildReferral(), { to: TO })
  expect((await ngo.thread(sent.id)).id).toBe(sent.id)
  expect((await verifyAudit(directory)).faults).toEqual([])
})
