// Serves a desk on a Unix socket in its directory, until a signal ends it. docs/guide/service.md
import { chmod, chown, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import { type Clock, systemClock } from '../../client/clock/clock.ts'
import { look } from '../../client/keys/durable.ts'
import { RexError } from '../../core/error.ts'
import { Leases } from '../leases.ts'
import { PROBLEM_TYPE, problemOf } from '../problem.ts'
import { socketOf } from '../socket.ts'
import { createApp } from './app.ts'

/** Connections at a time. */
const CONNECTIONS = 256
/** How long a caller may take to send the head of a request, and the whole of it. Milliseconds. */
const HEAD_MS = 10_000
const REQUEST_MS = 30_000
/** How long running requests may take to end when the service ends. Milliseconds. */
const DRAIN_MS = 10_000

/** How to serve a desk. */
export interface ServeOptions {
  readonly desk: Desk
  /** Desk directory: the socket is made there. */
  readonly directory: string
  /** Number of the group that may use the socket, and enter the directory for it. Default: only the owner may. */
  readonly group?: number
  /** Receives operator messages; never case data. */
  readonly log: (entry: DeskLogEntry) => void
  /** Default: the clock of the system. */
  readonly clock?: Clock
}

/** A running service. Disposing of it ends waiting calls, answers the running ones, and removes the socket; the desk stays open. */
export interface Service extends AsyncDisposable {
  readonly socket: string
}

/** Serves a desk. The caller holds it, so a socket that is there already is of a service that has ended. @throws RexError CONFIG_INVALID */
export async function serve({
  desk,
  directory,
  group,
  log,
  clock = systemClock,
}: ServeOptions): Promise<Service> {
  const socket = socketOf(directory)
  const ending = new AbortController()
  const leases = new Leases(desk, clock)
  const info = { organisation: desk.organisation, pid: process.pid, sinceMs: clock.now() }
  const app = createApp({ desk, leases, info, ending: ending.signal, log })
  const server = createServer(
    { headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: HEAD_MS / 4 },
    getRequestListener(app.fetch, { overrideGlobalObjects: false, hostname: 'desk' }),
  )
  server.maxConnections = CONNECTIONS
  server.on('clientError', refuse)
  server.on('drop', () =>
    log({ level: 'warn', message: 'A connection was refused: there are too many.', fields: {} }),
  )
  await rm(socket, { force: true })
  await listen(server, socket)
  await open(socket, directory, group).catch((cause: NodeJS.ErrnoException) => {
    server.close()
    throw new RexError('CONFIG_INVALID', `The group cannot get the socket ${socket} (${cause.code}).`, {
      cause,
      path: 'group',
      hint: 'Name a group that the owner of the desk directory is a member of.',
    })
  })
  return {
    socket,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await closed(server)
      await leases.close()
    },
  }
}

async function listen(server: Server, socket: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  // Nobody but the owner may connect before the mode is set.
  const before = process.umask(0o177)
  server.listen(socket, resolve)
  process.umask(before)
  await promise.catch((cause: NodeJS.ErrnoException) => {
    throw new RexError('CONFIG_INVALID', `The socket ${socket} cannot be made (${cause.code}).`, {
      cause,
      path: 'directory',
      hint: 'The path of a Unix socket has at most 107 bytes, and its directory must be writable.',
    })
  })
  server.off('error', reject)
}

/** The group may pass through the directory, and read nothing else in it. */
async function open(socket: string, directory: string, group: number | undefined): Promise<void> {
  if (group === undefined) return await chmod(socket, 0o600)
  // Stores that a program made, rather than rex-desk, can be readable: only the mode of the directory protected them.
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) continue
    const path = join(directory, entry.name)
    const found = await look(path)
    if (found !== undefined && (found.mode & 0o077) !== 0) await chmod(path, found.mode & 0o700)
  }
  await chown(socket, -1, group)
  await chmod(socket, 0o660)
  await chown(directory, -1, group)
  await chmod(directory, 0o710)
}

/** Answers what is not HTTP, or comes too slowly, with a problem. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOf(
    REFUSALS[error.code ?? ''] ?? new RexError('MALFORMED', 'This is no HTTP request.'),
  )
  const body = JSON.stringify(problem)
  const head = [`HTTP/1.1 ${problem.status} Refused`, `Content-Type: ${PROBLEM_TYPE}`, 'Connection: close']
  socket.write(`${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  // A caller that does not hang up would keep the place of another.
  socket.destroySoon()
}

const REFUSALS: Readonly<Record<string, RexError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new RexError('DEADLINE_EXCEEDED', 'The request did not arrive in time.'),
  HPE_HEADER_OVERFLOW: new RexError('LIMIT_EXCEEDED', 'The head of the request is too long.', {
    path: 'headers',
  }),
}

/** Resolves when the running requests are answered, or have had their time. */
async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await promise
  clearTimeout(timer)
}
