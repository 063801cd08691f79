// The open connections of a server: the peer of each, and its cost. docs/spec/delivery.md, "Connections"
import type { Http2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { RexError } from '../core/error.ts'
import { networkOf } from './address.ts'
import { createAllowance } from './allowance.ts'
import { CONNECTION } from './channel.ts'
import type { ListenerLimits } from './limits.ts'
import type { Peer, PeerCheck } from './peer.ts'

/** Property of a socket with the callback for its calls: node:http2 exposes the socket of a session only through a proxy. */
const CALL = Symbol('call')
const STRANGERS = ''
const MEASURE_MS = 250
/** A live client pings each connection that has a call more often than this; a connection silent for longer may be dead (T-090). */
const SILENT_MS = CONNECTION.keepaliveMs + CONNECTION.keepaliveTimeoutMs
/** Cost of opening a connection, in bytes, charged to its owner: peers that were disconnected for their traffic reconnect. */
const CONNECTION_BYTES = 256 * 1024

/** The open connections of a server. */
export interface Connections {
  /**
   * Registers a connection until it closes. @throws RexError QUOTA_EXCEEDED if its peer has too many connections, or recently sent too much
   */
  add(socket: Socket, peer: Peer | undefined): void
  /** Records a message read from the peer. Returns the delay before the next read, milliseconds. */
  read(peer: Peer, bytes: number): number
  /** Records the start of a call. False: there are too many calls, and the connection is closed. */
  call(session: Http2Session): boolean
  /** Closes the connections of peers that are no longer trusted. */
  recheck(check: PeerCheck): void
  /** Connected peers, one entry per connection. */
  peers(): Peer[]
  /** Stops measuring. */
  close(): void
}

interface Connection {
  readonly peer: Peer | undefined
  /** Owner of the connection: a certificate name, or a network. */
  readonly owner: string
  /** Bytes received at the last measurement. */
  bytes: number
  /** Time of the last received bytes, monotonic milliseconds. */
  heardMs: number
}

type ConnectionLimits = Pick<
  ListenerLimits,
  | 'connections'
  | 'connectionsPerPeer'
  | 'overheadPerSecond'
  | 'overheadBurst'
  | 'calls'
  | 'callsOfStrangers'
  | 'messages'
>

/**
 * Creates the register. It measures all traffic other than the messages that are read: frames without effect, discarded headers, messages
 * that no handler takes. An owner that sends too much of it is disconnected for as long as its allowance needs to recover (T-063). So is an
 * owner that begins too many calls, whatever their outcome (T-135). `onRefusal` is called for each of these. `now` is monotonic,
 * milliseconds.
 */
export function createConnections(
  limits: ConnectionLimits,
  onRefusal: (error: RexError, owner: string) => void,
  now: () => number = () => performance.now(),
): Connections {
  const open = new Map<Socket, Connection>()
  const overhead = createAllowance({ perSecond: limits.overheadPerSecond, burst: limits.overheadBurst })
  const calls = createAllowance(limits.calls)
  const callsOfStrangers = createAllowance(limits.callsOfStrangers)
  const messages = createAllowance(limits.messages)
  const read = new Map<string, number>()
  const measure = () => {
    for (const [socket, connection] of open) {
      if (socket.bytesRead > connection.bytes) connection.heardMs = now()
      overhead.spend(connection.owner, socket.bytesRead - connection.bytes)
      connection.bytes = socket.bytesRead
    }
    for (const [owner, bytes] of read) overhead.spend(owner, -bytes)
    read.clear()
  }
  const cutOff = () => {
    measure()
    for (const [socket, { owner }] of open) {
      if (overhead.admits(owner)) continue
      onRefusal(tooMuch(), owner)
      socket.destroy()
    }
  }
  /** Whether the owner may have another connection. If necessary its longest-silent connection, which may be dead, makes room. */
  const hasPlace = (owner: string): boolean => {
    const own = [...open].filter(([, other]) => other.owner === owner)
    if (own.length < limits.connectionsPerPeer) return true
    const [silent] = own.sort(([, one], [, other]) => one.heardMs - other.heardMs)
    if (silent === undefined || now() - silent[1].heardMs < SILENT_MS) return false
    open.delete(silent[0])
    silent[0].destroy()
    return true
  }
  /** Closes the oldest connection of the network with the most connections without a certificate. */
  const makeRoom = () => {
    if (open.size < limits.connections) return
    const byOwner = Map.groupBy(open, ([, { owner }]) => owner)
    const [most] = [...byOwner.values()].sort((one, other) => other.length - one.length)
    const [socket] = most?.[0] ?? []
    if (socket) open.delete(socket)
    socket?.destroy()
  }
  /** An owner over its own call limit uses up nothing of the limit shared by all strangers. */
  const begins = (peer: Peer | undefined, owner: string): boolean => {
    calls.spend(owner, 1)
    if (!calls.admits(owner)) return false
    if (peer === undefined) callsOfStrangers.spend(STRANGERS, 1)
    return peer !== undefined || callsOfStrangers.admits(STRANGERS)
  }
  const timer = setInterval(cutOff, MEASURE_MS).unref()
  return {
    close: () => clearInterval(timer),
    peers: () => [...open.values()].map(({ peer }) => peer).filter((peer) => peer !== undefined),
    read({ uri }, bytes) {
      read.set(uri, (read.get(uri) ?? 0) + bytes)
      messages.spend(uri, 1)
      return messages.waitMs(uri)
    },
    call: ({ socket }) => Reflect.get(socket, CALL)?.() === true,
    add(socket, peer) {
      measure()
      const owner = peer?.uri ?? networkOf(socket.remoteAddress ?? '')
      if (!overhead.admits(owner)) throw tooMuch()
      if (!hasPlace(owner)) throw new RexError('QUOTA_EXCEEDED', 'The peer has too many connections.')
      if (peer === undefined) makeRoom()
      overhead.spend(owner, CONNECTION_BYTES)
      open.set(socket, { peer, owner, bytes: socket.bytesRead, heardMs: now() })
      Reflect.set(socket, CALL, () => {
        if (begins(peer, owner)) return true
        onRefusal(new RexError('QUOTA_EXCEEDED', 'Too many calls were begun.'), owner)
        socket.destroy()
        return false
      })
      socket.once('close', () => {
        measure()
        open.delete(socket)
      })
    },
    recheck(check) {
      for (const [socket, { peer }] of open) if (peer && !isAdmitted(peer, check)) socket.destroy()
    },
  }
}

function tooMuch(): RexError {
  return new RexError('QUOTA_EXCEEDED', 'The peer sends too much beside its messages.')
}

function isAdmitted(peer: Peer, check: PeerCheck): boolean {
  try {
    check.admit(peer.certificate.der)
    return true
  } catch {
    return false
  }
}

/** The peer of a new TLS connection. @throws RexError UNAUTHENTICATED */
export function authenticate(socket: TLSSocket, check: PeerCheck): Peer {
  const leaf = socket.getPeerX509Certificate()
  if (!leaf) throw new RexError('UNAUTHENTICATED', 'The client sent no certificate.')
  const peer = check.admit(leaf.raw)
  // grpc-js exposes the certificate of a call only where this is set, and Node sets it only after its own verification.
  socket.authorized = true
  // grpc-js asks for the certificate on every call, and Node parses it anew each time. It cannot change during a TLS 1.3 connection.
  Object.assign(socket, { getPeerCertificate: () => ({ raw: leaf.raw }) })
  return peer
}
