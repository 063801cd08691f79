// How an application sends referrals. docs/guide/desk.md, "Sending"
import type { Suite } from '../../core/jose/suite.ts'
import type { Draft, ExpandedPreset, Finding, Notice } from '../../core/referral/index.ts'

/** A recipient of a referral. */
export interface To {
  readonly organisation: string
  /** Section types that this recipient gets at once. Default: the plan of the kind (non-identifying ones). */
  readonly sections?: readonly string[]
  /** Section types that are committed to and disclosed by `disclose` after acceptance. Default: the plan of the kind. */
  readonly staged?: readonly string[]
}

/** Options of a send. */
export interface SendOptions {
  /** One organisation, or several with the sections for each. */
  readonly to: string | To | readonly (string | To)[]
  /**
   * Idempotency key: the same key with the same content is always the same send; with other content it is
   * KEY_CONFLICT. Default: random.
   */
  readonly key?: string
  /** Own case number: stays at this desk and comes with every item. */
  readonly ref?: string
  /** Weakest suite allowed. Default: REX-2 if every recipient offers it, else REX-1. */
  readonly minimumSuite?: Suite
  /** Milliseconds until delivery is given up. Default: 3 days for urgent, 14 days for routine referrals. */
  readonly lifetimeMs?: number
  /**
   * Id of this desk's earlier thread that this one follows, for example after a decline, or because the earlier one
   * never arrived.
   */
  readonly follows?: string
  /**
   * Ids of findings of the lint that do not apply, such as an ordinary word that is also a name (REX-REF-143). They stay at this desk, also
   * for later corrections.
   */
  readonly confirm?: readonly string[]
}

/** Options of a group. */
export interface GroupOptions extends SendOptions {
  /**
   * Sections shared by all siblings. Lists are joined, such as a mother to `people`; other sections apply where a
   * sibling has none.
   */
  readonly shared?: Partial<Draft>
}

/** The effect of a send, without sending. */
export interface Preview {
  readonly findings: readonly Finding[]
  /** The contents that replace the names of presets. */
  readonly presets: readonly ExpandedPreset[]
  /** Lossless changes to the draft, such as a hash in lower case (REX-REF-088). */
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
