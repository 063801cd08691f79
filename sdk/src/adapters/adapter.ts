// Adapters convert cases of other systems to referrals and back. A value is carried if the output contains it; all others are reported as
// losses. docs/spec/referral.md, "Other systems"
import type { Draft, Referral } from '../core/referral/index.ts'

/**
 * Why a value was not carried unchanged: the other side has no field for it (`no-field`) or no such code (`unknown-code`); the value is of the wrong
 * kind for its field (`invalid`); the field has only one place, and another value took it (`one-only`); the value was carried, but comes back changed
 * (`changed`) or only as part of a free text (`as-text`); it belongs to the record keeping of its own system (`stays`); the other side could not show
 * the rule that protects somebody (`safety`); it is a picture, a recording or a document (`media`).
 */
export type LossCode =
  | 'no-field'
  | 'unknown-code'
  | 'invalid'
  | 'one-only'
  | 'changed'
  | 'as-text'
  | 'stays'
  | 'safety'
  | 'media'

/** Reports a value that was lost or changed in a conversion, without repeating the value. */
export interface Loss {
  /** Path in the input, such as `data.services_section[0].service_type`. */
  readonly from: string
  /** Path in the output at which the value is, or would belong. Absent if the output has no such place. */
  readonly to?: string
  readonly code: LossCode
  /** The reason, and what a person should do, in English. */
  readonly message: string
}

/** Options for converting a case to a referral. */
export interface ImportOptions {
  /** Whether to mark the referral as a test. Default: false. */
  readonly test?: boolean
  /** BCP 47 tag of the free texts. Default: `und` (undetermined). */
  readonly language?: string
  /** Position of the case in the input, from 1. Default: the input must contain exactly one case. */
  readonly case?: number
}

/** A case converted to a referral. Required content may be missing; `validate` reports that. */
export interface Imported {
  readonly referral: Draft
  /** Losses, in the order of the input. */
  readonly losses: readonly Loss[]
}

/** A referral converted to the form of the other system. */
export interface Exported<Output> {
  readonly output: Output
  /** Losses, in the order of the referral. */
  readonly losses: readonly Loss[]
}

/** Two-way conversion for the cases of one system. Every value of an input is either carried or listed in `losses`. Empty values count as absent. */
export interface Adapter<Output> {
  /** Name of the system, such as `primero`. */
  readonly name: string
  /**
   * Converts a case to a referral.
   * @throws RexError MALFORMED or LIMIT_EXCEEDED for input that is not a case, CONTENT_REFUSED for pictures hidden across several texts
   */
  toReferral(input: unknown, options?: ImportOptions): Imported
  /** Converts a referral, or a draft that uses only built-in presets, to the form of the system. @throws RexError INVALID_REFERRAL */
  fromReferral(referral: Referral | Draft): Exported<Output>
}
