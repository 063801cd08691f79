// One incoming call from its first to its last byte: caller, deadline, cancellation, errors. docs/spec/delivery.md, "Calls"
import { once } from 'node:events'
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerUnaryCall,
} from '@grpc/grpc-js'
import { RexError } from '../core/error.ts'
import type { ListenerLimits } from './limits.ts'
import type { Peer } from './peer.ts'
import type { CallContext, Service } from './service.ts'
import { ERROR_TRAILER, renderError } from './status.ts'

type Unary = ServerUnaryCall<unknown, unknown>
type Stream = ServerDuplexStream<unknown, unknown>
type Handler = Service['handlers'][string]

/** What calls need from the server they arrive at. */
export interface CallEnvironment {
  readonly limits: Pick<ListenerLimits, 'unaryMs' | 'streamMs'>
  readonly draining: AbortSignal
  /** The peer of the call's TLS connection; `undefined` on listeners without client certificates. @throws RexError UNAUTHENTICATED */
  identify(call: Unary | Stream): Peer | undefined
  /** Told about everything thrown that was no RexError: for the log of this side. */
  onFault(error: unknown): void
}

/** grpc-js's form of a handler that gives one answer. */
export function serveUnary(
  handler: Handler,
  environment: CallEnvironment,
): handleUnaryCall<unknown, unknown> {
  return (call, answer) => {
    const life = begin(call, environment, environment.limits.unaryMs)
    Promise.race([life.over, life.run((context) => handler(whole(call.request), context))])
      .then(
        (response) => answer(null, response),
        (error) => answer(toStatus(error, environment)),
      )
      .finally(life.end)
  }
}

/** grpc-js's form of a handler that answers a stream with a stream. */
export function serveStream(
  handler: Handler,
  environment: CallEnvironment,
): handleBidiStreamingCall<unknown, unknown> {
  return (call) => {
    const life = begin(call, environment, environment.limits.streamMs)
    Promise.race([
      life.over,
      life.run((context) => pump(call, handler(requestsOf(call), context), context.signal)),
    ])
      .then(
        () => call.end(),
        (error) => call.emit('error', toStatus(error, environment)),
      )
      .finally(life.end)
  }
}

interface Life {
  /** Rejects when the deadline passes or the caller is gone. */
  readonly over: Promise<never>
  run<T>(handle: (context: CallContext) => T): Promise<T>
  end(): void
}

/** A call lives until it is answered, cancelled, or older than the server allows, whatever its caller asked for (T-066). */
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
      return handle({ caller, signal: ending.signal, draining: environment.draining })
    },
    end() {
      clearTimeout(timer)
      ending.abort()
    },
  }
}

async function* requestsOf(call: Stream): AsyncGenerator<unknown> {
  try {
    for await (const request of call.iterator({ destroyOnReturn: false })) yield whole(request)
  } catch (cause) {
    throw RexError.is(cause) ? cause : new RexError('CANCELLED', 'The caller is gone.', { cause })
  }
}

/** A request, or the refusal that decoding it ended with. */
function whole(request: unknown): unknown {
  if (RexError.is(request)) throw request
  return request
}

async function pump(call: Stream, responses: AsyncIterable<unknown>, signal: AbortSignal): Promise<void> {
  for await (const response of responses) {
    if (signal.aborted) return
    if (!call.write(response)) await once(call, 'drain', { signal })
  }
}

function toStatus(error: unknown, environment: CallEnvironment): ServerErrorResponse {
  if (!RexError.is(error) || error.reason === 'INTERNAL') environment.onFault(error)
  const { code, details, trailer } = renderError(error)
  const metadata = new Metadata()
  metadata.set(ERROR_TRAILER, trailer)
  return Object.assign(new Error(details), { code, details, metadata })
}
