// Answers that do not come from a service. docs/guide/service.md, "Problems"
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FORGED_ANSWERS } from '../server/fixture.ts'
import { openConnection } from './connection.ts'

const JSON_TYPE = 'Content-Type: application/json'
const PROBLEM = 'Content-Type: application/problem+json'
const CLOSE = 'Connection: close\r\n\r\n'

test.each([
  ...FORGED_ANSWERS,
  ['an error page', `HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n${CLOSE}<h1>Bad Gateway</h1>`],
  ['a redirect', `HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n${CLOSE}`],
  ['JSON that is cut', `HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\n${CLOSE}{"threads": [`],
  ['a problem that is cut', `HTTP/1.1 400 No\r\n${PROBLEM}\r\n${CLOSE}{"code": `],
  ['a problem that is none', `HTTP/1.1 400 No\r\n${PROBLEM}\r\n${CLOSE}null`],
] as const)('T-152 an answer that is %s is a typed error', async (_, answer) => {
  const directory = mkdtempSync(join(tmpdir(), 'rex-connection-'))
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  }).listen(join(directory, 'socket'))
  onTestFinished(() => {
    server.close()
    rmSync(directory, { recursive: true })
  })
  await once(server, 'listening')
  const socketPath = join(directory, 'socket')
  const connection = openConnection({ name: socketPath, to: { socketPath } }, 'maria')
  const asked = [connection.greet(), connection.call('threads'), connection.call('invite', { key: 'k' })]
  for (const outcome of await Promise.allSettled(asked))
    expect(outcome).toMatchObject({ reason: { name: 'RexError', reason: 'UNAVAILABLE', retryable: true } })
  connection.close()
})
