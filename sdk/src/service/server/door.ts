// A server of the service on a socket or an address, with its limits and its way to identify callers. docs/guide/service.md, "Limits"
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { DeskLogEntry } from '../../client/api/desk.ts'
import { RexError } from '../../core/error.ts'
import type { Admit } from '../access/caller.ts'
import { PROBLEM_TYPE, problemOf } from '../problem.ts'
import type { App } from './app.ts'

/** Maximum number of connections. */
const CONNECTIONS = 256
/** How long a caller may take. Milliseconds. */
export interface Patience {
  /** Time for the head of a request, or for a TLS handshake. */
  readonly headMs: number
  /** Time for a whole request. */
  readonly requestMs: number
  /**
   * Time to read the next part of an answer or a stream. A caller that does not read would otherwise occupy a connection for
   * ever.
   */
  readonly unreadMs: number
  /**
   * Maximum time without a request before the service closes a connection. Callers close idle connections sooner, unless their
   * process stalls.
   */
  readonly idleMs: number
}

const PATIENCE: Patience = { headMs: 10_000, requestMs: 30_000, unreadMs: 60_000, idleMs: 30_000 }
/** How long running requests may take to finish after the service has begun to stop. Milliseconds. */
const DRAIN_MS = 10_000

/** Options of `createDoor`. */
export interface DoorOptions {
  readonly app: App
  readonly admit: Admit
  /** Certificate and private key, PEM. Default: no TLS. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer }
  readonly log: (entry: DeskLogEntry) => void
  /** Default: the limits in the guide. */
  readonly patience?: Patience
}

/** Creates a server that does not listen yet. */
export function createDoor({ app, admit, tls, log, patience = PATIENCE }: DoorOptions): Server {
  const { headMs, requestMs, unreadMs, idleMs } = patience
  const limits = {
    headersTimeout: headMs,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: headMs / 4,
  }
  const listener = getRequestListener(
    async (request, bindings) => {
      const answer = await app.fetch(request, { ...bindings, admit })
      const { outgoing } = bindings
      outgoing.setTimeout(unreadMs, () => outgoing.destroy())
      return answer
    },
    {
      overrideGlobalObjects: false,
      hostname: 'desk',
      // Called if the request cannot reach the routes, for example because its host is not a valid name.
      errorHandler: () => refusal(new RexError('MALFORMED', 'The request has no valid host or path.')),
    },
  )
  const server = tls
    ? createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.3', handshakeTimeout: headMs }, listener)
    : createServer(limits, listener)
  server.maxConnections = CONNECTIONS
  // Without this listener, Node would answer an unknown `Expect` header itself, without a problem document.
  server.on('checkExpectation', listener)
  server.on('clientError', refuse)
  server.on('drop', () =>
    log({ level: 'warn', message: 'A connection was refused: there are too many.', fields: {} }),
  )
  return server
}

function refusal(error: RexError): Response {
  const problem = problemOf(error)
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'Content-Type': PROBLEM_TYPE, Connection: 'close' },
  })
}

/** Resolves when the running requests are answered, or when their time is up. */
export async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await promise
  clearTimeout(timer)
}

/** Answers with a problem if a client does not speak HTTP, or is too slow. */
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
  // Close the socket, because a caller that does not hang up would occupy a connection.
  socket.destroySoon()
}

const REFUSALS: Readonly<Record<string, RexError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new RexError('DEADLINE_EXCEEDED', 'The request did not arrive in time.'),
  HPE_HEADER_OVERFLOW: new RexError('LIMIT_EXCEEDED', 'The head of the request is too long.', {
    path: 'headers',
  }),
}
