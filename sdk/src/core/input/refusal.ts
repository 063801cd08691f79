// The only error type of REX, with the rules of the reasons for which input is rejected. Browsers load only these rules; ../error.ts adds those of
// the reasons of the protocol. docs/spec/errors.md
import type { ErrorReason as ProtoReason } from '@rex/proto/core/v1/error'

/** Reason of an error: a name of the proto enum `ErrorReason`. */
export type ErrorReason = Exclude<keyof typeof ProtoReason, 'UNSPECIFIED'>

/** The gRPC status names to which reasons map. */
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

/** The properties of a reason: its gRPC status, whether the same bytes may succeed later, its metadata keys, and the remedy. */
export interface ReasonRule {
  readonly status: StatusName
  readonly retryable: boolean
  readonly metadata: readonly string[]
  /** The remedy, for people, in English. */
  readonly hint: string
}

/** Makes the rule of a reason. */
export const rule = (
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

/** The rules of the reasons for which input is rejected. */
export const INPUT_REASONS = {
  MALFORMED: rule(
    'INVALID_ARGUMENT',
    false,
    ['path'],
    'Have the sending program checked; do not resend the same bytes.',
  ),
  LIMIT_EXCEEDED: rule(
    'INVALID_ARGUMENT',
    false,
    ['path', 'limit', 'actual'],
    'Split the content and send again.',
  ),
  INTERNAL: rule('INTERNAL', true, [], 'See the log of the gateway or desk.'),
  INVALID_REFERRAL: rule('INVALID_ARGUMENT', false, ['path'], 'Correct the field and try again.'),
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
  CONFIG_INVALID: rule('INVALID_ARGUMENT', false, ['path'], 'Correct the entry.'),
  UNLOCK_FAILED: rule('UNAUTHENTICATED', false, [], 'Check the passphrase.'),
} satisfies { readonly [Reason in ErrorReason]?: ReasonRule }

/** The rules of all reasons that this program uses. `errorClass` adds to these rules. */
const RULES = { ...INPUT_REASONS } as Record<ErrorReason, ReasonRule>

/** Optional properties of an error, in addition to reason and message. */
export interface RexErrorOptions {
  /** Metadata, with only the keys that are listed for the reason, and no case data. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Path of the offending field, such as `people[0].names[1].full`. */
  readonly path?: string
  /** The underlying error. It stays in this process and is never sent to a peer. */
  readonly cause?: unknown
  /** The remedy, if more precise than the hint of the reason. */
  readonly hint?: string
}

/** The only error type of REX. `message` is one sentence for people and contains no case data; `hint` is the remedy. */
class Refusal extends Error {
  static override readonly name = 'RexError'
  override readonly name = 'RexError'
  readonly reason: ErrorReason
  readonly retryable: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly hint: string

  constructor(reason: ErrorReason, message: string, options: RexErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.retryable = RULES[reason].retryable
    this.metadata =
      options.path === undefined ? (options.metadata ?? {}) : { ...options.metadata, path: options.path }
    this.hint = options.hint ?? RULES[reason].hint
  }

  /** Path of the offending field, if any. */
  get path(): string | undefined {
    return this.metadata.path
  }

  /** Returns the properties that programs may store and forward. The cause is excluded, because it may quote input from others. */
  toJSON(): object {
    const { name, reason, message, hint, retryable, path, metadata } = this
    return { name, reason, message, hint, retryable, ...(path !== undefined && { path }), metadata }
  }

  /** Whether a value is a RexError, with this reason if one is given. Recognises errors from other copies of this package, too. */
  static is(value: unknown, reason?: ErrorReason): value is Refusal {
    return (
      value instanceof Error &&
      value.name === 'RexError' &&
      'reason' in value &&
      (reason === undefined || value.reason === reason)
    )
  }

  /** Converts any thrown value to a RexError. A value of another type becomes INTERNAL, with the original as `cause`. */
  static from(value: unknown): Refusal {
    return Refusal.is(value) ? value : new Refusal('INTERNAL', 'Internal error.', { cause: value })
  }
}

/** The only error type of REX. */
export type RexError = Refusal

/** The class of the error type, for code that uses only these reasons. */
export interface RexErrorClass<Reason extends ErrorReason> {
  new (reason: Reason, message: string, options?: RexErrorOptions): RexError
  readonly prototype: RexError
  is(value: unknown, reason?: ErrorReason): value is RexError
  from(value: unknown): RexError
}

/** The class of the error type, for reasons concerning input. */
export const RexError: RexErrorClass<keyof typeof INPUT_REASONS> = Refusal

/** Returns the class of the error type, extended by these reasons. */
export function errorClass<Reason extends ErrorReason>(
  rules: Readonly<Record<Reason, ReasonRule>>,
): RexErrorClass<Reason> {
  Object.assign(RULES, rules)
  return Refusal
}
