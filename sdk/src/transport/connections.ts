// The open connections of a server: whom each one speaks for, and what it costs. docs/spec/delivery.md, "Connections"
import type { Http2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { RexError } from '../core/error.ts'
import { networkOf } from './address.ts'
import { createAllowance } from './allowance.ts'
import { CONNECTION } from './channel.ts'
import type { ListenerLimits } from './limits.ts'
import type { Peer, PeerCheck } from './peer.ts'

/** Where a socket keeps how it is told of its calls: node:http2 shows a session's socket through a proxy only. */
const CALL = Symbol('call')
const STRANGERS = ''
const MEASURE_MS = 250
/** A client that lives pings each connection with a call more often than this: whoever is silent for so long may be dead (T-090). */
const SILENT_MS = CONNECTION.keepaliveMs + CONNECTION.keepaliveTimeoutMs
/** What opening a connection costs its owner, in bytes: peers that are cut off for what they send come again. */
const CONNECTION_BYTES = 256 * 1024

/** The open connections of a server. */
export interface Connections {
  /** Remembers a connection until it closes. @throws RexError QUOTA_EXCEEDED if its peer has too many, or lately sent too much */
  add(socket: Socket, peer: Peer | undefined): void
  /** Notes that a message of the peer was read; how long to wait before the next one is, milliseconds. */
  read(peer: Peer, bytes: number): number
  /** Notes that a call begins. False: there are too many, and its connection is closed. */
  call(session: Http2Session): boolean
  /** Closes the connections of peers that are no longer admitted. */
  recheck(check: PeerCheck): void
  /** Peers connected now, once for each connection. */
  peers(): Peer[]
  /** Ends the measuring. */
  close(): void
}

interface Connection {
  readonly peer: Peer | undefined
  /** Whose it is: a certificate name, or a network. */
  readonly owner: string
  /** Bytes received when last measured. */
  bytes: number
  /** When something was last received, monotonic milliseconds. */
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
 * Makes the register. What arrives beside the messages that are read is measured, whatever it is: frames that do nothing,
 * headers that are thrown away, messages nobody takes. An owner that sends too much of it is cut off, for as long as its
 * allowance needs to recover (T-063). So is one that begins too many calls, whatever becomes of them (T-135). `onRefusal` is told whom that hits.
 * `now` is monotonic, milliseconds.
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
  /** Whether the owner has a place: if need be, that of its connection that was silent longest, which may be dead. */
  const hasPlace = (owner: string): boolean => {
    const own = [...open].filter(([, other]) => other.owner === owner)
    if (own.length < limits.connectionsPerPeer) return true
    const [silent] = own.sort(([, one], [, other]) => one.heardMs - other.heardMs)
    if (silent === undefined || now() - silent[1].heardMs < SILENT_MS) return false
    open.delete(silent[0])
    silent[0].destroy()
    return true
  }
  /** Among strangers the oldest connection of the network that has most goes first. */
  const makeRoom = () => {
    if (open.size < limits.connections) return
    const byOwner = Map.groupBy(open, ([, { owner }]) => owner)
    const [most] = [...byOwner.values()].sort((one, other) => other.length - one.length)
    const [socket] = most?.[0] ?? []
    if (socket) open.delete(socket)
    socket?.destroy()
  }
  /** Who has begun too many calls takes nothing of what is for all strangers together. */
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

/** The peer of a fresh TLS connection. @throws RexError UNAUTHENTICATED */
export function authenticate(socket: TLSSocket, check: PeerCheck): Peer {
  const leaf = socket.getPeerX509Certificate()
  if (!leaf) throw new RexError('UNAUTHENTICATED', 'The client sent no certificate.')
  const peer = check.admit(leaf.raw)
  // grpc-js shows the certificate of a call only where this is set, and Node sets it only for its own kind of check.
  socket.authorized = true
  // It asks for the certificate with every call, and Node reads all of it each time; a connection of TLS 1.3 keeps the one it has shown.
  Object.assign(socket, { getPeerCertificate: () => ({ raw: leaf.raw }) })
  return peer
}
