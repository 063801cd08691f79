// The table of all error reasons, and the error type. docs/spec/errors.md
import {
  type ErrorReason,
  errorClass,
  INPUT_REASONS,
  type ReasonRule,
  type RexError as RexErrorType,
  rule,
} from './input/refusal.ts'

export type { ErrorReason, ReasonRule, RexErrorOptions, StatusName } from './input/refusal.ts'

/** The rules of all error reasons (REX-ERR-001). */
export const REASONS: Readonly<Record<ErrorReason, ReasonRule>> = {
  MALFORMED: INPUT_REASONS.MALFORMED,
  NOT_CANONICAL: rule('INVALID_ARGUMENT', false, ['path'], 'Encode canonically and send again.'),
  LIMIT_EXCEEDED: INPUT_REASONS.LIMIT_EXCEEDED,
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
  INTERNAL: INPUT_REASONS.INTERNAL,
  STORE_FAILED: rule('UNAVAILABLE', true, [], 'Check the disk; restart the program.'),
  STORE_FULL: rule('RESOURCE_EXHAUSTED', true, [], 'Free disk space; traffic resumes automatically.'),
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
  INVALID_REFERRAL: INPUT_REASONS.INVALID_REFERRAL,
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
  CONTENT_REFUSED: INPUT_REASONS.CONTENT_REFUSED,
  HANDLING_REFUSED: INPUT_REASONS.HANDLING_REFUSED,
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
  UNLOCK_FAILED: INPUT_REASONS.UNLOCK_FAILED,
  CONFIG_INVALID: INPUT_REASONS.CONFIG_INVALID,
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

/** The only error type of REX. `message` is one sentence for people and contains no case data; `hint` is the remedy. */
export type RexError = RexErrorType

/** The class of the error type, for all reasons. */
export const RexError = errorClass(REASONS)

/** Checks input against a condition of the specification. @throws RexError MALFORMED with the path if the condition is false */
export function ensure(condition: boolean, path: string): asserts condition {
  if (!condition) throw new RexError('MALFORMED', `${path} is not valid.`, { path })
}
