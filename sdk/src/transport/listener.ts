// Sockets that accept connections and hand over those of authenticated peers. docs/spec/delivery.md, "Connections"
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
import { describeSystemError } from '../core/system-error.ts'
import { formatAddress, networkOf, parseAddress } from './address.ts'
import { createHandshakes, type Handshakes, type KnownNetworks } from './handshakes.ts'
import type { ListenerLimits } from './limits.ts'
import { ALPN, contextOptions, type TlsIdentity } from './tls.ts'

const OWNER_ONLY = 0o600
/** Size of `sun_path`, including its terminator: 108 on Linux, 104 on macOS and BSD. */
const MAX_SOCKET_PATH = (process.platform === 'linux' ? 108 : 104) - 1

/** Settings of a TLS listener. */
export interface TlsListenerOptions {
  readonly identity: TlsIdentity
  /** Whether the server requests a client certificate. */
  readonly askCertificate: boolean
  readonly limits: ListenerLimits
  /** Networks of peers. */
  readonly networks: KnownNetworks
  /** Takes over a connection and returns the organisation of its peer. An error closes the connection. */
  accept(socket: TLSSocket): string | undefined
  /** Called with the reason why a connection was refused. */
  onRefusal(error: unknown, remote: string): void
}

/** Settings of a listener on a local socket. */
export interface LocalListenerOptions {
  /** Takes over a connection. An error closes it. */
  accept(socket: Socket): void
  /** Called with the reason why a connection was refused. */
  onRefusal(error: unknown, remote: string): void
}

/** A listener that is not yet bound. */
export interface Listener {
  readonly server: Server
  /** Presents another certificate in new handshakes. @throws RexError CERTIFICATE_INVALID */
  setIdentity(identity: TlsIdentity): void
}

/** Creates a TLS listener. It accepts only connections that speak HTTP/2 and were not resumed (T-031, T-068, T-069). */
export function createTlsListener(options: TlsListenerOptions): Listener {
  const { limits, accept, onRefusal } = options
  const handshakes = createHandshakes(limits, options.networks)
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
      const organisation = accept(socket)
      if (organisation !== undefined)
        options.networks.prove(networkOf(socket.remoteAddress ?? ''), organisation)
    } catch (error) {
      onRefusal(error, remote)
      socket.destroy()
    }
  })
  const server = createNetServer(doorkeeper(tls, handshakes, limits.firstByteMs))
  server.maxConnections = limits.connections + 2 * limits.handshakes.atOnce
  return { server, setIdentity: (identity) => tls.setSecureContext(contextOptions(identity, [])) }
}

/**
 * Hands connections to the TLS server. Closes at once those over the limit of handshakes, and after `firstByteMs` those that stay silent.
 */
function doorkeeper(tls: TlsServer, handshakes: Handshakes, firstByteMs: number): (socket: Socket) => void {
  const ends = new Map<string, () => void>()
  const end = (remote: string) => {
    ends.get(remote)?.()
    ends.delete(remote)
  }
  tls.prependListener('secureConnection', (socket) => end(remoteOf(socket)))
  return (socket) => {
    socket.on('error', () => {})
    const remote = remoteOf(socket)
    const isSilent = () => socket.bytesRead === 0
    const leave = () => {
      end(remote)
      socket.destroy()
    }
    const begun = handshakes.begin({ address: socket.remoteAddress ?? '', isSilent, leave })
    if (!begun) {
      socket.destroy()
      return
    }
    const timer = setTimeout(() => isSilent() && leave(), firstByteMs)
    ends.set(remote, () => {
      clearTimeout(timer)
      begun()
    })
    socket.once('close', () => end(remote))
    tls.emit('connection', socket)
  }
}

function checkHandshake(socket: TLSSocket): void {
  if (socket.alpnProtocol !== ALPN) throw new RexError('UNAUTHENTICATED', 'The client does not speak HTTP/2.')
  if (socket.isSessionReused()) throw new RexError('UNAUTHENTICATED', 'The client resumed a session.')
}

/**
 * The TLS layer requests client certificates but does not verify them: its list of acceptable authorities would tell every stranger who is
 * paired with whom (T-074), and authorities of the same name could shadow each other. `accept` checks them against the pins before the
 * first byte of HTTP/2 is read.
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

/** Tracks the sockets of a listener, including those in a handshake; the returned function closes them all. */
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

/** Creates a listener for a local socket; file permissions decide who may open it. */
export function createLocalListener({ accept, onRefusal }: LocalListenerOptions): Listener {
  const server = createNetServer((socket) => {
    socket.on('error', () => socket.destroy())
    try {
      accept(socket)
    } catch (error) {
      onRefusal(error, 'local')
      socket.destroy()
    }
  })
  return { server, setIdentity() {} }
}

/** Address to listen on: `host:port`, port 0 for any free one; or the path of a local socket. */
export type ListenAddress = string | { readonly path: string }

/** Listens; returns the bound address. @throws RexError ADDRESS_IN_USE, MALFORMED, CONFIG_INVALID if the address is not of this machine */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  if (typeof address === 'string') {
    await bind(server, parseAddress(address, 'listen'))
    const bound = server.address() as AddressInfo
    return formatAddress({ host: bound.address, port: bound.port })
  }
  checkSocketPath(address.path)
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
  return new RexError('CONFIG_INVALID', `Cannot listen here: ${describeSystemError(cause)}`, {
    path: 'listen',
    cause,
    hint: BIND_HINTS[cause.code ?? ''] ?? 'Choose an address of this machine.',
  })
}

const BIND_HINTS: Readonly<Record<string, string>> = {
  EACCES:
    'For a port below 1024, give the service CAP_NET_BIND_SERVICE or choose a higher one; for a socket file, check who owns its directory.',
  EPERM: 'Check who owns the directory.',
  EROFS: 'Choose a directory on a file system that can be written.',
}

/** Checks that the path of a local socket fits the limit of the system. @throws RexError CONFIG_INVALID if it is too long */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes <= MAX_SOCKET_PATH) return
  throw new RexError(
    'CONFIG_INVALID',
    `The path of the socket ${path} is too long: ${bytes} bytes, and systems allow ${MAX_SOCKET_PATH}.`,
    { path, hint: 'Choose a directory with a shorter path.' },
  )
}

/** Checks that this machine has the address, and that no other program uses the port. @throws RexError ADDRESS_IN_USE, CONFIG_INVALID */
export async function checkAddress(address: string): Promise<void> {
  const server = createNetServer()
  await bind(server, parseAddress(address, 'listen')).catch((error) => {
    // Perhaps only the service has the right to bind a low port.
    if (error.cause?.code !== 'EACCES') throw error
  })
  if (server.listening) await new Promise((resolve) => server.close(resolve))
}

/** Removes the socket file of a dead process. @throws RexError ADDRESS_IN_USE if a process still answers on it */
async function removeStale(path: string): Promise<void> {
  const probe = connect({ path })
  const alive = await once(probe, 'connect').then(
    () => true,
    () => false,
  )
  probe.destroy()
  if (alive) throw new RexError('ADDRESS_IN_USE', 'Another process answers on this socket.')
  await rm(path, { force: true }).catch((cause) => {
    throw bindError(cause)
  })
}

function remoteOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return remoteAddress === '' ? 'unknown' : formatAddress({ host: remoteAddress, port: remotePort })
}
