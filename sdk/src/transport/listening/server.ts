// A gRPC server on its own sockets: peers are authenticated before HTTP/2 begins. docs/spec/delivery.md, "Connections"
import type { ServerHttp2Stream } from 'node:http2'
import type { Server as NetServer, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Server as GrpcServer, ServerCredentials, type ServerOptions } from '@grpc/grpc-js'
import { RexError } from '../../core/error.ts'
import { createArrivals } from '../calls/arrival.ts'
import { toGrpc } from '../calls/bind.ts'
import type { CallEnvironment } from '../calls/call.ts'
import { createDepartures } from '../calls/departure.ts'
import { guard, type Watches } from '../calls/guard.ts'
import { LISTENER_LIMITS, type ListenerLimits, MAX_MESSAGE } from '../limits/limits.ts'
import {
  authenticate,
  createPeerCheck,
  type Peer,
  type PeerCheck,
  type TrustedPeer,
} from '../network/peer.ts'
import { silenceGrpc } from '../network/silence.ts'
import type { TlsIdentity } from '../network/tls.ts'
import { health } from '../service/health.ts'
import type { Service } from '../service/service.ts'
import { Connections } from './connections.ts'
import { createKnownNetworks, type KnownNetworks } from './handshakes.ts'
import { type ListenAddress, listen } from './listen.ts'
import {
  createLocalListener,
  createTlsListener,
  type Listener,
  type TlsListenerOptions,
  trackSockets,
} from './listener.ts'

/** Settings of a server. */
export interface CreateServer {
  /** `host:port`, where port 0 means any free port, or `{ path }` of a local socket, which only its owner may open. */
  readonly listen: ListenAddress
  /** This server's certificate, with its authority. Required for `host:port`, which accepts only TLS; otherwise unused. */
  readonly identity?: TlsIdentity
  /** Peers that may connect with a client certificate. Undefined: no certificate is requested (enrolment, local socket). */
  readonly peers?: readonly TrustedPeer[]
  /** Services to offer, in addition to gRPC health. */
  readonly services: readonly Service[]
  /** Networks from which peers have connected. Default: those seen while the server runs. */
  readonly networks?: KnownNetworks
  /** Limits to override. Default: LISTENER_LIMITS. */
  readonly limits?: Partial<ListenerLimits>
  /** Clock, Unix milliseconds. Default: the system's. */
  readonly now?: () => number
  /** Called with the reason why a connection, or the authority of a peer, was refused. Default: nothing is called. */
  readonly onRefusal?: (error: unknown, remote: string) => void
  /** Called with faults in handlers; callers see only INTERNAL. Default: nothing is called. */
  readonly onFault?: (error: unknown) => void
}

/** A running server. */
export interface Server {
  /** The bound address. */
  readonly address: string
  /** Presents another certificate in new handshakes; open connections continue (T-071). @throws RexError CERTIFICATE_INVALID */
  setIdentity(identity: TlsIdentity): void
  /** Replaces the trusted peers. Connections of peers that are no longer trusted are closed immediately (T-031). */
  setPeers(peers: readonly TrustedPeer[]): void
  /** Returns the connected peers, one entry per connection. */
  connected(): readonly Peer[]
  /** Stops listening, answers health checks with NOT_SERVING, lets calls finish, and aborts unfinished calls after `drainMs` (default: 10 000 ms). */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

const DRAIN_MS = 10_000
/** Calls that a client may begin and reset: burst, and rate per second (T-063). */
const RESETS = { streamResetBurst: 128, streamResetRate: 32 }
const NO_CERTIFICATE = new Uint8Array()

/** Starts a server. @throws RexError ADDRESS_IN_USE, MALFORMED, CONFIG_INVALID, CERTIFICATE_INVALID */
export async function createServer(options: CreateServer): Promise<Server> {
  const limits = { ...LISTENER_LIMITS, ...options.limits }
  const { peers, onRefusal = () => {}, now = Date.now, networks = createKnownNetworks() } = options
  const draining = new AbortController()
  const check = peers && createPeerCheck(now)
  const connections = new Connections(limits, onRefusal)
  const watches = { arrivals: createArrivals(limits), departures: createDepartures(limits) }
  const grpc = createGrpc(options, {
    limits,
    check,
    watches,
    draining: draining.signal,
    connections,
  })
  const { injectConnection } = grpc.createConnectionInjector(ServerCredentials.createInsecure())
  const accept = (socket: Socket) => {
    const peer = check && authenticate(socket as TLSSocket, check)
    connections.add(socket, peer)
    injectConnection(socket)
    return peer?.organisation
  }
  const setPeers = (trusted: readonly TrustedPeer[]) => {
    if (!check) return
    for (const [{ organisation }, error] of check.replace(trusted)) onRefusal(error, organisation)
    connections.recheck(check)
  }
  setPeers(peers ?? [])
  const listener = createListener(options, {
    limits,
    networks,
    accept,
    judge: (socket) => check && authenticate(socket, check).organisation,
    onRefusal,
    askCertificate: check !== undefined,
  })
  const closeSockets = trackSockets(listener.server)
  return {
    address: await listen(listener.server, options.listen),
    setPeers,
    setIdentity: listener.setIdentity,
    connected: () => connections.peers(),
    async close({ drainMs = DRAIN_MS } = {}) {
      draining.abort()
      await drain({ listener: listener.server, grpc, closeSockets, drainMs })
      connections.close()
      watches.arrivals.close()
      watches.departures.close()
    },
  }
}

/** Creates a grpc-js server with the services. The caller of each call is the peer of its connection, as trusted when the call begins. */
function createGrpc(
  { services, onFault = () => {} }: CreateServer,
  base: Pick<CallEnvironment, 'draining'> & {
    readonly limits: ListenerLimits
    readonly connections: Connections
    readonly check: PeerCheck | undefined
    readonly watches: Watches
  },
): GrpcServer {
  silenceGrpc()
  const grpc = new GrpcServer(grpcOptions(base.limits, base.watches))
  // grpc-js passes these options on to node:http2, but offers no names for them.
  Object.assign(Reflect.get(grpc, 'commonServerOptions'), RESETS)
  countCalls(grpc, base.connections)
  const environment: CallEnvironment = {
    ...base,
    onRead: (peer, bytes) => base.connections.read(peer, bytes),
    identify: (call) => base.check?.admit(call.getAuthContext().sslPeerCertificate?.raw ?? NO_CERTIFICATE),
    onFault,
  }
  for (const service of [health(), ...services]) grpc.addService(...toGrpc(service, environment))
  return grpc
}

/** Counts calls where grpc-js begins every call, including calls of unknown methods. */
function countCalls(grpc: GrpcServer, connections: Connections): void {
  const begin = Reflect.get(grpc, '_streamHandler')
  const beginCounted = (interceptors: unknown, stream: ServerHttp2Stream, headers: unknown) => {
    stream.on('error', () => {})
    if (stream.session === undefined) return
    const isOver = () => stream.closed || stream.destroyed
    connections.call(stream.session, () => void (isOver() || begin.call(grpc, interceptors, stream, headers)))
  }
  Reflect.set(grpc, '_streamHandler', beginCounted)
}

function grpcOptions(limits: ListenerLimits, watches: Watches): ServerOptions {
  return {
    'grpc.enable_channelz': 0,
    'grpc.max_concurrent_streams': limits.streams,
    'grpc.max_send_message_length': MAX_MESSAGE,
    'grpc.max_receive_message_length': limits.messageBytes,
    'grpc.keepalive_time_ms': limits.pingMs,
    'grpc.keepalive_timeout_ms': limits.pingTimeoutMs,
    'grpc.max_connection_idle_ms': limits.idleMs,
    'grpc-node.max_session_memory': limits.sessionMegabytes,
    interceptors: [guard(limits.unaryMs, watches)],
  }
}

function createListener(
  { listen, identity }: CreateServer,
  options: Omit<TlsListenerOptions, 'identity' | 'accept'> & {
    readonly accept: (socket: Socket) => string | undefined
  },
): Listener {
  if (typeof listen !== 'string') return createLocalListener(options)
  if (!identity)
    throw new RexError('CONFIG_INVALID', 'A network listener needs a certificate.', { path: 'identity' })
  return createTlsListener({ ...options, identity })
}

async function drain(parts: {
  readonly listener: NetServer
  readonly grpc: GrpcServer
  readonly closeSockets: () => void
  readonly drainMs: number
}): Promise<void> {
  const { listener, grpc, closeSockets, drainMs } = parts
  const stopped = new Promise<void>((resolve) => listener.close(() => resolve()))
  const timer = setTimeout(closeSockets, drainMs)
  await new Promise<void>((resolve) => grpc.tryShutdown(() => resolve()))
  clearTimeout(timer)
  closeSockets()
  await stopped
}
