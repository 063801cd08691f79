// The one error type of REX, and the table that defines each reason. docs/spec/errors.md
import type { ErrorReason as ProtoReason } from '@rex/proto/core/v1/error'

/** Reason of a refusal: the names of the proto enum `ErrorReason`. */
export type ErrorReason = Exclude<keyof typeof ProtoReason, 'UNSPECIFIED'>

/** gRPC status names that reasons map to. */
export type StatusName =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED'

/** Properties of a reason: its gRPC status, whether the same bytes may succeed later, its metadata keys, and the remedy. */
export interface ReasonRule {
  readonly status: StatusName
  readonly retryable: boolean
  readonly metadata: readonly string[]
  /** The remedy, for people, in English. */
  readonly hint: string
}

const rule = (
  status: StatusName,
  retryable: boolean,
  metadata: readonly string[],
  hint: string,
): ReasonRule => ({
  status,
  retryable,
  metadata,
  hint,
})

/** The rules of all reasons (REX-ERR-001). */
export const REASONS: Readonly<Record<ErrorReason, ReasonRule>> = {
  MALFORMED: rule(
    'INVALID_ARGUMENT',
    false,
    ['path'],
    'Have the sending program checked; do not resend the same bytes.',
  ),
  NOT_CANONICAL: rule('INVALID_ARGUMENT', false, ['path'], 'Encode canonically and send again.'),
  LIMIT_EXCEEDED: rule(
    'INVALID_ARGUMENT',
    false,
    ['path', 'limit', 'actual'],
    'Split the content and send again.',
  ),
  UNSUPPORTED_VERSION: rule('FAILED_PRECONDITION', false, ['version'], 'Update the older side.'),
  UNOPENABLE: rule(
    'INVALID_ARGUMENT',
    false,
    [],
    "Reseal and resend; if that fails too, the recipient's local log names the stage.",
  ),
  KEY_EXPIRED: rule('FAILED_PRECONDITION', false, ['kid'], "Fetch the recipient's current keys and reseal."),
  WRONG_RECIPIENT: rule('INVALID_ARGUMENT', false, [], 'Check the address of the recipient.'),
  EXPIRED: rule('FAILED_PRECONDITION', false, [], 'Decide again whether to send, then send a new message.'),
  CLOCK_SKEW: rule('FAILED_PRECONDITION', true, ['time'], 'Correct the clock that is wrong.'),
  ENVELOPE_CONFLICT: rule('ALREADY_EXISTS', false, [], 'Never reuse an envelope id; reseal with a new one.'),
  UNKNOWN_ORGANISATION: rule('NOT_FOUND', true, ['organisation'], 'Pair with this organisation first.'),
  PEER_MISMATCH: rule(
    'PERMISSION_DENIED',
    false,
    [],
    'Send only in the name of the organisation in the certificate.',
  ),
  UNAUTHENTICATED: rule(
    'UNAUTHENTICATED',
    false,
    [],
    'Present a certificate of a paired organisation or an enrolled desk.',
  ),
  PERMISSION_DENIED: rule('PERMISSION_DENIED', false, [], 'Ask the operator for permission.'),
  QUOTA_EXCEEDED: rule('RESOURCE_EXHAUSTED', true, ['retry_after_ms'], 'Wait and try again.'),
  OVERLOADED: rule('RESOURCE_EXHAUSTED', true, ['retry_after_ms'], 'Wait and try again.'),
  UNAVAILABLE: rule('UNAVAILABLE', true, [], 'Check that the other side runs and can be reached.'),
  DEADLINE_EXCEEDED: rule('DEADLINE_EXCEEDED', true, [], 'Try again.'),
  CANCELLED: rule('CANCELLED', true, [], 'Nothing to do.'),
  INTERNAL: rule('INTERNAL', true, [], "See the node's log."),
  STORE_FAILED: rule('UNAVAILABLE', true, [], 'Check the disk; restart the program.'),
  STORE_FULL: rule('RESOURCE_EXHAUSTED', true, [], 'Free disk space; traffic resumes by itself.'),
  STORE_IN_USE: rule('FAILED_PRECONDITION', false, [], 'Stop the other process that uses this directory.'),
  STORE_TOO_NEW: rule('FAILED_PRECONDITION', false, [], 'Install the newer version of the software again.'),
  LEASE_LOST: rule(
    'ABORTED',
    false,
    ['credential', 'since'],
    'Another desk is active; stop it, or take over deliberately.',
  ),
  TOKEN_INVALID: rule('UNAUTHENTICATED', false, [], 'Make a new enrolment token.'),
  CERTIFICATE_INVALID: rule('INVALID_ARGUMENT', false, [], 'Make a new key and signing request.'),
  KEY_INVALID: rule('INVALID_ARGUMENT', false, ['path'], 'Make a new key.'),
  KEY_CONFLICT: rule('ALREADY_EXISTS', false, ['key', 'thread'], 'Use a new key for other content.'),
  INVALID_REFERRAL: rule('INVALID_ARGUMENT', false, ['path'], 'Correct the field and try again.'),
  INVALID_EVENT: rule(
    'FAILED_PRECONDITION',
    false,
    ['state', 'event', 'path'],
    'Check which events the thread allows now.',
  ),
  UNKNOWN_CODE: rule(
    'FAILED_PRECONDITION',
    false,
    ['path', 'code'],
    'A person decides; the sender has been told.',
  ),
  CONTENT_REFUSED: rule(
    'INVALID_ARGUMENT',
    false,
    ['path'],
    'Remove the bytes; refer to the material by URL or hash.',
  ),
  HANDLING_REFUSED: rule(
    'PERMISSION_DENIED',
    false,
    ['path'],
    'Follow the handling rules, or ask their owner.',
  ),
  POLICY_REFUSED: rule('PERMISSION_DENIED', false, ['path'], 'Ask the recipient what it accepts.'),
  SUITE_UNAVAILABLE: rule(
    'FAILED_PRECONDITION',
    false,
    ['suite'],
    'Ask the recipient to update, or deliberately demand less.',
  ),
  STATEMENT_INVALID: rule('INVALID_ARGUMENT', false, [], 'Ask the organisation for a new invite.'),
  STATEMENT_ROLLBACK: rule(
    'FAILED_PRECONDITION',
    false,
    [],
    'Use the newer statement; if none is known, suspect tampering.',
  ),
  UNLOCK_FAILED: rule('UNAUTHENTICATED', false, [], 'Check the passphrase.'),
  CONFIG_INVALID: rule('INVALID_ARGUMENT', false, ['path'], 'Correct the entry.'),
  ADDRESS_IN_USE: rule('UNAVAILABLE', false, [], 'Stop the other program or choose another port.'),
  NOT_FOUND: rule('NOT_FOUND', false, [], 'Check the id.'),
  ALREADY_EXISTS: rule('ALREADY_EXISTS', false, [], 'Use what exists, or choose another name.'),
  EVIDENCE_INVALID: rule('INVALID_ARGUMENT', false, ['path'], 'Do not rely on this bundle.'),
  FORK: rule('ABORTED', false, [], 'Two histories exist; a person must compare them with the sender.'),
  GAP: rule('FAILED_PRECONDITION', true, [], 'Wait for the missing event; a resend has been requested.'),
  SELF_TEST_FAILED: rule(
    'INTERNAL',
    false,
    ['primitive'],
    "Install another build of Node, and check this computer's memory; nothing was sent or stored.",
  ),
  ERASED: rule(
    'FAILED_PRECONDITION',
    false,
    ['thread'],
    'Nothing of it can be read or sent any more; its evidence elsewhere still verifies.',
  ),
}

/** Optional properties of an error, beside reason and message. */
export interface RexErrorOptions {
  /** Metadata of the reason; only the keys listed for the reason. No case data. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Path of the offending field, such as `people[0].names[1].full`. */
  readonly path?: string
  /** The underlying error. Stays in this process: never rendered to a peer. */
  readonly cause?: unknown
  /** The remedy, if more precise than the hint of the reason. */
  readonly hint?: string
}

/** The one error type of REX. `message` is one sentence for people without case data; `hint` is the remedy. */
export class RexError extends Error {
  override readonly name = 'RexError'
  readonly reason: ErrorReason
  readonly retryable: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly hint: string

  constructor(reason: ErrorReason, message: string, options: RexErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.retryable = REASONS[reason].retryable
    this.metadata =
      options.path === undefined ? (options.metadata ?? {}) : { ...options.metadata, path: options.path }
    this.hint = options.hint ?? REASONS[reason].hint
  }

  /** Path of the offending field, if any. */
  get path(): string | undefined {
    return this.metadata.path
  }

  /** The properties that programs may keep and forward: never the cause, which may quote input of others. */
  toJSON(): object {
    const { name, reason, message, hint, retryable, path, metadata } = this
    return { name, reason, message, hint, retryable, ...(path !== undefined && { path }), metadata }
  }

  /** Whether a value is a RexError, with the given reason if any; also across copies of this package. */
  static is(value: unknown, reason?: ErrorReason): value is RexError {
    return (
      value instanceof Error &&
      value.name === 'RexError' &&
      'reason' in value &&
      (reason === undefined || value.reason === reason)
    )
  }

  /** Any thrown value as a RexError; one of another type becomes INTERNAL with the original as `cause`. */
  static from(value: unknown): RexError {
    return RexError.is(value) ? value : new RexError('INTERNAL', 'Internal error.', { cause: value })
  }
}

/** Refuses input that violates the specification, naming the path. @throws RexError MALFORMED */
export function ensure(condition: boolean, path: string): asserts condition {
  if (!condition) throw new RexError('MALFORMED', `${path} is not valid.`, { path })
}
