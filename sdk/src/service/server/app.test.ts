// Tests of requests and answers as they are on the wire. docs/guide/service.md
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { OPERATIONS } from '../operations/index.ts'
import { inputOf } from './input.ts'
import { type Service, serve } from './serve.ts'

let network: TestNetwork<'ngo'>
let directory: string
let service: Service

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-app-'))
  network = await testNetwork(['ngo'])
  service = await serve({ desk: network.desks.ngo, directory, log: () => {} })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

test('T-065 a body of unknown length is refused with a problem once it is too large', async () => {
  const socket = connect({ path: service.socket, allowHalfOpen: true })
  const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
  socket.write('POST /v1/preview HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n')
  socket.write(`Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(8)}1\r\n \r\n`)
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 400 .*Connection: close\r\n.*urn:rex:problem:LIMIT_EXCEEDED/is)
})

test('a request for the head of an answer gets no body', async () => {
  const socket = connect(service.socket)
  socket.end('HEAD /v1/service HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Content-Length: \d+\r\n.*\r\n\r\n$/is)
})

test('nothing waits for the end of a request whose body has been read', async () => {
  const stream = new Readable({ autoDestroy: false, read() {} })
  const request = Object.assign(stream, { headers: { 'content-type': 'application/json' } })
  stream.push('{}')
  stream.push(null)
  await inputOf(OPERATIONS.drain, request as unknown as IncomingMessage, new URLSearchParams())
  expect(request.listenerCount('close')).toBe(0)
})
