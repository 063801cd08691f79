// The gRPC server: a TLS listener and the calls that arrive there. docs/spec/delivery.md, "Connections"
import { once } from 'node:events'
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket, TlsOptions } from 'node:tls'
import { createEvents, type Events } from '../events.ts'
import type { TlsIdentity } from '../tls/certificate.ts'
import { certificatePem, keyPem } from '../tls/keys.ts'
import {
  type CallEnd,
  framed,
  type Method,
  messagesOf,
  pathOf,
  type Service,
  trailersOf,
} from './messages.ts'

/** A call from which the server reads requests, and to which it writes answers. */
export interface ServerCall<Request, Response> {
  /** Returns the next request, or undefined if there are no more or the call was cut. */
  read(): Promise<Request | undefined>
  write(message: Response): void
  /** Ends the call. Default status: OK. */
  finish(end?: CallEnd): void
  /** Resets the stream without a status. */
  reset(): void
  /** Resolves when the call has ended, with or without a status. */
  readonly ended: Promise<void>
  /** The connection of the call. */
  readonly connection: ServedConnection
}

/** The value of a frame of type ALTSVC, which a client may ignore (RFC 7838). */
const ALTERNATIVE = `h2=":${'8'.repeat(16_000)}"`

/** A connection from a client. */
export interface ServedConnection {
  /** The client's certificate, DER. Undefined if the client presented none. */
  readonly certificate: Uint8Array | undefined
  cut(): void
  /** Sends at least this number of bytes in frames that the client did not request. */
  babble(bytes: number): void
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
}

/** A handler of one method. An exception ends the call with INTERNAL. */
export type Handler = (call: ServerCall<unknown, unknown>) => Promise<void>

/** Options of a listener. */
export interface Listen {
  readonly identity: TlsIdentity
  /** Authorities of the clients that may connect, DER. Empty: clients need no certificate, as at enrolment. */
  readonly clients: readonly Uint8Array[]
  /** Handlers by `:path`; see `serving`. */
  readonly handlers: ReadonlyMap<string, Handler>
  /** Default: 0, which means any free port. */
  readonly port?: number
  /** Answers a desk that asks why its connections are refused (REX-MBX-106). Default: no answer. */
  readonly why?: (certificate: Uint8Array | undefined) => string
  /** Deviations from a correct listener. */
  readonly tls?: TlsOptions
}

/** A running listener. */
export interface Listener {
  /** `host:port`. */
  readonly address: string
  /** Failed connections: the OpenSSL error of a handshake, or `no call` if the client disconnected before its first call. */
  readonly failures: Events<string>
  /** Pings of clients. */
  readonly pings: Events<void>
  /** Open connections. */
  readonly connections: ReadonlySet<ServedConnection>
  /** Sets the authorities of the clients that may connect from now on, DER. */
  trust(clients: readonly Uint8Array[]): void
  /** Presents another certificate to clients that connect from now on. */
  present(identity: TlsIdentity): void
  close(): Promise<void>
}

/** Makes the entry of a method for `handlers`. */
export function serving<Request, Response>(
  service: Service,
  method: Method<Request, Response>,
  handle: (call: ServerCall<Request, Response>) => Promise<void>,
): readonly [string, Handler] {
  const { requestType, responseType } = method
  const handler: Handler = async (call) => {
    await handle({
      ...call,
      async read() {
        const bytes = (await call.read()) as Uint8Array | undefined
        return bytes === undefined ? undefined : requestType.decode(bytes)
      },
      write: (message) => call.write(responseType.encode(message).finish()),
    })
  }
  return [pathOf(service, method), handler]
}

/** Starts a listener. */
export async function listen(options: Listen): Promise<Listener> {
  const { identity, clients, handlers, port = 0, why, tls } = options
  const leafOf = ({ key, certificate, authority }: TlsIdentity) => ({
    key: keyPem(key),
    cert: certificatePem(certificate) + certificatePem(authority),
    minVersion: 'TLSv1.3' as const,
  })
  let leaf = leafOf(identity)
  let trusted = clients.map(certificatePem)
  const server = createSecureServer({
    ...leaf,
    ca: trusted,
    requestCert: clients.length > 0,
    rejectUnauthorized: clients.length > 0,
    ALPNProtocols: ['h2', ...(why ? ['rex-why'] : [])],
    ...tls,
  })
  const failures = createEvents<string>('a client that breaks off')
  const pings = createEvents<void>('a ping of a client')
  const connections = new Map<ServerHttp2Session, ServedConnection>()
  const callers = new WeakSet<ServerHttp2Session>()
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', (error) => failures.add((error as NodeJS.ErrnoException).code ?? error.message))
  server.on('session', (session) => {
    session.on('ping', () => pings.add())
    connections.set(session, connectionOf(session))
    session.on('error', () => {})
    session.on('close', () => {
      if (!callers.has(session)) failures.add('no call')
      connections.delete(session)
    })
  })
  server.on('unknownProtocol', (socket: TLSSocket) => {
    socket.on('error', () => {})
    socket.end(why?.(socket.getPeerX509Certificate()?.raw) ?? '')
  })
  server.on('stream', (stream, headers) => {
    const connection = connections.get(stream.session as ServerHttp2Session)
    callers.add(stream.session as ServerHttp2Session)
    const handler = handlers.get(String(headers[':path']))
    if (connection === undefined) stream.destroy()
    else void serve(stream, { handler, connection })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures,
    pings,
    trust(allowed) {
      trusted = allowed.map(certificatePem)
      server.setSecureContext({ ...leaf, ca: trusted })
    },
    get connections() {
      return new Set(connections.values())
    },
    present(other) {
      leaf = leafOf(other)
      server.setSecureContext({ ...leaf, ca: trusted })
    },
    async close() {
      for (const connection of connections.values()) connection.cut()
      for (const socket of sockets) socket.destroy()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

function connectionOf(session: ServerHttp2Session): ServedConnection {
  const certificate = (session.socket as TLSSocket).getPeerX509Certificate()?.raw
  return {
    certificate,
    cut: () => session.destroy(),
    babble(bytes) {
      for (let sent = 0; sent < bytes && !session.destroyed; sent += ALTERNATIVE.length)
        session.altsvc(ALTERNATIVE, 'https://nowhere.example')
    },
    closed: new Promise((resolve) => session.once('close', resolve)),
  }
}

async function serve(
  stream: ServerHttp2Stream,
  { handler, connection }: { handler: Handler | undefined; connection: ServedConnection },
): Promise<void> {
  const requests = messagesOf(stream)
  const ended = new Promise<void>((resolve) => stream.once('close', resolve))
  stream.on('error', () => {})
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  let last: CallEnd = { status: 'OK', message: '' }
  stream.on('wantTrailers', () => stream.sendTrailers(trailersOf(last)))
  const finish = (end: CallEnd) => {
    last = end
    if (!stream.destroyed) stream.end()
  }
  if (handler === undefined) return finish({ status: 'UNIMPLEMENTED', message: '' })
  try {
    await handler({
      read: async () => (await requests.next().catch(() => undefined))?.value,
      write(message) {
        if (!stream.destroyed) stream.write(framed(message as Uint8Array))
      },
      finish: (end = last) => finish(end),
      reset: () => stream.close(2),
      ended,
      connection,
    })
  } catch (error) {
    finish({ status: 'INTERNAL', message: String(error) })
  }
}
