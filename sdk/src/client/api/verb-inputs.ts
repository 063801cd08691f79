// Inputs of the verbs of a thread. docs/guide/desk.md, "Threads"
import type { Code, Referral } from '../../core/referral/index.ts'

/** Input common to all verbs. */
export interface Keyed {
  /**
   * Idempotency key, at most 255 characters: the same key with the same content is always the same act; with
   * other content it is KEY_CONFLICT. Verbs and `send` share one space of keys. Default: none, each call is an act
   * of its own.
   */
  readonly key?: string
  /**
   * The content of the key, in place of the rest of the input: one line of at most 255 characters, such as a digest. Programs need it if
   * their input depends on the moment of the call, for example if a person wrote "in 14 days". Default: the rest of the input.
   */
  readonly keyContent?: string
}

/** Input of verbs with an optional text. */
export interface Worded extends Keyed {
  /** At most 20 000 characters. Default: no text. */
  readonly text?: string
}

/** Outcome of one item or person. */
export interface ItemOutcomeInput {
  /** Id of the item or person. */
  readonly item: string
  /** A code from the list `item-outcome`. */
  readonly code: Code<'item-outcome'>
  /** Unix milliseconds. Default: unknown. */
  readonly timeMs?: number
}

/** Input of verbs that may report outcomes of single items. */
interface WithOutcomes extends Worded {
  readonly itemOutcomes?: readonly ItemOutcomeInput[]
}

/** `accept` */
export interface AcceptInput extends Worded {
  /** Ids of people or items not accepted, and why: codes of the list decline. */
  readonly except?: readonly { readonly id: string; readonly code: Code<'decline'> }[]
  /** Own case number, shared with the other side. At most 200 characters. */
  readonly reference?: string
}

/** `decline` */
export interface DeclineInput extends Worded {
  /** Of the list decline; `other` needs a text. */
  readonly code: Code<'decline'>
  /** An organisation that may help. */
  readonly alternative?: string
  /** Earliest time to ask again. Unix milliseconds. */
  readonly retryAfterMs?: number
}

/** `requestInfo` */
export interface RequestInfoInput extends Keyed {
  /** 1 to 64. `path`: the field in question. */
  readonly questions: readonly { readonly text: string; readonly path?: string }[]
  /** When the answer is needed. Unix milliseconds. */
  readonly neededByMs?: number
}

/** `provideInfo` */
export interface ProvideInfoInput extends Keyed {
  /** By id of the question: a text, or a code of the list absence for why there is none. */
  readonly answers: readonly {
    readonly id: string
    readonly text?: string
    readonly absence?: Code<'absence'>
  }[]
  /** Newer or additional sections. */
  readonly referral?: Partial<Referral>
  /** Digest of the request. Default: the oldest open one. */
  readonly request?: string
}

/** `waitlist` */
export interface WaitlistInput extends Worded {
  /** Expected start. Unix milliseconds. */
  readonly expectedMs?: number
  /** Place in the queue, from 1. */
  readonly position?: number
}

/** `disclose` */
export interface DiscloseInput extends Keyed {
  /** Section types. Default: those that were staged for this recipient. */
  readonly sections?: readonly Code<'section-type'>[]
}

/** `progress` */
export interface ProgressInput extends WithOutcomes {
  /** A code from the list `progress`. */
  readonly code: Code<'progress'>
  /** When it happened or will happen. Unix milliseconds. Default: now. */
  readonly timeMs?: number
}

/** `complete` */
export interface CompleteInput extends WithOutcomes {
  /** A code from the list `outcome`. */
  readonly outcome: Code<'outcome'>
  /** Default: false. */
  readonly partly?: boolean
}

/** `fail` */
export interface FailInput extends WithOutcomes {
  /** Of the list decline; `other` needs a text. */
  readonly code: Code<'decline'>
  /** An organisation that may help. */
  readonly alternative?: string
}

/** `withdraw` */
export interface WithdrawInput extends Worded {
  /** A code from the list `withdrawal`. */
  readonly code: Code<'withdrawal'>
}

/** `recall` */
export interface RecallInput extends Worded {
  /** A code from the list `withdrawal`. */
  readonly code: Code<'withdrawal'>
  /** Digests of own messages. Default: the whole referral. */
  readonly messages?: readonly string[]
}

/** `attestRecall` */
export interface AttestRecallInput extends Worded {
  /** A code from the list `recall-outcome`. */
  readonly code: Code<'recall-outcome'>
  /** Digest of the recall. Default: the oldest open one. */
  readonly recall?: string
}

/** `changeConsent` */
export interface ChangeConsentInput extends Worded {
  /** A code from the list `consent-change`. */
  readonly code: Code<'consent-change'>
  /** Ids of people. Default: all. */
  readonly people?: readonly string[]
  /** Section types. Default: all. */
  readonly sections?: readonly Code<'section-type'>[]
}

/** `acknowledgeConsent` */
export interface AcknowledgeConsentInput extends Worded {
  /** A code from the list `recall-outcome`. */
  readonly code: Code<'recall-outcome'>
  /** Digest of the change. Default: the oldest open one. */
  readonly change?: string
}

/** `correct` */
export interface CorrectInput extends Worded {
  /** The newer sections. */
  readonly referral: Partial<Referral>
  /** Ids of findings of the lint that do not apply (REX-REF-143). They stay at this desk. */
  readonly confirm?: readonly string[]
}

/** `note` */
export interface NoteInput extends Keyed {
  readonly text: string
  /** BCP 47 tag. Default: unspecified. */
  readonly language?: string
}

/** `feedback` */
export interface FeedbackInput extends WithOutcomes {
  /** A code from the list `feedback`. */
  readonly code: Code<'feedback'>
}

/** The inputs by verb. */
export interface VerbInputs {
  readonly accept: AcceptInput
  readonly decline: DeclineInput
  readonly requestInfo: RequestInfoInput
  readonly provideInfo: ProvideInfoInput
  readonly waitlist: WaitlistInput
  readonly disclose: DiscloseInput
  readonly progress: ProgressInput
  readonly complete: CompleteInput
  readonly fail: FailInput
  readonly withdraw: WithdrawInput
  readonly recall: RecallInput
  readonly attestRecall: AttestRecallInput
  readonly changeConsent: ChangeConsentInput
  readonly acknowledgeConsent: AcknowledgeConsentInput
  readonly correct: CorrectInput
  readonly note: NoteInput
  readonly feedback: FeedbackInput
  readonly enterInError: Worded
}

/** A verb of a thread that sends an event to the other side. */
export type VerbName = keyof VerbInputs
