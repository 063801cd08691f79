// Typed clients whose every call has a deadline and fails with RexError only. docs/spec/errors.md
import type { Channel } from '@grpc/grpc-js'
import { type Client, type CompatServiceDefinition, createClientFactory } from 'nice-grpc'
import type { CallOptions, ClientMiddleware, Metadata } from 'nice-grpc-common'
import { RexError } from '../core/error.ts'
import { CALL_MS } from './limits.ts'
import { fromClientError } from './status.ts'

/** Deadline of a call, beside its signal. */
export interface DeadlineOptions {
  /** Milliseconds. Default: 30 000 for one answer, one day for a stream. */
  readonly deadlineMs?: number
}

/** Makes a client of a service. Its calls take `{ signal, deadlineMs }` and throw RexError only. */
export function createClient<Service extends CompatServiceDefinition>(
  definition: Service,
  channel: Channel,
): Client<Service, DeadlineOptions> {
  return createClientFactory().use(rexErrors).create(definition, channel)
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

/** The error of a call: what ended it comes before what that looked like underneath. */
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
