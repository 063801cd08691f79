// Sockets that accept connections, and pass on those of authenticated peers. docs/spec/delivery.md, "Connections"
import { createServer as createNetServer, type Server, type Socket } from 'node:net'
import {
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
  type Server as TlsServer,
} from 'node:tls'
import { formatAddress } from '../../core/address.ts'
import { RexError } from '../../core/error.ts'
import type { ListenerLimits } from '../limits/limits.ts'
import { networkOf } from '../network/network.ts'
import { answerAdmitted, answerRefused, WHY } from '../network/refusal.ts'
import { ALPN, contextOptions, type TlsIdentity } from '../network/tls.ts'
import { createHandshakes, type Handshakes, type KnownNetworks } from './handshakes.ts'

/** Settings of a TLS listener. */
export interface TlsListenerOptions {
  readonly identity: TlsIdentity
  /** Whether the server requests a client certificate. */
  readonly askCertificate: boolean
  readonly limits: ListenerLimits
  /** Networks from which peers have connected. */
  readonly networks: KnownNetworks
  /** Takes over a connection and returns the organisation of its peer. An error closes the connection. */
  accept(socket: TLSSocket): string | undefined
  /** Returns the organisation of a peer that only asks whether it is refused. @throws RexError UNAUTHENTICATED with the refusal */
  judge(socket: TLSSocket): string | undefined
  /** Called with the reason why a connection was refused. */
  onRefusal(error: unknown, remote: string): void
}

/** Settings of a listener on a local socket. */
interface LocalListenerOptions {
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

/** Creates a TLS listener. It accepts only connections that use HTTP/2 and do not resume a session (T-031, T-068, T-069). */
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
      const organisation = asksWhy(socket) ? options.judge(socket) : accept(socket)
      if (organisation !== undefined)
        options.networks.prove(networkOf(socket.remoteAddress ?? ''), organisation)
      if (asksWhy(socket)) answerAdmitted(socket)
    } catch (error) {
      onRefusal(error, remote)
      if (asksWhy(socket)) answerRefused(socket, error)
      else socket.destroy()
    }
  })
  const server = createNetServer(doorkeeper(tls, handshakes, limits.firstByteMs))
  server.maxConnections = limits.connections + 2 * limits.handshakes.atOnce
  return { server, setIdentity: (identity) => tls.setSecureContext(contextOptions(identity, [])) }
}

/**
 * Passes connections to the TLS server. Immediately closes connections above the handshake limit, and closes silent connections after `firstByteMs`.
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

/** Whether the client only asks why it is refused. Such a client does not use HTTP/2 and sends nothing. */
function asksWhy(socket: TLSSocket): boolean {
  return socket.alpnProtocol === WHY
}

function checkHandshake(socket: TLSSocket): void {
  if (socket.alpnProtocol !== ALPN && !asksWhy(socket))
    throw new RexError('UNAUTHENTICATED', 'The client does not speak HTTP/2.')
  if (socket.isSessionReused()) throw new RexError('UNAUTHENTICATED', 'The client resumed a session.')
}

/**
 * Returns TLS options that request client certificates but do not verify them. A list of acceptable authorities would disclose to every client
 * which organisations are paired (T-074), and authorities of the same name could shadow each other. `accept` checks the certificates
 * against the pins before the first byte of HTTP/2 is read.
 */
function tlsOptions(options: TlsListenerOptions): TlsOptions {
  return {
    ...contextOptions(options.identity, []),
    requestCert: options.askCertificate,
    rejectUnauthorized: false,
    ALPNProtocols: options.askCertificate ? [ALPN, WHY] : [ALPN],
    handshakeTimeout: options.limits.handshakeMs,
    noDelay: true,
  }
}

/** Tracks the sockets of a listener, even during the handshake. Returns a function that closes them all. */
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

/** Creates a listener on a local socket. File permissions decide who may open it. */
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

function remoteOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return remoteAddress === '' ? 'unknown' : formatAddress({ host: remoteAddress, port: remotePort })
}
