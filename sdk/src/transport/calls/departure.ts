// Sends the answers of a call, within size and time limits that grpc-js does not have. docs/spec/delivery.md, "Calls"
import type { Buffer } from 'node:buffer'
import { type Http2Session, constants as http2, type ServerHttp2Stream } from 'node:http2'
import type { ServerInterceptingCallInterface } from '@grpc/grpc-js'
import type { ListenerLimits } from '../limits/limits.ts'
import { notePassed } from '../limits/traffic.ts'

const TICKS = 8

/** Enforces the limits on answers that clients have not read yet. */
export interface Departures {
  /** Watches the answers of a call. Ends the call if an answer is not read in time, or if too many bytes wait on its connection. */
  watch(call: ServerInterceptingCallInterface): void
  /** Stops watching. */
  close(): void
}

type DepartureLimits = Pick<ListenerLimits, 'answerMs' | 'unreadBytes'>
type Written = (error?: Error | null) => void

/**
 * Creates the watch. If a client opens no HTTP/2 window, written answers stay in memory for as long as the call may last. Here each answer must be
 * read within `answerMs`, and the calls of a connection share `unreadBytes` (T-129).
 */
export function createDepartures(limits: DepartureLimits): Departures {
  const waiting = new Map<ServerHttp2Stream, number>()
  const unread = new WeakMap<Http2Session, number>()
  const end = (stream: ServerHttp2Stream) => stream.close(http2.NGHTTP2_ENHANCE_YOUR_CALM)
  const count = (session: Http2Session | undefined, bytes: number) => {
    const all = (session && unread.get(session)) ?? 0
    if (session) unread.set(session, all + bytes)
    return all + bytes
  }
  const timer = setInterval(() => {
    for (const [stream, ticks] of waiting) {
      if (ticks < TICKS) waiting.set(stream, ticks + 1)
      else end(stream)
    }
  }, limits.answerMs / TICKS).unref()

  /** Replaces the function with which grpc-js writes to the stream. */
  function watch(stream: ServerHttp2Stream): void {
    const { session } = stream
    const write = stream.write.bind(stream)
    let unwritten = 0
    const took = (bytes: number) => {
      const taken = Math.min(bytes, unwritten)
      unwritten -= taken
      count(session, -taken)
      if (unwritten > 0 && waiting.has(stream)) waiting.set(stream, 0)
      else waiting.delete(stream)
    }
    const writeWatched = (answer: Buffer, written: Written): boolean => {
      unwritten += answer.length
      if (!waiting.has(stream)) waiting.set(stream, 0)
      if (count(session, answer.length) > limits.unreadBytes) end(stream)
      return write(answer, (error) => {
        took(answer.length)
        notePassed(answer.length)
        written(error)
      })
    }
    Reflect.set(stream, 'write', writeWatched)
    stream.once('close', () => took(unwritten))
  }

  return {
    watch: (call) => watch(Reflect.get(call, 'stream')),
    close: () => clearInterval(timer),
  }
}
