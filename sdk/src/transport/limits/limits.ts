// Limits on connections and calls. docs/spec/errors.md, "Limits"
import { LIMITS } from '../../core/limits.ts'

/** Maximum size of a gRPC message in bytes. Large enough for an envelope, or a submission with the grants of all its recipients. */
export const MAX_MESSAGE = LIMITS.message

/**
 * Limits on the cost of decoding a message (REX-ENC-007). A submission to 64 recipients contains about 6 000 numbers; a list of peers contains 25 per
 * peer.
 */
export const MESSAGE_BOUNDS = {
  request: { bytes: MAX_MESSAGE, numbers: 8192 },
  response: { bytes: MAX_MESSAGE, numbers: 65_536 },
} as const

/** Maximum lifetime of a call, in milliseconds, whatever deadline the caller asks for (T-066). */
export const CALL_MS = { unary: 30_000, stream: 24 * 60 * 60_000 } as const

/**
 * Timeouts and ping interval of a connection: short enough for firewalls that drop idle connections, and to notice that the other end is gone
 * (ADR 15). Milliseconds.
 */
export const CONNECTION = { connectMs: 10_000, keepaliveMs: 10_000, keepaliveTimeoutMs: 20_000 } as const

/** A maximum number at the same time, and a maximum rate per second. The burst is the rate times five seconds. */
export interface Pace {
  readonly atOnce: number
  readonly perSecond: number
}

/** A rate per second and a burst. */
interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Limits of a listener. */
export interface ListenerLimits {
  /**
   * Maximum number of concurrent connections. If no client certificates are requested, a new connection replaces the oldest
   * connection of the network with the most connections.
   */
  readonly connections: number
  /** Maximum number of concurrent connections per certificate name, or per network if no certificate is requested. */
  readonly connectionsPerPeer: number
  /** Limit on the total of handshakes from all networks without a known peer. Further connections are closed immediately. */
  readonly handshakes: Pace
  /** Limit on the handshakes from one network, which is an IPv4 address or the first 64 bits of an IPv6 address. */
  readonly handshakesPerNetwork: Pace
  /** Maximum time from connecting to the first byte, milliseconds. */
  readonly firstByteMs: number
  /** Maximum time from the first byte to the end of the handshake, milliseconds. */
  readonly handshakeMs: number
  /** Time that every handshake gets, milliseconds. If a limit of handshakes is reached, a handshake that takes longer may be closed for a new one. */
  readonly handshakeLeastMs: number
  /** Maximum number of open calls per connection. */
  readonly streams: number
  /** Calls that a peer may begin. A connection that exceeds this is closed. */
  readonly calls: Rate
  /** Calls that all clients together may begin if no certificate is requested. */
  readonly callsOfStrangers: Rate
  /** Messages that a peer may send on streams. Messages above the rate are read later. */
  readonly messages: Rate
  /** Maximum size of an incoming message, bytes. */
  readonly messageBytes: number
  /** Maximum time from the first byte of a message to its last, milliseconds. */
  readonly messageMs: number
  /** Maximum total of partial messages on one connection, bytes. */
  readonly partialBytes: number
  /** Maximum time until the reader has read an answer, milliseconds. After that the call is ended. */
  readonly answerMs: number
  /** Maximum total of unread answers on one connection, bytes. Above that the call is ended. */
  readonly unreadBytes: number
  /**
   * Rate of a peer's overhead, which is all traffic other than messages that are read, in bytes per second. Above that its connections are closed.
   * Each new connection counts as 256 KiB.
   */
  readonly overheadPerSecond: number
  /** Burst of a peer's overhead, bytes. */
  readonly overheadBurst: number
  /**
   * TLS records of a peer, such as key updates, beyond those that its messages, calls and answers need. Above this rate its connections are closed.
   */
  readonly records: Rate
  /** Milliseconds after which a connection without calls is closed. */
  readonly idleMs: number
  /** Interval between pings, milliseconds. A connection that does not answer is closed. */
  readonly pingMs: number
  /** Timeout of a ping, milliseconds. */
  readonly pingTimeoutMs: number
  /** Maximum memory of one HTTP/2 session, megabytes. */
  readonly sessionMegabytes: number
  /** Maximum time for a unary request to arrive, and separately for its handler, milliseconds. */
  readonly unaryMs: number
  /** Maximum lifetime of a stream, milliseconds. */
  readonly streamMs: number
}

const MIB = 1024 * 1024

/** Default limits (T-063, T-065, T-066, T-070). Sizes are not multiples of the maximum message, so that a larger maximum does not allow a flood more memory (ADR 40). */
export const LISTENER_LIMITS: ListenerLimits = {
  connections: 2048,
  connectionsPerPeer: 8,
  handshakes: { atOnce: 64, perSecond: 40 },
  handshakesPerNetwork: { atOnce: 16, perSecond: 20 },
  firstByteMs: 2_000,
  handshakeMs: 10_000,
  handshakeLeastMs: 1_000,
  streams: 32,
  calls: { perSecond: 50, burst: 1000 },
  callsOfStrangers: { perSecond: 50, burst: 500 },
  messages: { perSecond: 10_000, burst: 20_000 },
  messageBytes: MAX_MESSAGE,
  messageMs: 120_000,
  partialBytes: 4 * MIB,
  answerMs: 120_000,
  unreadBytes: 16 * MIB,
  overheadPerSecond: MIB,
  overheadBurst: 32 * MIB,
  records: { perSecond: 200, burst: 4000 },
  idleMs: 5 * 60_000,
  pingMs: 60_000,
  pingTimeoutMs: 20_000,
  sessionMegabytes: 64,
  unaryMs: CALL_MS.unary,
  streamMs: CALL_MS.stream,
}
