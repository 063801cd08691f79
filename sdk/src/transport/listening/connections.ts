// The open connections of a server, each with its peer and its traffic. docs/spec/delivery.md, "Connections"
import type { Http2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { RexError } from '../../core/error.ts'
import { difference, type Traffic } from '../limits/allowance.ts'
import { CONNECTION } from '../limits/limits.ts'
import { Turns } from '../limits/turns.ts'
import { networkOf } from '../network/network.ts'
import type { Peer, PeerCheck } from '../network/peer.ts'
import { extraRecordsRead } from '../network/records.ts'
import { Budgets, STRANGERS, type TrafficLimits } from './budgets.ts'

/**
 * Key of the property of a socket in which the callback for the socket's calls is stored. A map by socket would not work, because node:http2 exposes
 * the socket of a session only through a proxy.
 */
const CALL = Symbol('call')
const MEASURE_MS = 250
/**
 * A connection that is silent for longer than this may be dead, because a live client sends pings at shorter intervals on every connection that has a
 * call (T-090).
 */
const SILENT_MS = CONNECTION.keepaliveMs + CONNECTION.keepaliveTimeoutMs

/** Maximum number of calls of a peer, or of all clients without a certificate, that begin in one turn of the event loop. */
const CALLS_PER_TURN = 2

/** Limits on connections and their traffic. */
interface ConnectionLimits extends TrafficLimits {
  readonly connections: number
  readonly connectionsPerPeer: number
}

interface Connection {
  readonly peer: Peer | undefined
  /** Owner of the connection: a certificate name, or a network. */
  readonly owner: string
  /** Traffic at the last measurement. */
  traffic: Traffic
  /** Time when bytes were last received, monotonic milliseconds. */
  heardMs: number
}

interface Call extends Pick<Connection, 'peer' | 'owner'> {
  readonly begin: () => void
}

/**
 * The open connections of a server. An owner that sends too much overhead is disconnected until its budget has recovered
 * (T-063). An owner that begins too many calls is also disconnected, whatever the outcome of the calls (T-135). Calls within
 * the limit take turns with the calls of other owners.
 */
export class Connections {
  readonly #limits: ConnectionLimits
  readonly #onRefusal: (error: RexError, owner: string) => void
  readonly #now: () => number
  readonly #budgets: Budgets
  readonly #turns = new Turns({ perKey: CALLS_PER_TURN })
  readonly #open = new Map<Socket, Connection>()
  readonly #timer = setInterval(() => this.#cutOff(), MEASURE_MS).unref()

  /** `onRefusal` is called for each disconnected owner. `now` is monotonic, milliseconds. */
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

  /** Registers a connection until it closes. @throws RexError QUOTA_EXCEEDED if its peer has too many connections or has recently sent too much */
  add(socket: Socket, peer: Peer | undefined): void {
    this.#measure()
    const owner = peer?.uri ?? networkOf(socket.remoteAddress ?? '')
    if (this.#budgets.isExceeded(owner)) throw tooMuch()
    if (!this.#hasPlace(owner)) throw new RexError('QUOTA_EXCEEDED', 'The peer has too many connections.')
    if (peer === undefined) this.#makeRoom()
    this.#budgets.connected(owner)
    this.#open.set(socket, { peer, owner, traffic: trafficOf(socket), heardMs: this.#now() })
    Reflect.set(socket, CALL, (begin: () => void) => this.#call(socket, { peer, owner, begin }))
    socket.once('close', () => {
      this.#measure()
      this.#open.delete(socket)
    })
  }

  /** Records a message read from the peer. Returns the delay before the next read, in milliseconds. */
  read({ uri }: Peer, bytes: number): number {
    return this.#budgets.read(uri, bytes)
  }

  /** Records a call, and begins the call when it is the turn of its peer. If there are too many calls, closes the connection instead. */
  call({ socket }: Http2Session, begin: () => void): void {
    Reflect.get(socket, CALL)?.(begin)
  }

  /** Closes the connections of peers that are no longer trusted. */
  recheck(check: PeerCheck): void {
    for (const [socket, { peer }] of this.#open) if (peer && !isAdmitted(peer, check)) socket.destroy()
  }

  /** Returns the connected peers, one entry per connection. */
  peers(): Peer[] {
    return [...this.#open.values()].map(({ peer }) => peer).filter((peer) => peer !== undefined)
  }

  /** Stops measuring. */
  close(): void {
    clearInterval(this.#timer)
  }

  #call(socket: Socket, { peer, owner, begin }: Call): void {
    if (this.#budgets.begins(peer, owner)) {
      this.#turns.run(peer?.uri ?? STRANGERS, begin)
      return
    }
    this.#onRefusal(new RexError('QUOTA_EXCEEDED', 'Too many calls were begun.'), owner)
    socket.destroy()
  }

  #measure(): void {
    for (const [socket, connection] of this.#open) {
      const [before, traffic] = [connection.traffic, trafficOf(socket)]
      if (traffic.bytes > before.bytes) connection.heardMs = this.#now()
      this.#budgets.arrived(connection.owner, difference(traffic, before))
      connection.traffic = traffic
    }
    this.#budgets.giveBackRead()
  }

  #cutOff(): void {
    this.#measure()
    for (const [socket, { owner }] of this.#open) {
      if (!this.#budgets.isExceeded(owner)) continue
      this.#onRefusal(tooMuch(), owner)
      socket.destroy()
    }
  }

  /** Whether the owner may have another connection. If necessary, closes its longest-silent connection, which may be dead. */
  #hasPlace(owner: string): boolean {
    const own = [...this.#open].filter(([, other]) => other.owner === owner)
    if (own.length < this.#limits.connectionsPerPeer) return true
    const [silent] = own.sort(([, one], [, other]) => one.heardMs - other.heardMs)
    if (silent === undefined || this.#now() - silent[1].heardMs < SILENT_MS) return false
    this.#open.delete(silent[0])
    silent[0].destroy()
    return true
  }

  /** Closes the oldest connection of the network that has the most connections without a certificate. */
  #makeRoom(): void {
    if (this.#open.size < this.#limits.connections) return
    const byOwner = Map.groupBy(this.#open, ([, { owner }]) => owner)
    const [most] = [...byOwner.values()].sort((one, other) => other.length - one.length)
    const [socket] = most?.[0] ?? []
    if (socket) this.#open.delete(socket)
    socket?.destroy()
  }
}

/** Returns all traffic that has arrived on a connection. */
function trafficOf(socket: Socket): Traffic {
  return { bytes: socket.bytesRead, records: extraRecordsRead(socket) }
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
