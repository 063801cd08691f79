// Tests of callers that are slow or send too much to a service. docs/guide/service.md, "Limits"
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OWNER } from '../access/caller.ts'
import type { App } from './app.ts'
import { createDoor, type Patience } from './door.ts'

/** A text with more bytes than any socket can buffer. */
const BIG = 'x'.repeat(16 * 1024 * 1024)
let directory: string
let server: Server
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-door-'))
  path = join(directory, 'socket')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
  rmSync(directory, { recursive: true })
})

/** Starts a server with two routes. */
async function open(patience: Patience) {
  const app = new Hono()
    .get('/big', (at) => at.body(BIG))
    .post('/echo', async (at) => at.body(await text((at.env as HttpBindings).incoming).catch(() => '')))
  server = createDoor({ app: app as unknown as App, admit: () => OWNER, log: () => {}, patience })
  server.listen(path)
  await once(server, 'listening')
}

/** Sends bytes, and keeps the connection open. */
function sent(bytes: string) {
  const socket = connect({ path, allowHalfOpen: true })
  socket.write(bytes)
  return socket
}
const connections = () =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))

test.each([
  ['nothing', ''],
  ['half a head', 'GET /big HTTP/1.1\r\nHo'],
  ['half a body', 'POST /echo HTTP/1.1\r\nHost: desk\r\nContent-Length: 100\r\n\r\nabc'],
  ['half a chunk', 'POST /echo HTTP/1.1\r\nHost: desk\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc'],
])('T-065 a caller that sends %s and then waits is told so, and makes room', async (_what, bytes) => {
  await open({ headMs: 200, requestMs: 400, unreadMs: 60_000, idleMs: 30_000 })
  const answer = await text(sent(bytes))
  expect(answer).toContain('HTTP/1.1 504')
  expect(answer).toContain('urn:rex:problem:DEADLINE_EXCEEDED')
  await expect.poll(connections).toBe(0)
})

test.each([
  ['one long line', `X: ${'a'.repeat(16 * 1024)}\r\n`],
  ['very many lines', 'X: a\r\n'.repeat(4000)],
])('T-065 a head of %s is refused', async (_what, lines) => {
  await open({ headMs: 10_000, requestMs: 30_000, unreadMs: 60_000, idleMs: 30_000 })
  const answer = await text(sent(`GET /big HTTP/1.1\r\nHost: desk\r\n${lines}\r\n`))
  expect(answer).toContain('urn:rex:problem:LIMIT_EXCEEDED')
})

test('T-065 a caller that leaves an answer unread is disconnected; a caller that reads slowly gets the whole answer', async () => {
  await open({ headMs: 10_000, requestMs: 30_000, unreadMs: 1500, idleMs: 30_000 })
  const ask = 'GET /big HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n'
  const unread = Array.from({ length: 5 }, () => sent(ask).pause())
  let bytes = 0
  for await (const part of sent(ask)) {
    bytes += part.length
    await pause(10)
  }
  expect(bytes).toBeGreaterThan(BIG.length)
  await expect.poll(connections).toBe(0)
  for (const socket of unread) socket.destroy()
})

test('a connection without requests is closed', async () => {
  await open({ headMs: 10_000, requestMs: 30_000, unreadMs: 60_000, idleMs: 200 })
  const answer = await text(sent('POST /echo HTTP/1.1\r\nHost: desk\r\nContent-Length: 3\r\n\r\nabc'))
  expect(answer).toMatch(/HTTP\/1.1 200[\s\S]*abc$/)
  await expect.poll(connections).toBe(0)
})
