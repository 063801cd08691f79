// Tests of a local socket with more connections than it accepts: the program survives and serves the connections within the limit.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RexError } from '../../core/error.ts'
import { openLocalChannel } from '../calling/channel.ts'
import { createClient } from '../calling/client.ts'
import { LISTENER_LIMITS } from '../limits/limits.ts'
import { HealthDefinition } from '../service/health.ts'
import { createServer } from './server.ts'

test('T-079 connections to a local socket beyond the limit are closed and reported; there is room again when others leave', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'rex-local-'))
  const path = join(directory, 'admin.sock')
  const refused = Promise.withResolvers<RexError>()
  const server = await createServer({
    listen: { path },
    services: [],
    onRefusal: (error) => refused.resolve(error as RexError),
  })
  const open = () => {
    const socket = connect(path)
    socket.on('error', () => {})
    return socket
  }
  const sockets = Array.from({ length: LISTENER_LIMITS.connectionsPerPeer }, open)
  await Promise.all(sockets.map((socket) => once(socket, 'data')))
  const beyond = open()
  await once(beyond.resume(), 'close')
  expect(await refused.promise).toMatchObject({ reason: 'QUOTA_EXCEEDED' })
  for (const socket of sockets) socket.destroy()
  const channel = openLocalChannel(path)
  const check = () => createClient(HealthDefinition, channel).check({ service: '' })
  await expect.poll(() => check().catch(() => undefined)).toEqual({ status: 1 })
  channel.close()
  await server.close()
  rmSync(directory, { recursive: true })
})
