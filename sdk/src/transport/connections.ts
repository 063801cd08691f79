// The open connections of a server: whom each one speaks for, and what it costs. docs/spec/delivery.md, "Connections"
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { RexError } from '../core/error.ts'
import { networkOf } from './address.ts'
import { createAllowance } from './allowance.ts'
import type { ListenerLimits } from './limits.ts'
import type { Peer, PeerCheck } from './peer.ts'

const MEASURE_MS = 250
/** What opening a connection costs its owner, in bytes: peers that are cut off for what they send come again. */
const CONNECTION_BYTES = 256 * 1024

/** The open connections of a server. */
export interface Connections {
  /** Remembers a connection until it closes. @throws RexError QUOTA_EXCEEDED if its peer has too many, or lately sent too much */
  add(socket: Socket, peer: Peer | undefined): void
  /** Notes that a message of the peer was read. */
  read(peer: Peer, bytes: number): void
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
}

/**
 * Makes the register. What arrives beside the messages that are read is measured, whatever it is: frames that do nothing,
 * headers that are thrown away, messages nobody takes. An owner that sends too much of it is cut off, for as long as its
 * allowance needs to recover (T-063). `onRefusal` is told whom that hits.
 */
export function createConnections(
  limits: Pick<ListenerLimits, 'connectionsPerPeer' | 'overheadPerSecond' | 'overheadBurst'>,
  onRefusal: (error: RexError, owner: string) => void,
): Connections {
  const open = new Map<Socket, Connection>()
  const overhead = createAllowance({ perSecond: limits.overheadPerSecond, burst: limits.overheadBurst })
  const read = new Map<string, number>()
  const measure = () => {
    for (const [socket, connection] of open) {
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
  const timer = setInterval(cutOff, MEASURE_MS).unref()
  return {
    close: () => clearInterval(timer),
    peers: () => [...open.values()].map(({ peer }) => peer).filter((peer) => peer !== undefined),
    read: ({ uri }, bytes) => void read.set(uri, (read.get(uri) ?? 0) + bytes),
    add(socket, peer) {
      measure()
      const owner = peer?.uri ?? networkOf(socket.remoteAddress ?? '')
      if (!overhead.admits(owner)) throw tooMuch()
      if ([...open.values()].filter((other) => other.owner === owner).length >= limits.connectionsPerPeer)
        throw new RexError('QUOTA_EXCEEDED', 'The peer has too many connections.')
      overhead.spend(owner, CONNECTION_BYTES)
      open.set(socket, { peer, owner, bytes: socket.bytesRead })
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
  return peer
}
