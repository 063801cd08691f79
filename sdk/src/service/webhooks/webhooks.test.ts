// Tests of webhooks, which real HTTP servers receive. docs/guide/service.md, "Webhooks"
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate as otherWork } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { DeskLogEntry } from '../../client/api/desk.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { startChannels } from '../alerts/alerts.ts'
import { FORGED_ANSWERS } from '../server/fixture.ts'
import { readWebhooks, WEBHOOKS_FILE, type Webhook } from './config.ts'
import { deskWith } from './fixture.ts'
import { isInside, signed } from './post.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(24, 9).toString('base64')}`
const FIXTURE = new URL('fixture.ts', import.meta.url).pathname
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-webhooks-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

interface Received {
  readonly headers: IncomingMessage['headers']
  readonly body: {
    readonly type: string
    readonly data: { readonly cursor: string; readonly thread: string }
  }
  readonly raw: string
}

/** Receives posts. `answer` returns the answer to each. */
async function receiver(answer: (received: Received, response: ServerResponse) => void) {
  const all: Received[] = []
  const server = createServer(async (request, response) => {
    const raw = await text(request)
    const received = { headers: request.headers, body: JSON.parse(raw), raw }
    all.push(received)
    answer(received, response)
    server.emit('received')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    all,
    url: `http://127.0.0.1:${port}/rex`,
    cursors: () => all.map(({ body }) => Number(body.data.cursor)),
    async until(isEnough: () => boolean) {
      while (!isEnough()) await once(server, 'received')
    },
  }
}

const ok = (_: Received, response: ServerResponse) => void response.writeHead(204).end()

function configure(...webhooks: Partial<Webhook>[]): void {
  const all = webhooks.map((hook, i) => ({ name: `hook-${i}`, secrets: [SECRET], ...hook }))
  writeFileSync(join(directory, WEBHOOKS_FILE), JSON.stringify({ webhooks: all }), { mode: 0o600 })
}

/** Starts the webhooks of the directory, with a desk that has this many changes. */
async function start(count: () => number) {
  const logged: DeskLogEntry[] = []
  const clock = virtualClock(Date.UTC(2026, 10, 30), async () => {})
  const channels = await startChannels({
    desk: deskWith(count),
    directory,
    clock,
    log: (entry) => logged.push(entry),
  })
  const end = () => channels[Symbol.asyncDispose]()
  const webhooks = { ...channels.webhooks, [Symbol.asyncDispose]: end }
  return { webhooks, clock, logged }
}

/** Returns the threads in which a later change arrived before an earlier one. */
const outOfOrder = (received: readonly Received[]) =>
  received.filter(({ body: { data } }, i) =>
    received
      .slice(0, i)
      .some(
        (one) => one.body.data.thread === data.thread && Number(one.body.data.cursor) > Number(data.cursor),
      ),
  )

test('signs according to Standard Webhooks: its reference example, and two secrets while one is replaced', async () => {
  const letter = {
    id: 'msg_loFOjxBNrRLzqYUf',
    body: '{"event_type":"ping","data":{"success":true}}',
    nowMs: 1_731_705_121_000,
  }
  expect(signed(letter, ['whsec_plJ3nmyCDGBKInavdOK15jsl'])['webhook-signature']).toBe(
    'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
  )
  const { url, all, until } = await receiver(ok)
  configure({ url, secrets: [SECRET, OTHER] })
  const { webhooks } = await start(() => 1)
  await until(() => all.length === 1)
  await webhooks[Symbol.asyncDispose]()
  const [{ headers, raw, body }] = all as [Received]
  const of = (secret: string) =>
    createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
      .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${raw}`)
      .digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${of(SECRET)} v1,${of(OTHER)}`)
  expect(headers['webhook-timestamp']).toBe(String(Date.UTC(2026, 10, 30) / 1000))
  expect(body).toEqual({
    type: 'rex.hold',
    timestamp: new Date(1).toISOString(),
    data: { cursor: '1', thread: '1'.repeat(32), state: 'held' },
  })
})

test('a failed change is posted again with the same id, before later changes of its thread; other threads do not wait', async () => {
  let works = false
  const failing = await receiver(({ body }, response) => {
    response.writeHead(!works && body.data.thread.startsWith('1') ? 500 : 200).end()
  })
  // A receiver that accepts connections and never answers.
  const stopped = await receiver(() => {})
  configure({ url: failing.url }, { url: stopped.url }, { url: failing.url, kinds: ['erased'] })
  const { webhooks, clock, logged } = await start(() => 9)
  await failing.until(() => failing.all.length === 7)
  expect(failing.cursors().filter((n) => n % 3 === 1)).toEqual([1])
  const waiting = () => webhooks.list().map((state) => state.waiting)
  while (waiting()[0] !== 3) await otherWork()
  expect(waiting()).toEqual([3, 9, 0])
  works = true
  while (failing.all.length === 7) {
    await otherWork()
    await clock.advance({ seconds: 6 })
  }
  await failing.until(() => failing.all.length === 10)
  expect(failing.cursors().filter((n) => n % 3 === 1)).toEqual([1, 1, 4, 7])
  const [first, again] = failing.all.filter(({ body }) => body.data.cursor === '1')
  expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  expect(new Set(failing.all.map(({ headers }) => headers['webhook-id'])).size).toBe(9)
  await webhooks[Symbol.asyncDispose]()
  expect(logged.map(({ fields }) => fields)).toEqual([{ webhook: 'hook-0', failure: 'HTTP 500' }])
})

test('a change that fails for four days is given up, is listed, and can be posted again', async () => {
  let works = false
  const { url, all, until, cursors } = await receiver((_, response) =>
    response.writeHead(works ? 200 : 404).end(),
  )
  configure({ url })
  const { webhooks, clock, logged } = await start(() => 1)
  for (let n = 1; n <= 12; n++) {
    await until(() => all.length === n)
    while (webhooks.list()[0]?.waiting === 1 && all.length === n) {
      await otherWork()
      await clock.advance({ hours: 29 })
    }
  }
  await until(() => all.length === 12)
  while (webhooks.dead('hook-0').length === 0) await otherWork()
  expect(webhooks.dead('hook-0')).toEqual([
    { kind: 'hold', cursor: '1', thread: '1'.repeat(32), attempts: 12, failure: 'HTTP 404' },
  ])
  expect(logged.at(-1)).toMatchObject({ level: 'error', fields: { webhook: 'hook-0', cursor: '1' } })
  expect(() => webhooks.dead('none')).toThrow(expect.objectContaining({ reason: 'NOT_FOUND' }))
  works = true
  expect(await webhooks.resend('hook-0')).toBe(1)
  await until(() => all.length === 13)
  while (webhooks.list()[0]?.waiting !== 0) await otherWork()
  await webhooks[Symbol.asyncDispose]()
  expect([new Set(cursors()).size, await restarted()]).toEqual([1, { waiting: 0, dead: 0 }])
})

async function restarted() {
  const { webhooks } = await start(() => 0)
  const [state] = webhooks.list()
  await webhooks[Symbol.asyncDispose]()
  return { waiting: state?.waiting, dead: state?.dead }
}

test('a redirect is a failure, and an endless answer is cut off', async () => {
  const target = await receiver(ok)
  const { url, all, until } = await receiver((_, response) => {
    if (all.length === 1) response.writeHead(307, { Location: target.url }).end()
    else {
      response.writeHead(200)
      const more = () =>
        void (response.writable && response.write('x'.repeat(65_536), () => setImmediate(more)))
      more()
      response.on('close', () => ended.resolve())
    }
  })
  const ended = Promise.withResolvers<void>()
  configure({ url })
  const { webhooks, clock } = await start(() => 1)
  await until(() => all.length === 1)
  while (all.length === 1) {
    await otherWork()
    await clock.advance({ seconds: 6 })
  }
  await ended.promise
  await webhooks[Symbol.asyncDispose]()
  expect(target.all).toEqual([])
})

test.each(FORGED_ANSWERS)(
  'T-065 an answer that is %s delivers nothing, and the change is posted again',
  async (_, answer) => {
    let works = false
    let posts = 0
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => {
        posts += 1
        socket.end(works ? 'HTTP/1.1 204 OK\r\nConnection: close\r\n\r\n' : answer)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    configure({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
    const { webhooks, clock, logged } = await start(() => 1)
    while (webhooks.list()[0]?.failure === undefined) await otherWork()
    expect(webhooks.list()).toMatchObject([{ waiting: 1, dead: 0 }])
    works = true
    while (webhooks.list()[0]?.waiting !== 0) {
      await otherWork()
      await clock.advance({ seconds: 6 })
    }
    expect(posts).toBeGreaterThan(1)
    await webhooks[Symbol.asyncDispose]()
    expect(logged).toMatchObject([{ level: 'warn', fields: { webhook: 'hook-0' } }])
  },
)

test('T-080 after a kill at any time, every change is posted at least once, in order', async () => {
  let kill: (() => void) | undefined
  const { url, all, until, cursors } = await receiver((_, response) => {
    if (all.length % 5 === 0) kill?.()
    response.writeHead(200).end()
  })
  configure({ url })
  const run = async () => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--conditions=@rex/source', FIXTURE, 'run', directory, '9'],
      { stdio: 'ignore' },
    )
    const exited = once(child, 'exit')
    kill = () => child.kill('SIGKILL')
    await Promise.race([exited, until(() => new Set(cursors()).size === 9)])
    child.kill('SIGKILL')
    await exited
  }
  for (let n = 0; new Set(cursors()).size < 9; n++) {
    expect(n).toBeLessThan(30)
    await run()
  }
  const firsts = all.filter(
    ({ body }, i) => all.findIndex((one) => one.body.data.cursor === body.data.cursor) === i,
  )
  expect(outOfOrder(firsts)).toEqual([])
})

test.each([
  ['http://example.org/', 'webhooks[0].url'],
  ['ftp://example.org/', 'webhooks[0].url'],
  ['https://user:pass@example.org/', 'webhooks[0].url'],
  ['http://127.0.0.1.example.org/', 'webhooks[0].url'],
  ['http://10.0.0.1/', 'webhooks[0].url'],
])('T-065 the address %s is refused', async (url, path) => {
  configure({ url })
  await expect(readWebhooks(directory)).rejects.toMatchObject({ reason: 'CONFIG_INVALID', path })
})

test('short secrets, two webhooks with the same name, and a file that others can read are refused', async () => {
  const url = 'https://example.org/'
  for (const secret of ['whsec_', `whsec_${Buffer.alloc(23).toString('base64')}`, SECRET.slice(6)]) {
    configure({ url, secrets: [secret] })
    await expect(readWebhooks(directory)).rejects.toMatchObject({ path: 'webhooks[0].secrets[0]' })
  }
  configure({ url, name: 'a' }, { url, name: 'a' })
  await expect(readWebhooks(directory)).rejects.toMatchObject({ path: 'webhooks[1].name' })
  rmSync(join(directory, WEBHOOKS_FILE))
  writeFileSync(join(directory, WEBHOOKS_FILE), '{"webhooks": []}', { mode: 0o644 })
  await expect(readWebhooks(directory)).rejects.toMatchObject({ hint: expect.stringContaining('chmod 600') })
})

test('T-065 a name that leads to an address inside a network is refused', () => {
  const inside = [
    '10.1.2.3',
    '127.0.0.1',
    '169.254.169.254',
    '192.168.0.1',
    '172.31.0.1',
    '::1',
    '::ffff:10.0.0.1',
    'fd00::1',
    'fe80::1',
  ]
  expect(inside.filter((address) => !isInside(address))).toEqual([])
  expect(['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '172.32.0.1'].filter(isInside)).toEqual(
    [],
  )
})
