// The open connections of a server: the peer of each, and its cost. docs/spec/delivery.md, "Connections"
import type { Http2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { RexError } from '../../core/error.ts'
import { CONNECTION } from '../limits/limits.ts'
import { networkOf } from '../network/address.ts'
import type { Peer, PeerCheck } from '../network/peer.ts'
import { Budgets, type TrafficLimits } from './budgets.ts'

/** Property of a socket with the callback for its calls: node:http2 exposes the socket of a session only through a proxy. */
const CALL = Symbol('call')
const MEASURE_MS = 250
/** A live client pings each connection that has a call more often than this; a connection silent for longer may be dead (T-090). */
const SILENT_MS = CONNECTION.keepaliveMs + CONNECTION.keepaliveTimeoutMs

/** Limits that the register applies. */
interface ConnectionLimits extends TrafficLimits {
  readonly connections: number
  readonly connectionsPerPeer: number
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

/**
 * The open connections of a server. An owner that sends too much beside its messages is disconnected for as long as its budget needs to
 * recover (T-063). So is an owner that begins too many calls, whatever their outcome (T-135).
 */
export class Connections {
  readonly #limits: ConnectionLimits
  readonly #onRefusal: (error: RexError, owner: string) => void
  readonly #now: () => number
  readonly #budgets: Budgets
  readonly #open = new Map<Socket, Connection>()
  readonly #timer = setInterval(() => this.#cutOff(), MEASURE_MS).unref()

  /** `onRefusal` is called for each owner that is disconnected. `now` is monotonic, milliseconds. */
  constructor(
    limits: ConnectionLimits,
    onRefusal: (error: RexError, owner: string) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#limits = limits
    this.#onRefusal = onRefusal
    this.#now = now
    this.#budgets = new Budgets(limits)
  }

  /**
   * Registers a connection until it closes. @throws RexError QUOTA_EXCEEDED if its peer has too many connections, or recently sent too much
   */
  add(socket: Socket, peer: Peer | undefined): void {
    this.#measure()
    const owner = peer?.uri ?? networkOf(socket.remoteAddress ?? '')
    if (this.#budgets.isExceeded(owner)) throw tooMuch()
    if (!this.#hasPlace(owner)) throw new RexError('QUOTA_EXCEEDED', 'The peer has too many connections.')
    if (peer === undefined) this.#makeRoom()
    this.#budgets.connected(owner)
    this.#open.set(socket, { peer, owner, bytes: socket.bytesRead, heardMs: this.#now() })
    Reflect.set(socket, CALL, () => this.#call(socket, peer, owner))
    socket.once('close', () => {
      this.#measure()
      this.#open.delete(socket)
    })
  }

  /** Records a message read from the peer. Returns the delay before the next read, milliseconds. */
  read({ uri }: Peer, bytes: number): number {
    return this.#budgets.read(uri, bytes)
  }

  /** Records the start of a call. False: there are too many calls, and the connection is closed. */
  call({ socket }: Http2Session): boolean {
    return Reflect.get(socket, CALL)?.() === true
  }

  /** Closes the connections of peers that are no longer trusted. */
  recheck(check: PeerCheck): void {
    for (const [socket, { peer }] of this.#open) if (peer && !isAdmitted(peer, check)) socket.destroy()
  }

  /** Connected peers, one entry per connection. */
  peers(): Peer[] {
    return [...this.#open.values()].map(({ peer }) => peer).filter((peer) => peer !== undefined)
  }

  /** Stops measuring. */
  close(): void {
    clearInterval(this.#timer)
  }

  #call(socket: Socket, peer: Peer | undefined, owner: string): boolean {
    if (this.#budgets.begins(peer, owner)) return true
    this.#onRefusal(new RexError('QUOTA_EXCEEDED', 'Too many calls were begun.'), owner)
    socket.destroy()
    return false
  }

  #measure(): void {
    for (const [socket, connection] of this.#open) {
      if (socket.bytesRead > connection.bytes) connection.heardMs = this.#now()
      this.#budgets.received(connection.owner, socket.bytesRead - connection.bytes)
      connection.bytes = socket.bytesRead
    }
    this.#budgets.settle()
  }

  #cutOff(): void {
    this.#measure()
    for (const [socket, { owner }] of this.#open) {
      if (!this.#budgets.isExceeded(owner)) continue
      this.#onRefusal(tooMuch(), owner)
      socket.destroy()
    }
  }

  /** Whether the owner may have another connection. If necessary its longest-silent connection, which may be dead, makes room. */
  #hasPlace(owner: string): boolean {
    const own = [...this.#open].filter(([, other]) => other.owner === owner)
    if (own.length < this.#limits.connectionsPerPeer) return true
    const [silent] = own.sort(([, one], [, other]) => one.heardMs - other.heardMs)
    if (silent === undefined || this.#now() - silent[1].heardMs < SILENT_MS) return false
    this.#open.delete(silent[0])
    silent[0].destroy()
    return true
  }

  /** Closes the oldest connection of the network with the most connections without a certificate. */
  #makeRoom(): void {
    if (this.#open.size < this.#limits.connections) return
    const byOwner = Map.groupBy(this.#open, ([, { owner }]) => owner)
    const [most] = [...byOwner.values()].sort((one, other) => other.length - one.length)
    const [socket] = most?.[0] ?? []
    if (socket) this.#open.delete(socket)
    socket?.destroy()
  }
}

function tooMuch(): RexError {
  return new RexError('QUOTA_EXCEEDED', 'The peer sends too many bytes besides its messages.')
}

function isAdmitted(peer: Peer, check: PeerCheck): boolean {
  try {
    check.admit(peer.certificate.der)
    return true
  } catch {
    return false
  }
}
