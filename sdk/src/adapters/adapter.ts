// Adapters carry cases of other systems into referrals and back, and name everything that they cannot carry. docs/spec/referral.md, "Other systems"
import type { Draft, Referral } from '../core/referral/index.ts'

/**
 * Why something was not carried as it was: the other side has no field (`no-field`) or no such code (`unknown-code`); the value is not of
 * the kind that its field needs (`invalid`); there is room for one, and another one took it (`one-only`); it was carried, and comes back
 * otherwise (`changed`) or only as part of a free text (`as-text`); it belongs to the record keeping of its own system (`stays`); the
 * other side could not show the rule that protects somebody (`safety`); it is a picture, a recording or a document (`media`).
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

/** Something that was not carried as it was. It never repeats the value. */
export interface Loss {
  /** Path in the input, such as `data.services_section[0].service_type`. */
  readonly from: string
  /** Path in the output where it is, or where it belongs. Absent: there is none. */
  readonly to?: string
  readonly code: LossCode
  /** The reason and what to do, for people, in English. */
  readonly message: string
}

/** Options of carrying a case into a referral. */
export interface ImportOptions {
  /** Whether the case is a rehearsal. Default: false. */
  readonly test?: boolean
  /** BCP 47 tag of the free texts. Default: `und`, not known. */
  readonly language?: string
  /** Which case, counted from 1, if the input has several. Default: the input must have one. */
  readonly case?: number
}

/** A case as a referral. Required content may be missing: `validate` finds it. */
export interface Imported {
  readonly referral: Draft
  /** In the order of the input. */
  readonly losses: readonly Loss[]
}

/** A referral in the form of the other system. */
export interface Exported<Output> {
  readonly output: Output
  /** In the order of the referral. */
  readonly losses: readonly Loss[]
}

/** Two-way conversion of the cases of one system. Every value of an input is carried, or is in `losses`; empty ones count as absent. */
export interface Adapter<Output> {
  /** Name of the system, such as `primero`. */
  readonly name: string
  /**
   * A case as a referral.
   * @throws RexError MALFORMED or LIMIT_EXCEEDED for input that is no case, CONTENT_REFUSED for pictures hidden across several texts
   */
  toReferral(input: unknown, options?: ImportOptions): Imported
  /** A referral, or a draft with built-in presets, in the form of the system. @throws RexError INVALID_REFERRAL */
  fromReferral(referral: Referral | Draft): Exported<Output>
}
