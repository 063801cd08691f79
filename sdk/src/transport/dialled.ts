// What a dialled server sends beside its answers, measured as a listener measures its peers. docs/spec/delivery.md, "Connections"
import type { Socket } from 'node:net'
import type { Channel, ChannelCredentials } from '@grpc/grpc-js'
import { RexError } from '../core/error.ts'
import { type Allowance, createAllowance } from './allowance.ts'
import { LISTENER_LIMITS } from './limits.ts'

const MEASURE_MS = 250
const watches = new WeakMap<Channel, (bytes: number) => void>()

/** The servers that are dialled, each by its organisation: what one has sent too much is remembered over its connections. */
export type ServerOverhead = Allowance

/** Makes the allowances: those of a listener for its peers. */
export function createServerOverhead(): ServerOverhead {
  const { overheadPerSecond, overheadBurst } = LISTENER_LIMITS
  return createAllowance({ perSecond: overheadPerSecond, burst: overheadBurst })
}

/** What watching needs. */
export interface WatchOptions {
  readonly organisation: string
  readonly overhead: ServerOverhead
  /** Told when the server was cut off. */
  readonly onOverhead: (error: RexError) => void
}

/** The connections of a channel. */
export interface DialledWatch {
  /** The credentials, with every connection that they secure measured. */
  readonly credentials: ChannelCredentials
  /** Counts the answers that are read from the channel as what was asked for. */
  counts(channel: Channel): void
}

/**
 * Watches a channel. A server that sends frames which do nothing, headers that are thrown away, or answers nobody takes is cut
 * off, and not connected to before its allowance recovers (T-063).
 */
export function watchDialled(credentials: ChannelCredentials, options: WatchOptions): DialledWatch {
  const { organisation, overhead, onOverhead } = options
  const open = new Map<Socket, number>()
  let read = 0
  const measure = () => {
    for (const [socket, bytes] of open) {
      overhead.spend(organisation, socket.bytesRead - bytes)
      open.set(socket, socket.bytesRead)
    }
    overhead.spend(organisation, -read)
    read = 0
  }
  const cutOff = () => {
    measure()
    if (overhead.admits(organisation)) return
    onOverhead(overheadExceeded())
    for (const socket of open.keys()) socket.destroy()
  }
  let timer: NodeJS.Timeout | undefined
  const watch = (socket: Socket) => {
    open.set(socket, 0)
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
  // grpc-js shows a channel's sockets nowhere else.
  credentials._createSecureConnector = (...given) => {
    const connector = create(...given)
    const connect = connector.connect.bind(connector)
    return Object.assign(connector, {
      async connect(socket: Socket) {
        if (!overhead.admits(organisation)) throw overheadExceeded()
        watch(socket)
        return connect(socket)
      },
    })
  }
  return { credentials, counts: (channel) => void watches.set(channel, (bytes) => (read += bytes)) }
}

/** An answer was read from a channel. */
export function answerRead(channel: Channel, bytes: number): void {
  watches.get(channel)?.(bytes)
}

/** Why a server is cut off, or not dialled yet. */
export function overheadExceeded(): RexError {
  return new RexError('QUOTA_EXCEEDED', 'The other side sends too much beside its answers.')
}
