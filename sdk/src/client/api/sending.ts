// How an application sends referrals. docs/guide/desk.md, "Sending"
import type { Suite } from '../../core/jose/suite.ts'
import type { Draft, ExpandedPreset, Finding } from '../../core/referral/index.ts'

/** To whom a referral goes. */
export interface To {
  readonly organisation: string
  /** Section types this recipient gets at once. Default: the plan of the kind (non-identifying ones). */
  readonly sections?: readonly string[]
  /** Section types committed to, and disclosed by `disclose` after its accept. Default: the plan of the kind. */
  readonly staged?: readonly string[]
}

/** How to send. */
export interface SendOptions {
  /** One organisation, or several with what each gets. */
  readonly to: string | To | readonly (string | To)[]
  /** Idempotency key: the same key and content is the same send for ever; other content is KEY_CONFLICT. Default: random. */
  readonly key?: string
  /** Own case number: stays at this desk, comes back with every item. */
  readonly ref?: string
  /** Weakest suite allowed. Default: REX-2, if every recipient offers it, else REX-1. */
  readonly minimumSuite?: Suite
  /** Milliseconds until delivery is given up. Default: 3 days urgent, 14 days routine. */
  readonly lifetimeMs?: number
  /** Id of a thread of this desk's that this one follows, such as after a decline, or because it never arrived. */
  readonly follows?: string
}

/** How to send a group. */
export interface GroupOptions extends SendOptions {
  /** What every one of them has beside its own: lists are joined, such as a mother to `people`; other sections stand where a sibling has none. */
  readonly shared?: Partial<Draft>
}

/** What a send would do, without doing it. */
export interface Preview {
  readonly findings: readonly Finding[]
  /** What stands in place of the names of presets. */
  readonly presets: readonly ExpandedPreset[]
  readonly recipients: readonly {
    readonly organisation: string
    readonly suite: Suite
    readonly sections: readonly string[]
    readonly staged: readonly string[]
    /** Size of the envelope in bytes, padded. */
    readonly bytes: number
  }[]
}
