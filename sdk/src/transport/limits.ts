// Limits of connections and calls. docs/spec/errors.md, "Limits"
import { LIMITS } from '../core/limits.ts'

/** Largest gRPC message, in bytes: an envelope, or a submission with the grants of all its recipients. */
export const MAX_MESSAGE = 2 * LIMITS.envelope

/** What decoding a message may cost (REX-ENC-007): a submission to 64 recipients takes about 6 000 numbers, a list of peers 25 for each. */
export const MESSAGE_BOUNDS = {
  request: { bytes: MAX_MESSAGE, numbers: 8192 },
  response: { bytes: MAX_MESSAGE, numbers: 65_536 },
} as const

/** Longest life of a call, in milliseconds, whatever the caller asks for (T-066). */
export const CALL_MS = { unary: 30_000, stream: 24 * 60 * 60_000 } as const

/** How many at a time, and how many in a second over time: five seconds' worth at once. */
export interface Pace {
  readonly atOnce: number
  readonly perSecond: number
}

/** How many in a second over time, and how many at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Limits of a listener. */
export interface ListenerLimits {
  /** Connections at a time. Where no certificate is asked for, the oldest of the network that has most makes room for another. */
  readonly connections: number
  /** Connections of one certificate name at a time; of one network, where no certificate is asked for. */
  readonly connectionsPerPeer: number
  /** Handshakes of all strangers together; further connections are closed at once. */
  readonly handshakes: Pace
  /** Handshakes from one network: an IPv4 address, or 64 bits of IPv6. */
  readonly handshakesPerNetwork: Pace
  /** From connecting to the first byte, milliseconds. */
  readonly firstByteMs: number
  /** From the first byte to the end of the handshake, milliseconds. */
  readonly handshakeMs: number
  /** Open calls on one connection. */
  readonly streams: number
  /** Calls that a peer may begin: in a second over time, and at once. The connection on which it begins more is closed. */
  readonly calls: Rate
  /** Calls that all strangers together may begin, where no certificate is asked for. */
  readonly callsOfStrangers: Rate
  /** Messages that a peer may send on streams. What comes beyond is read later. */
  readonly messages: Rate
  /** Largest message taken, bytes. */
  readonly messageBytes: number
  /** Longest time from the first byte of a message to its last, milliseconds. */
  readonly messageMs: number
  /** What may have arrived of messages that are not complete, on one connection, bytes. */
  readonly partialBytes: number
  /** Longest time until the reader has taken an answer, milliseconds; the call is ended beyond. */
  readonly answerMs: number
  /** Answers that their readers have not taken, on one connection, bytes; the call is ended beyond. */
  readonly unreadBytes: number
  /**
   * What a peer may send beside the messages that are read, bytes in a second over time; its connections are closed beyond.
   * Each connection that it opens counts as 256 KiB.
   */
  readonly overheadPerSecond: number
  /** What a peer may send beside the messages that are read, bytes at once. */
  readonly overheadBurst: number
  /** A connection without calls is closed after this many milliseconds. */
  readonly idleMs: number
  /** Pause between pings, milliseconds; a connection that answers none is closed. */
  readonly pingMs: number
  /** How long a ping may stay unanswered, milliseconds. */
  readonly pingTimeoutMs: number
  /** Memory of one HTTP/2 session, megabytes. */
  readonly sessionMegabytes: number
  /** Longest time for a single request to arrive, and again for its handler, milliseconds. */
  readonly unaryMs: number
  /** Longest life of a stream, milliseconds. */
  readonly streamMs: number
}

/** The limits that apply unless others are given (T-063, T-065, T-066, T-070). */
export const LISTENER_LIMITS: ListenerLimits = {
  connections: 2048,
  connectionsPerPeer: 8,
  handshakes: { atOnce: 64, perSecond: 40 },
  handshakesPerNetwork: { atOnce: 16, perSecond: 20 },
  firstByteMs: 2_000,
  handshakeMs: 10_000,
  streams: 32,
  calls: { perSecond: 50, burst: 1000 },
  callsOfStrangers: { perSecond: 50, burst: 500 },
  messages: { perSecond: 10_000, burst: 20_000 },
  messageBytes: MAX_MESSAGE,
  messageMs: 60_000,
  partialBytes: 2 * MAX_MESSAGE,
  answerMs: 60_000,
  unreadBytes: 8 * MAX_MESSAGE,
  overheadPerSecond: 1024 * 1024,
  overheadBurst: 16 * MAX_MESSAGE,
  idleMs: 5 * 60_000,
  pingMs: 60_000,
  pingTimeoutMs: 20_000,
  sessionMegabytes: 64,
  unaryMs: CALL_MS.unary,
  streamMs: CALL_MS.stream,
}
