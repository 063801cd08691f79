// How an application sends referrals. docs/guide/desk.md, "Sending"
import type { Suite } from '../../core/jose/suite.ts'
import type { Draft, ExpandedPreset, Finding, Notice } from '../../core/referral/index.ts'

/** A recipient of a referral. */
export interface To {
  readonly organisation: string
  /**
   * Section types that this recipient gets immediately. Default: section types that identify nobody, as determined by the kind
   * of the referral.
   */
  readonly sections?: readonly string[]
  /**
   * Section types of which the referral contains only digests, and which `disclose` sends after acceptance. Default: determined
   * by the kind of the referral.
   */
  readonly staged?: readonly string[]
}

/** Options of a send. */
export interface SendOptions {
  /** One organisation, or several, each optionally with its sections. */
  readonly to: string | To | readonly (string | To)[]
  /**
   * Idempotency key. Calls with the same key and the same content are the same send; other content under the same key
   * fails with KEY_CONFLICT. Default: random.
   */
  readonly key?: string
  /** Your case number for the thread. The items of the thread at this desk contain it; it is never sent to others. */
  readonly ref?: string
  /** Weakest suite that is allowed. Default: REX-1. If every recipient offers REX-2, the desk uses REX-2. */
  readonly minimumSuite?: Suite
  /** Milliseconds until the referral expires if it is not delivered. Default: 3 days for urgent, 14 days for routine referrals. */
  readonly lifetimeMs?: number
  /**
   * Id of an earlier thread of this desk that this referral follows, for example after a decline or a referral that
   * never arrived.
   */
  readonly follows?: string
  /**
   * Ids of lint findings that do not apply, for example because a word that is also a name is used as an ordinary word
   * (REX-REF-143). The desk keeps these ids for later corrections, and never sends them.
   */
  readonly confirm?: readonly string[]
}

/** Options of a group. */
export interface GroupOptions extends SendOptions {
  /**
   * Sections shared by all siblings. Entries of lists, such as a mother in `people`, are added to each sibling's list;
   * other sections apply to siblings that lack the section.
   */
  readonly shared?: Partial<Draft>
}

/** The effect that a send would have, computed without sending. */
export interface Preview {
  readonly findings: readonly Finding[]
  /** The contents that replace the names of presets. */
  readonly presets: readonly ExpandedPreset[]
  /** Lossless corrections to the draft, such as a hash changed to lower case (REX-REF-088). */
  readonly notices: readonly Notice[]
  readonly recipients: readonly {
    readonly organisation: string
    readonly suite: Suite
    readonly sections: readonly string[]
    readonly staged: readonly string[]
    /** Size of the envelope in bytes, padded. */
    readonly bytes: number
  }[]
}
