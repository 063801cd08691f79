// Sockets that accept connections and hand over those that proved who they are. docs/spec/delivery.md, "Connections"
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import {
  type AddressInfo,
  connect,
  createServer as createNetServer,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net'
import {
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
  type Server as TlsServer,
} from 'node:tls'
import { RexError } from '../core/error.ts'
import { formatAddress, parseAddress } from './address.ts'
import { createHandshakes, type Handshakes } from './handshakes.ts'
import type { ListenerLimits } from './limits.ts'
import { ALPN, contextOptions, type TlsIdentity } from './tls.ts'

const OWNER_ONLY = 0o600

/** What a TLS listener needs. */
export interface TlsListenerOptions {
  readonly identity: TlsIdentity
  /** Whether clients are asked for a certificate. */
  readonly askCertificate: boolean
  readonly limits: ListenerLimits
  /** Takes over a connection; what it throws closes the connection. */
  accept(socket: TLSSocket): void
  /** Told why a connection was not taken. */
  onRefusal(error: unknown, remote: string): void
}

/** A listener that does not listen yet. */
export interface Listener {
  readonly server: Server
  /** Presents another certificate in new handshakes. @throws RexError CERTIFICATE_INVALID */
  setIdentity(identity: TlsIdentity): void
}

/** Makes a TLS listener. It only takes connections that speak HTTP/2 and were not resumed (T-031, T-068, T-069). */
export function createTlsListener(options: TlsListenerOptions): Listener {
  const { limits, accept, onRefusal } = options
  const handshakes = createHandshakes(limits)
  const tls = createTlsServer(tlsOptions(options))
  tls.on('tlsClientError', (error, socket) => {
    onRefusal(error, remoteOf(socket))
    socket.destroy()
  })
  tls.on('secureConnection', (socket) => {
    const remote = remoteOf(socket)
    socket.on('error', () => socket.destroy())
    try {
      checkHandshake(socket)
      accept(socket)
      if (options.askCertificate) handshakes.prove(socket.remoteAddress ?? '')
    } catch (error) {
      onRefusal(error, remote)
      socket.destroy()
    }
  })
  const server = createNetServer(doorkeeper(tls, handshakes))
  server.maxConnections = limits.connections
  return { server, setIdentity: (identity) => tls.setSecureContext(contextOptions(identity, [])) }
}

/** Hands connections to the TLS server, and closes at once those whose handshakes would be too many. */
function doorkeeper(tls: TlsServer, handshakes: Handshakes): (socket: Socket) => void {
  const ends = new Map<string, () => void>()
  const end = (remote: string) => {
    ends.get(remote)?.()
    ends.delete(remote)
  }
  tls.prependListener('secureConnection', (socket) => end(remoteOf(socket)))
  return (socket) => {
    socket.on('error', () => {})
    const remote = remoteOf(socket)
    const begun = handshakes.begin(socket.remoteAddress ?? '')
    if (!begun) {
      socket.destroy()
      return
    }
    ends.set(remote, begun)
    socket.once('close', () => end(remote))
    tls.emit('connection', socket)
  }
}

function checkHandshake(socket: TLSSocket): void {
  if (socket.alpnProtocol !== ALPN) throw new RexError('UNAUTHENTICATED', 'The client does not speak HTTP/2.')
  if (socket.isSessionReused()) throw new RexError('UNAUTHENTICATED', 'The client resumed a session.')
}

/**
 * Client certificates are asked for but not checked by the TLS layer: its list of acceptable authorities would tell
 * every stranger who is paired with whom (T-074), and authorities of the same name could shadow each other. `accept`
 * checks them against the pins before the first byte of HTTP/2 is read.
 */
function tlsOptions(options: TlsListenerOptions): TlsOptions {
  return {
    ...contextOptions(options.identity, []),
    requestCert: options.askCertificate,
    rejectUnauthorized: false,
    ALPNProtocols: [ALPN],
    handshakeTimeout: options.limits.handshakeMs,
    noDelay: true,
  }
}

/** Remembers the sockets of a listener, handshakes included; the function closes them all. */
export function trackSockets(server: Server): () => void {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

/** Makes a listener for a local socket; who may open it is a matter of file permissions. */
export function createLocalListener(accept: (socket: Socket) => void): Listener {
  const server = createNetServer((socket) => {
    socket.on('error', () => socket.destroy())
    accept(socket)
  })
  return { server, setIdentity() {} }
}

/** Where to listen: `host:port`, port 0 for any free one; or the path of a local socket. */
export type ListenAddress = string | { readonly path: string }

/** Listens; the address bound. @throws RexError ADDRESS_IN_USE, MALFORMED, CONFIG_INVALID if the address is not of this machine */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  if (typeof address === 'string') {
    await bind(server, parseAddress(address, 'listen'))
    const bound = server.address() as AddressInfo
    return formatAddress({ host: bound.address, port: bound.port })
  }
  await removeStale(address.path)
  await bind(server, address)
  await chmod(address.path, OWNER_ONLY)
  return address.path
}

function bind(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => reject(bindError(cause))
    server.once('error', onError)
    server.listen(options, () => {
      server.off('error', onError)
      server.on('error', () => {})
      resolve()
    })
  })
}

function bindError(cause: NodeJS.ErrnoException): RexError {
  if (cause.code === 'EADDRINUSE') return new RexError('ADDRESS_IN_USE', 'The address is in use.', { cause })
  return new RexError('CONFIG_INVALID', `Cannot listen on this address (${cause.code}).`, {
    path: 'listen',
    cause,
  })
}

/** Removes the socket file of a process that is gone. @throws RexError ADDRESS_IN_USE if one still answers */
async function removeStale(path: string): Promise<void> {
  const probe = connect({ path })
  const alive = await once(probe, 'connect').then(
    () => true,
    () => false,
  )
  probe.destroy()
  if (alive) throw new RexError('ADDRESS_IN_USE', 'Another process answers on this socket.')
  await rm(path, { force: true })
}

function remoteOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return remoteAddress === '' ? 'unknown' : formatAddress({ host: remoteAddress, port: remotePort })
}
