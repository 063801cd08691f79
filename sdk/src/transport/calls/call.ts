// One incoming call from its first to its last byte: caller, deadline, cancellation and errors. docs/spec/delivery.md, "Calls"
import { Buffer } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerUnaryCall,
} from '@grpc/grpc-js'
import { type Codec, decodeLoosely, encode, giveBack } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { type ListenerLimits, MESSAGE_BOUNDS } from '../limits/limits.ts'
import { BATCH_BYTES } from '../messages/batch.ts'
import { ERROR_TRAILER, renderError } from '../messages/status.ts'
import { networkOf } from '../network/network.ts'
import type { Peer } from '../network/peer.ts'
import type { CallContext, Service } from '../service/service.ts'

/** Maximum number of answers in a batch. The next batch is written only when the reader has read this one. */
const ANSWERS_AHEAD = 16

/** Abort reason for work on a call that was already answered. One shared instance, because it contains nothing about a single call. */
const ENDED = new RexError('CANCELLED', 'The call has ended.')

type Unary = ServerUnaryCall<Buffer, Buffer>
type Stream = ServerDuplexStream<Buffer, Buffer>

/** Dependencies of a call, provided by its server. */
export interface CallEnvironment {
  readonly limits: Pick<ListenerLimits, 'unaryMs' | 'streamMs'>
  readonly draining: AbortSignal
  /** Returns the peer of the call's TLS connection, or `undefined` on listeners without client certificates. @throws RexError UNAUTHENTICATED */
  identify(call: Unary | Stream): Peer | undefined
  /** Called for every message read. Returns the delay before the next message of the stream is read, in milliseconds. */
  onRead(peer: Peer, bytes: number): number
  /** Called with every error that is not a RexError, for the local log. */
  onFault(error: unknown): void
}

/** A handler with the codecs for its messages. */
interface BoundHandler {
  readonly handler: Service['handlers'][string]
  readonly requestType: Codec<unknown>
  readonly responseType: Codec<unknown>
}

/** Converts a unary handler to the form of grpc-js. */
export function serveUnary(
  bound: BoundHandler,
  environment: CallEnvironment,
): handleUnaryCall<Buffer, Buffer> {
  const { handler, responseType } = bound
  return (call, answer) => {
    const life = begin(call, environment, environment.limits.unaryMs)
    const work = life.run(async (context) => {
      const response = await handler(read(call.request, bound, { context, environment }).request, context)
      return encodeResponse(responseType, response)
    })
    Promise.race([life.over, work])
      .then(
        (response) => answer(null, response),
        (error) => answer(toStatus(error, environment)),
      )
      .finally(life.end)
  }
}

/** Converts a bidirectional streaming handler to the form of grpc-js. */
export function serveStream(
  bound: BoundHandler,
  environment: CallEnvironment,
): handleBidiStreamingCall<Buffer, Buffer> {
  const { handler, responseType } = bound
  return (call) => {
    const life = begin(call, environment, environment.limits.streamMs)
    const work = life.run(async (context) => {
      const responses = handler(requestsOf(call, bound, { context, environment }), context)
      await pump(responses, { call, responseType, signal: context.signal })
    })
    Promise.race([life.over, work])
      .then(
        () => call.end(),
        (error) => call.emit('error', toStatus(error, environment)),
      )
      .finally(life.end)
  }
}

interface Life {
  /** Rejects when the deadline passes or the caller disconnects. */
  readonly over: Promise<never>
  run<T>(handle: (context: CallContext) => T): Promise<T>
  end(): void
}

/**
 * Begins a call. The call lasts until it is answered or cancelled, but at most `limitMs`, even if the caller asks for a later
 * deadline (T-066).
 */
function begin(call: Unary | Stream, environment: CallEnvironment, limitMs: number): Life {
  const ending = new AbortController()
  const { promise: over, reject } = Promise.withResolvers<never>()
  const stop = (error: RexError) => {
    reject(error)
    ending.abort(error)
  }
  const timer = setTimeout(() => stop(new RexError('DEADLINE_EXCEEDED', 'The call took too long.')), limitMs)
  call.once('cancelled', () => stop(new RexError('CANCELLED', 'The caller is gone.')))
  over.catch(() => {})
  return {
    over,
    async run(handle) {
      const caller = environment.identify(call)
      return handle({
        caller,
        network: networkOfCall(call),
        signal: ending.signal,
        draining: environment.draining,
      })
    },
    end() {
      clearTimeout(timer)
      ending.abort(ENDED)
    },
  }
}

/** Returns the caller's network. grpc-js gives address and port as one string, without brackets. */
function networkOfCall(call: Unary | Stream): string {
  const peer = call.getPeer()
  return networkOf(peer.slice(0, Math.max(0, peer.lastIndexOf(':'))))
}

/** The call and the server for which a request is read. */
interface Reading {
  readonly context: CallContext
  readonly environment: CallEnvironment
}

async function* requestsOf(call: Stream, bound: BoundHandler, reading: Reading): AsyncGenerator<unknown> {
  const requests = call.iterator({ destroyOnReturn: false })
  try {
    for await (const bytes of requests) {
      const { request, waitMs } = read(bytes, bound, reading)
      yield request
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: reading.context.signal })
    }
  } catch (cause) {
    throw RexError.is(cause) ? cause : new RexError('CANCELLED', 'The caller is gone.', { cause })
  }
}

/** Writes the answers in batches, and waits after each batch until the reader has read it. */
async function pump(
  responses: AsyncIterable<unknown>,
  { call, responseType, signal }: { call: Stream; responseType: Codec<unknown>; signal: AbortSignal },
): Promise<void> {
  const ahead = { answers: 0, bytes: 0 }
  for await (const response of responses) {
    if (signal.aborted) return
    const bytes = encodeResponse(responseType, response)
    ahead.answers += 1
    ahead.bytes += bytes.length
    if (ahead.answers < ANSWERS_AHEAD && ahead.bytes < BATCH_BYTES) call.write(bytes, () => giveBack(bytes))
    else {
      await written(call, bytes, signal)
      Object.assign(ahead, { answers: 0, bytes: 0 })
    }
  }
}

/** Resolves when the reader has read this answer and all answers before it. */
function written(call: Stream, answer: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    call.write(answer, () => {
      signal.removeEventListener('abort', abort)
      giveBack(answer)
      resolve()
    })
  })
}

function read(
  bytes: Buffer,
  { requestType }: BoundHandler,
  { context, environment }: Reading,
): { readonly request: unknown; readonly waitMs: number } {
  const waitMs = context.caller ? environment.onRead(context.caller, bytes.length) : 0
  return { request: decodeLoosely(requestType, bytes, 'request', MESSAGE_BOUNDS.request), waitMs }
}

function encodeResponse(codec: Codec<unknown>, response: unknown): Buffer {
  const bytes = encode(codec, response)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function toStatus(error: unknown, environment: CallEnvironment): ServerErrorResponse {
  if (!RexError.is(error) || error.reason === 'INTERNAL') environment.onFault(error)
  const { code, details, trailer } = renderError(error)
  const metadata = new Metadata()
  metadata.set(ERROR_TRAILER, trailer)
  return Object.assign(new Error(details), { code, details, metadata })
}
