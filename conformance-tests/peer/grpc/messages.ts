// gRPC over HTTP/2: methods, message framing and statuses. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
import type { Readable } from 'node:stream'
import { concatBytes } from '@noble/hashes/utils.js'
import { ErrorDetail, ErrorReason } from '@rex/proto/core/v1/error'

/** An encoder and decoder for messages of one type. */
export interface Codec<T> {
  encode(message: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
}

/** A method of a service, as in the generated definitions. */
export interface Method<Request, Response> {
  readonly name: string
  readonly requestType: Codec<Request>
  readonly responseType: Codec<Response>
}

/** A service, as in the generated definitions. */
export interface Service {
  readonly fullName: string
}

/** Returns the `:path` of a method. */
export function pathOf({ fullName }: Service, { name }: Pick<Method<unknown, unknown>, 'name'>): string {
  return `/${fullName}/${name}`
}

/** Trailer with the canonical `ErrorDetail` of a refused call (REX-ERR-002). */
export const DETAIL = 'rex-error-bin'

const STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

/**
 * Maximum size of a message to read: the limit of the specification (REX-DLV-015), plus some bytes for a faulty message.
 */
const MOST_BYTES = 8 * 1024 * 1024

/** Name of a gRPC status. `LOST`: the call ended without a status, because its stream or connection was cut. */
export type Status = (typeof STATUSES)[number] | 'LOST'

/** The end of a call. */
export interface CallEnd {
  readonly status: Status
  /** Text of the status; for a lost call, how the stream or connection was cut. */
  readonly message: string
  /** The refusal from the trailer. */
  readonly detail?: ErrorDetail
  /** Whether the detail in the trailer is canonical. Absent if the trailer has no detail. */
  readonly canonical?: boolean
}

/** Returns the name of the reason in a detail. */
export function reasonOf({ reason }: ErrorDetail): string {
  return Object.entries(ErrorReason).find(([, number]) => number === reason)?.[0] ?? String(reason)
}

/** Makes the end of a refused call (REX-ERR-002). */
export function refusal(
  status: Status,
  reason: keyof typeof ErrorReason,
  {
    retryable = false,
    metadata = {},
  }: { retryable?: boolean; metadata?: Readonly<Record<string, string>> } = {},
): CallEnd & { readonly detail: ErrorDetail } {
  const entries = Object.entries(metadata).map(([key, value]) => ({ key, value }))
  const detail = { reason: ErrorReason[reason], message: reason, retryable, metadata: entries }
  return { status, message: reason, detail }
}

/** Reads the end of a call from its trailers. */
export function endOf(trailers: Readonly<Record<string, unknown>>): CallEnd {
  const status = STATUSES[Number(trailers['grpc-status'] ?? 2)] ?? 'UNKNOWN'
  const message = decodeURIComponent(String(trailers['grpc-message'] ?? ''))
  const base64 = trailers[DETAIL]
  if (base64 === undefined) return { status, message }
  const bytes = Buffer.from(String(base64), 'base64')
  const detail = ErrorDetail.decode(bytes)
  return { status, message, detail, canonical: bytes.equals(ErrorDetail.encode(detail).finish()) }
}

/** Returns the trailers for the end of a call. */
export function trailersOf({ status, message, detail }: CallEnd): Record<string, string> {
  const code = STATUSES.indexOf(status as (typeof STATUSES)[number])
  return {
    'grpc-status': String(code),
    ...(message && { 'grpc-message': encodeURIComponent(message) }),
    ...(detail && { [DETAIL]: Buffer.from(ErrorDetail.encode(detail).finish()).toString('base64') }),
  }
}

/** Frames a message for gRPC. `compressed`: sets the compressed flag. */
export function framed(bytes: Uint8Array, compressed = false): Uint8Array {
  const head = new Uint8Array(5)
  head[0] = Number(compressed)
  new DataView(head.buffer).setUint32(1, bytes.length)
  return concatBytes(head, bytes)
}

/** Yields the messages of a stream in order, until the stream ends or is cut. */
export async function* messagesOf(stream: Readable): AsyncGenerator<Uint8Array> {
  let pending = Buffer.alloc(0)
  for await (const chunk of stream) {
    pending = Buffer.concat([pending, chunk as Buffer])
    if (pending.length >= 5 && pending.readUInt32BE(1) > MOST_BYTES)
      throw new Error(`A message has more than ${MOST_BYTES} bytes.`)
    while (pending.length >= 5 && pending.length >= 5 + pending.readUInt32BE(1)) {
      const end = 5 + pending.readUInt32BE(1)
      yield pending.subarray(5, end)
      pending = pending.subarray(end)
    }
  }
}
