// Errors on the wire: ErrorReason, ErrorDetail and gRPC status, encoded and decoded in one place. docs/spec/errors.md
import { Buffer } from 'node:buffer'
import {
  type ErrorDetail,
  ErrorDetail as ErrorDetailCodec,
  ErrorReason as Reason,
} from '@rex/proto/core/v1/error'
import { ClientError, type Metadata, Status } from 'nice-grpc-common'
import { decode, encode } from '../../core/encoding/encoding.ts'
import { type ErrorReason, REASONS, RexError } from '../../core/error.ts'

/** Trailer with the canonical ErrorDetail of a refused call. */
export const ERROR_TRAILER = 'rex-error-bin'

const MAX_DETAIL = 8192
const MAX_TEXT = 1024
/** Maximum number of UTF-8 bytes of one UTF-16 code unit. */
const LONGEST_UNIT = 3

const REASON_NAMES = new Map<number, ErrorReason>(
  (Object.keys(REASONS) as ErrorReason[]).map((reason) => [Reason[reason], reason]),
)

/** Meaning of a bare gRPC status when the other side sent no ErrorDetail. */
const BY_STATUS: Readonly<Partial<Record<Status, ErrorReason>>> = {
  [Status.CANCELLED]: 'CANCELLED',
  [Status.INVALID_ARGUMENT]: 'MALFORMED',
  [Status.DEADLINE_EXCEEDED]: 'DEADLINE_EXCEEDED',
  [Status.NOT_FOUND]: 'NOT_FOUND',
  [Status.ALREADY_EXISTS]: 'ALREADY_EXISTS',
  [Status.PERMISSION_DENIED]: 'PERMISSION_DENIED',
  [Status.RESOURCE_EXHAUSTED]: 'OVERLOADED',
  [Status.UNIMPLEMENTED]: 'UNSUPPORTED_VERSION',
  [Status.UNAVAILABLE]: 'UNAVAILABLE',
  [Status.UNAUTHENTICATED]: 'UNAUTHENTICATED',
}

/** Returns the details that a peer may see: reason, message and the metadata of the reason, but never a cause (T-121). */
export function toErrorDetail(error: unknown): ErrorDetail {
  const { reason, message, metadata } = RexError.from(error)
  const rule = REASONS[reason]
  const entries = rule.metadata
    .filter((key) => metadata[key] !== undefined)
    .sort()
    .map((key) => ({ key, value: clean(metadata[key] as string) }))
  return {
    reason: Reason[reason],
    message: reason === 'INTERNAL' ? 'Internal error.' : clean(message),
    retryable: rule.retryable,
    metadata: entries,
  }
}

/**
 * Converts a peer's detail to an error. The peer's text is shortened and stripped of control characters. A reason from a newer version becomes
 * UNAVAILABLE if it may be retried, otherwise UNSUPPORTED_VERSION.
 */
export function fromErrorDetail(detail: ErrorDetail): RexError {
  const reason = REASON_NAMES.get(detail.reason)
  if (reason === undefined) return unknownReason(detail)
  const known = new Set(REASONS[reason].metadata)
  const entries = detail.metadata
    .filter(({ key }) => known.has(key))
    .map(({ key, value }) => [key, clean(value)])
  return new RexError(reason, clean(detail.message) || REASONS[reason].hint, {
    metadata: Object.fromEntries(entries),
  })
}

function unknownReason(detail: ErrorDetail): RexError {
  const reason = detail.retryable ? 'UNAVAILABLE' : 'UNSUPPORTED_VERSION'
  return new RexError(
    reason,
    `The other side refused with a reason (${detail.reason}) that this version does not know.`,
  )
}

/** A refused call as the peer sees it: gRPC status, text and trailer. */
export interface RenderedError {
  readonly code: Status
  readonly details: string
  /** Canonical ErrorDetail. */
  readonly trailer: Buffer
}

/** Renders any thrown error for a peer, without disclosing internals (T-121). */
export function renderError(error: unknown): RenderedError {
  const detail = toErrorDetail(error)
  const { reason } = RexError.from(error)
  return {
    code: Status[REASONS[reason].status],
    details: detail.message,
    trailer: Buffer.from(encode(ErrorDetailCodec, detail)),
  }
}

/** Converts any error of a call to a RexError. `trailer`: the trailer that ended the call, if known. */
export function fromClientError(error: unknown, trailer?: Metadata): RexError {
  if (RexError.is(error)) return error
  const detail = readDetail(trailer)
  if (detail) return fromErrorDetail(detail)
  if (error instanceof ClientError) return fromStatus(error)
  if (error instanceof Error && error.name === 'AbortError') {
    return new RexError('CANCELLED', describe('CANCELLED'), { cause: error })
  }
  return RexError.from(error)
}

function fromStatus(error: ClientError): RexError {
  const reason = BY_STATUS[error.code] ?? 'INTERNAL'
  const [, status] = /RexError: The proxy answered (\d{3})\./.exec(error.details) ?? []
  if (reason === 'UNAVAILABLE' && status !== undefined) return proxyRefusal(Number(status), error)
  if (reason === 'UNAVAILABLE' && /certificat/i.test(error.details))
    return /expired|not (yet valid|valid yet)/i.test(error.details)
      ? endedCertificate(error)
      : wrongCertificate(error)
  return new RexError(reason, describe(reason), { cause: error })
}

const ENDED_CERTIFICATE =
  'By the clock of this computer, the certificate of the other side has expired or is not valid yet.'
const WRONG_CERTIFICATE = 'The certificate of the other side is not that of its organisation.'

/** Whether a connection failed because the other side could not prove its identity or does not accept our certificate. */
export function isWrongCertificate({ reason, message }: RexError): boolean {
  return reason === 'UNAVAILABLE' && message === WRONG_CERTIFICATE
}

/** Whether a connection failed because the certificate of the other side is not valid now, in which case our own clock may be wrong. */
export function isEndedCertificate({ reason, message }: RexError): boolean {
  return reason === 'UNAVAILABLE' && message === ENDED_CERTIFICATE
}

function endedCertificate(cause: ClientError): RexError {
  return new RexError('UNAVAILABLE', ENDED_CERTIFICATE, {
    cause,
    hint: 'Check the clock of this computer first, then that of the other side.',
  })
}

/** Returns the error for a certificate that OpenSSL or our own check of the server rejected. A later attempt may reach the right server. */
function wrongCertificate(cause: ClientError): RexError {
  return new RexError('UNAVAILABLE', WRONG_CERTIFICATE, {
    cause,
    hint: 'Check the address, and whether the pairing is current.',
  })
}

/** Returns the error for a proxy that does not open a tunnel. */
export const proxyRefusal = (status: number, cause?: unknown): RexError =>
  new RexError('UNAVAILABLE', `The proxy answered ${status}.`, {
    cause,
    hint: 'Check `proxy` in the configuration, and that the proxy permits connections to the address of the other side.',
  })

function describe(reason: ErrorReason): string {
  if (reason === 'UNAVAILABLE') return 'The other side cannot be reached.'
  if (reason === 'DEADLINE_EXCEEDED') return 'No answer in time.'
  if (reason === 'CANCELLED') return 'The call was cancelled.'
  return `The other side refused the call (${reason}).`
}

function readDetail(trailer: Metadata | undefined): ErrorDetail | undefined {
  const bytes = trailer?.get(ERROR_TRAILER)
  if (!(bytes instanceof Uint8Array)) return undefined
  try {
    return decode(ErrorDetailCodec, bytes, 'error', MAX_DETAIL)
  } catch {
    return undefined
  }
}

/** Returns well-formed text without control characters, at most 1024 bytes, which is safe for headers, logs and terminals. */
function clean(text: string): string {
  const safe = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u200b\u2060-\u2064\ufeff]/gu, ' ')
  if (safe.length <= MAX_TEXT / LONGEST_UNIT) return safe
  return new TextDecoder().decode(Buffer.from(safe).subarray(0, MAX_TEXT), { stream: true })
}
