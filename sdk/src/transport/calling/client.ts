// Typed clients: every call has a deadline and throws only RexError. docs/spec/errors.md
import { type Channel, connectivityState } from '@grpc/grpc-js'
import { type Client, type CompatServiceDefinition, createClientFactory } from 'nice-grpc'
import type { CallOptions, ClientMiddleware, Metadata } from 'nice-grpc-common'
import { decodeLoosely, encode } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { CALL_MS, MESSAGE_BOUNDS } from '../limits/limits.ts'
import { fromClientError } from '../messages/status.ts'
import { HealthDefinition } from '../service/health.ts'
import type { Definition, MethodDefinition } from '../service/service.ts'
import { answerRead } from './dialled.ts'

/** Deadline of a call, which applies in addition to its signal. */
export interface DeadlineOptions {
  /** Maximum time of the call, in milliseconds. Default: 30 000 for a unary call, one day for a stream. */
  readonly deadlineMs?: number
}

/** Creates a client of a service. Its calls take `{ signal, deadlineMs }` and throw only RexError. */
export function createClient<Service extends CompatServiceDefinition>(
  definition: Service,
  channel: Channel,
): Client<Service, DeadlineOptions> {
  return createClientFactory().use(rexErrors).create(bounded(definition, channel), channel)
}

/** Returns the service with our encoding, and with a limit on the cost of decoding answers (T-053). */
function bounded<Service extends CompatServiceDefinition>(definition: Service, channel: Channel): Service {
  const { methods, ...service } = definition as unknown as Definition
  const bind = ({ requestType, responseType, ...method }: MethodDefinition) => ({
    ...method,
    requestType: {
      ...requestType,
      // Pass the underlying buffer, because nice-grpc would copy the array.
      encode: (message: unknown) => ({ finish: () => encode(requestType, message).buffer }),
    },
    responseType: {
      ...responseType,
      decode: (bytes: Uint8Array) => {
        answerRead(channel, bytes.length)
        return decodeLoosely(responseType, bytes, 'response', MESSAGE_BOUNDS.response)
      },
    },
  })
  const entries = Object.entries(methods).map(([name, method]) => [name, bind(method)])
  return { ...service, methods: Object.fromEntries(entries) } as unknown as Service
}

/** Waits until a channel is connected. @throws RexError UNAVAILABLE if an attempt failed, or after `ms` milliseconds */
export async function waitUntilConnected(channel: Channel, ms: number): Promise<void> {
  const deadline = Date.now() + ms
  for (;;) {
    const state = channel.getConnectivityState(true)
    if (state === connectivityState.READY) return
    if (state === connectivityState.TRANSIENT_FAILURE) return await tellWhy(channel)
    await changed(channel, state, deadline)
  }
}

/**
 * Makes a call that fails for the same reason as the connection of the channel. @throws RexError UNAVAILABLE with this reason
 */
async function tellWhy(channel: Channel): Promise<void> {
  await createClient(HealthDefinition, channel).check({ service: '' })
}

function changed(channel: Channel, state: connectivityState, deadline: number): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.watchConnectivityState(state, deadline, (cause) => {
      if (cause) reject(new RexError('UNAVAILABLE', 'The other side cannot be reached.', { cause }))
      else resolve()
    })
  })
}

const rexErrors: ClientMiddleware<DeadlineOptions> = async function* rexErrors(call, options) {
  const { deadlineMs, ...rest } = options
  const streams = call.requestStream || call.responseStream
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), deadlineMs ?? (streams ? CALL_MS.stream : CALL_MS.unary))
  let trailer: Metadata | undefined
  const inner: CallOptions = {
    ...rest,
    signal: rest.signal ? AbortSignal.any([rest.signal, deadline.signal]) : deadline.signal,
    onTrailer(metadata) {
      trailer = metadata
      rest.onTrailer?.(metadata)
    },
  }
  try {
    return yield* call.next(call.request, inner)
  } catch (error) {
    throw failure(error, { deadline: deadline.signal, caller: rest.signal, trailer })
  } finally {
    clearTimeout(timer)
  }
}

/** Returns the error of a call. The reason for ending the call takes precedence over the transport error that it caused. */
function failure(
  error: unknown,
  end: { deadline: AbortSignal; caller: AbortSignal | undefined; trailer: Metadata | undefined },
): RexError {
  if (end.deadline.aborted) return new RexError('DEADLINE_EXCEEDED', 'No answer in time.', { cause: error })
  if (end.caller?.aborted && !RexError.is(error)) {
    return new RexError('CANCELLED', 'The call was cancelled.', { cause: error })
  }
  return fromClientError(error, end.trailer)
}
