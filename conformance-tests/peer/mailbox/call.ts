// A desk's call as the handlers of the reference gateway see it. Its messages are raw, so that handlers can send malformed bytes.
import { ErrorReason } from '@rex/proto/core/v1/error'
import type { Codec, Status } from '../grpc/messages.ts'
import type { Handler } from '../grpc/server.ts'

export type Reason = keyof typeof ErrorReason
type Metadata = Readonly<Record<string, string>>

/** One call from a desk. */
export interface Call {
  /** Returns the next message, or undefined if there are no more. */
  read(): Promise<Uint8Array | undefined>
  write(bytes: Uint8Array): void
  /** Ends the call with OK. */
  end(): void
  refuse(reason: Reason, metadata?: Metadata, ending?: Ending): void
}

/** Deviations of a refusal on the wire from the default. */
export interface Ending {
  /** Default: the status of the reason. */
  readonly status?: Status
  /** Text of the detail. Default: none. */
  readonly message?: string
  /** Whether the refusal comes without a detail. Default: false. */
  readonly bare?: boolean
}

/** gRPC status for each error reason that the reference gateway gives (REX-ERR-001). */
const STATUS: Readonly<Partial<Record<Reason, Status>>> = {
  LEASE_LOST: 'ABORTED',
  TOKEN_INVALID: 'UNAUTHENTICATED',
  UNKNOWN_ORGANISATION: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  CANCELLED: 'CANCELLED',
  UNAVAILABLE: 'UNAVAILABLE',
  STATEMENT_ROLLBACK: 'FAILED_PRECONDITION',
}

/** A refusal that a handler throws. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly reason: Reason
  readonly metadata: Metadata
  readonly ending: Ending

  constructor(reason: Reason, metadata: Metadata = {}, ending: Ending = {}) {
    super(reason)
    this.reason = reason
    this.metadata = metadata
    this.ending = ending
  }
}

/** Makes a handler that works on raw messages. A `Refused` that it throws ends the call with that refusal. */
export function raw(handle: (call: Call) => Promise<void>): Handler {
  return async (served) => {
    const call: Call = {
      read: async () => (await served.read()) as Uint8Array | undefined,
      write: (bytes) => served.write(bytes),
      end: () => served.finish(),
      refuse: (reason, metadata = {}, { status = STATUS[reason], message = '', bare = false } = {}) => {
        const entries = Object.entries(metadata).map(([key, value]) => ({ key, value }))
        const detail = { reason: ErrorReason[reason], message, retryable: false, metadata: entries }
        served.finish({ status: status ?? 'INVALID_ARGUMENT', message: '', ...(!bare && { detail }) })
      },
    }
    try {
      await handle(call)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      call.refuse(error.reason, error.metadata, error.ending)
    }
  }
}

/** Makes the handler of a unary call. */
export function unary<Request, Response>(
  {
    requestType,
    responseType,
  }: { readonly requestType: Codec<Request>; readonly responseType: Codec<Response> },
  answer: (request: Request) => Response,
): Handler {
  return raw(async (call) => {
    const bytes = await call.read()
    if (bytes === undefined) return
    call.write(responseType.encode(answer(requestType.decode(bytes))).finish())
    call.end()
  })
}
