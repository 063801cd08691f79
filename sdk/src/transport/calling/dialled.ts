// Measures the unsolicited traffic of a server that this process dialled, as a listener does for its peers. docs/spec/delivery.md, "Connections"
import type { Socket } from 'node:net'
import type { Channel, ChannelCredentials } from '@grpc/grpc-js'
import { RexError } from '../../core/error.ts'
import { difference, NONE, Overhead, type Traffic } from '../limits/allowance.ts'
import { LISTENER_LIMITS } from '../limits/limits.ts'
import { extraRecordsRead, recordsOf } from '../network/records.ts'

const MEASURE_MS = 250
const watches = new WeakMap<Channel, (bytes: number) => void>()

/** Budgets of dialled servers, by organisation. They outlive channels and connections, so a reconnect does not reset them (REX-DLV-109). */
export type ServerOverhead = Overhead

/** Creates budgets with the limits that a listener applies to its peers. `now` is monotonic, milliseconds. */
export function createServerOverhead(now?: () => number): ServerOverhead {
  return new Overhead(LISTENER_LIMITS, now)
}

/** Dependencies of `watchDialled`. */
interface WatchOptions {
  readonly organisation: string
  readonly overhead: ServerOverhead
  /** Opens a tunnel through the proxy to which a connection leads. Default: connections lead to the server. */
  readonly tunnel?: ((socket: Socket) => Promise<unknown>) | undefined
  /** Called when this side has disconnected the server because it sent too much. */
  readonly onOverhead: (error: RexError) => void
}

/** The watched connections of a channel. */
interface DialledWatch {
  /** Credentials that measure every connection secured with them. */
  readonly credentials: ChannelCredentials
  /** Registers the channel, so that the answers read from it count as requested traffic. */
  counts(channel: Channel): void
}

/**
 * Watches a channel. Disconnects a server that sends frames without effect, discarded headers, or answers that are not read.
 * Does not dial the server again until its budget has recovered (T-063).
 */
export function watchDialled(credentials: ChannelCredentials, options: WatchOptions): DialledWatch {
  const { organisation, overhead, tunnel, onOverhead } = options
  const open = new Map<Socket, Seen>()
  let read = NONE
  const measure = () => {
    for (const [socket, seen] of open) {
      const now = seenOf(socket, seen.secured)
      overhead.spend(organisation, difference(now, seen))
      open.set(socket, now)
    }
    overhead.spend(organisation, difference(NONE, read))
    read = NONE
  }
  const cutOff = () => {
    measure()
    if (overhead.admits(organisation)) return
    onOverhead(overheadExceeded())
    for (const socket of open.keys()) socket.destroy()
  }
  let timer: NodeJS.Timeout | undefined
  const watch = (socket: Socket) => {
    open.set(socket, NONE)
    timer ??= setInterval(cutOff, MEASURE_MS).unref()
    socket.once('close', () => {
      measure()
      open.delete(socket)
      if (open.size > 0) return
      clearInterval(timer)
      timer = undefined
    })
  }
  const create: ChannelCredentials['_createSecureConnector'] =
    credentials._createSecureConnector.bind(credentials)
  // Hook the connector, because grpc-js exposes the sockets of a channel nowhere else. Its own tunnels leave the connection of a refused request
  // open, and a reset of this connection would end the process.
  credentials._createSecureConnector = (...given) => {
    const connector = create(...given)
    const connect = connector.connect.bind(connector)
    return Object.assign(connector, {
      async connect(socket: Socket) {
        if (!overhead.admits(organisation)) throw overheadExceeded()
        await tunnel?.(socket)
        watch(socket)
        const connected = await connect(socket)
        // A TLS error leaves the socket open. Destroy the socket, because a write in progress would otherwise keep the HTTP/2 session and the channel
        // open forever.
        connected.socket.on('error', () => connected.socket.destroy())
        if (open.has(socket)) open.set(socket, seenOf(socket, connected.socket))
        return connected
      },
    })
  }
  return {
    credentials,
    counts: (channel) =>
      void watches.set(channel, (bytes) => {
        read = { bytes: read.bytes + bytes, records: read.records + recordsOf(bytes) }
      }),
  }
}

/** Traffic of a connection so far. */
interface Seen extends Traffic {
  /** The connection with TLS. Absent until its handshake is finished. */
  readonly secured?: Socket | undefined
}

function seenOf(socket: Socket, secured: Socket | undefined): Seen {
  return { bytes: socket.bytesRead, records: secured ? extraRecordsRead(secured) : 0, secured }
}

/** Records that an answer of this size was read from a channel. */
export function answerRead(channel: Channel, bytes: number): void {
  watches.get(channel)?.(bytes)
}

/** Returns the error for a server that was disconnected because it sent too much, or is not dialled again until its budget has recovered. */
export function overheadExceeded(): RexError {
  return new RexError('QUOTA_EXCEEDED', 'The other side sends too many bytes besides its answers.')
}
