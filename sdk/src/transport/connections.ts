// The open connections of a server, and whom each one speaks for. docs/spec/delivery.md, "Connections"
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { RexError } from '../core/error.ts'
import type { Peer, PeerCheck } from './peer.ts'

/** The open connections of a server. */
export interface Connections {
  /** Remembers a connection until it closes. @throws RexError QUOTA_EXCEEDED if its peer has too many */
  add(socket: Socket, peer: Peer | undefined): void
  /** Closes the connections of peers that are no longer admitted. */
  recheck(check: PeerCheck): void
  /** Peers connected now, once for each connection. */
  peers(): Peer[]
}

/** Makes the register; `perPeer` bounds the connections of one certificate name. */
export function createConnections(perPeer: number): Connections {
  const open = new Map<Socket, Peer | undefined>()
  const peers = () => [...open.values()].filter((peer) => peer !== undefined)
  return {
    peers,
    add(socket, peer) {
      if (peer && peers().filter(({ uri }) => uri === peer.uri).length >= perPeer) {
        throw new RexError('QUOTA_EXCEEDED', 'The peer has too many connections.')
      }
      open.set(socket, peer)
      socket.once('close', () => open.delete(socket))
    },
    recheck(check) {
      for (const [socket, peer] of open) if (peer && !isAdmitted(peer, check)) socket.destroy()
    },
  }
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
