// Inputs of the verbs of a thread. docs/guide/desk.md, "Threads"
import type { Code, Referral } from '../../core/referral/index.ts'

/** Members common to the inputs of all verbs. */
export interface Keyed {
  /**
   * Idempotency key of at most 255 characters. Calls with the same key and the same content are the same act; other
   * content under the same key fails with KEY_CONFLICT. Verbs and `send` share one namespace of keys. Default: none, so
   * that each call is a separate act.
   */
  readonly key?: string
  /**
   * The desk compares this text, instead of the rest of the input, when the key is used again: one line of at most 255
   * characters, such as a digest. Needed if the input depends on the time of the call, for example if a person wrote "in 14
   * days". Default: the rest of the input is compared.
   */
  readonly keyContent?: string
}

/** Members of verbs with an optional text. */
export interface Worded extends Keyed {
  /** At most 20 000 characters. Default: no text. */
  readonly text?: string
}

/** Outcome for one item or person. */
export interface ItemOutcomeInput {
  /** Id of the item or person. */
  readonly item: string
  /** A code from the list `item-outcome`. */
  readonly code: Code<'item-outcome'>
  /** Time of the outcome. Unix milliseconds. Default: unknown. */
  readonly timeMs?: number
}

/** Members of verbs that may report outcomes of single items. */
interface WithOutcomes extends Worded {
  readonly itemOutcomes?: readonly ItemOutcomeInput[]
}

/** Input of `accept`. */
export interface AcceptInput extends Worded {
  /** Ids of people or items that are not accepted, each with a reason from the list `decline`. */
  readonly except?: readonly { readonly id: string; readonly code: Code<'decline'> }[]
  /** Your case number, which the other side sees. At most 200 characters. */
  readonly reference?: string
}

/** Input of `decline`. */
export interface DeclineInput extends Worded {
  /** A code from the list `decline`; `other` requires a text. */
  readonly code: Code<'decline'>
  /** An organisation that may help. */
  readonly alternative?: string
  /** Earliest time to ask again. Unix milliseconds. */
  readonly retryAfterMs?: number
}

/** Input of `requestInfo`. */
export interface RequestInfoInput extends Keyed {
  /** 1 to 64 questions. `path` is the path of the field in question. */
  readonly questions: readonly { readonly text: string; readonly path?: string }[]
  /** When the answer is needed. Unix milliseconds. */
  readonly neededByMs?: number
}

/** Input of `provideInfo`. */
export interface ProvideInfoInput extends Keyed {
  /** Answers by id of the question: each is a text, or a code from the list `absence` that says why there is no answer. */
  readonly answers: readonly {
    readonly id: string
    readonly text?: string
    readonly absence?: Code<'absence'>
  }[]
  /** Newer or additional sections. */
  readonly referral?: Partial<Referral>
  /** Digest of the request. Default: the oldest open request. */
  readonly request?: string
}

/** Input of `waitlist`. */
export interface WaitlistInput extends Worded {
  /** Expected start of the service. Unix milliseconds. */
  readonly expectedMs?: number
  /** Place in the queue, from 1. */
  readonly position?: number
}

/** Input of `disclose`. */
export interface DiscloseInput extends Keyed {
  /** Section types. Default: the section types that were staged for this recipient. */
  readonly sections?: readonly Code<'section-type'>[]
}

/** Input of `progress`. */
export interface ProgressInput extends WithOutcomes {
  /** A code from the list `progress`. */
  readonly code: Code<'progress'>
  /** When the reported progress happened or will happen. Unix milliseconds. Default: now. */
  readonly timeMs?: number
}

/** Input of `complete`. */
export interface CompleteInput extends WithOutcomes {
  /** A code from the list `outcome`. */
  readonly outcome: Code<'outcome'>
  /** Whether only part of the work is complete. Default: false. */
  readonly partly?: boolean
}

/** Input of `fail`. */
export interface FailInput extends WithOutcomes {
  /** A code from the list `decline`; `other` requires a text. */
  readonly code: Code<'decline'>
  /** An organisation that may help. */
  readonly alternative?: string
}

/** Input of `withdraw`. */
export interface WithdrawInput extends Worded {
  /** A code from the list `withdrawal`. */
  readonly code: Code<'withdrawal'>
}

/** Input of `recall`. */
export interface RecallInput extends Worded {
  /** A code from the list `withdrawal`. */
  readonly code: Code<'withdrawal'>
  /** Digests of messages of this desk. Default: the whole referral. */
  readonly messages?: readonly string[]
}

/** Input of `attestRecall`. */
export interface AttestRecallInput extends Worded {
  /** A code from the list `recall-outcome`. */
  readonly code: Code<'recall-outcome'>
  /** Digest of the recall. Default: the oldest open recall. */
  readonly recall?: string
}

/** Input of `changeConsent`. */
export interface ChangeConsentInput extends Worded {
  /** A code from the list `consent-change`. */
  readonly code: Code<'consent-change'>
  /** Ids of the people concerned. Default: all people. */
  readonly people?: readonly string[]
  /** Section types concerned. Default: all section types. */
  readonly sections?: readonly Code<'section-type'>[]
}

/** Input of `acknowledgeConsent`. */
export interface AcknowledgeConsentInput extends Worded {
  /** A code from the list `recall-outcome`. */
  readonly code: Code<'recall-outcome'>
  /** Digest of the change of consent. Default: the oldest open change. */
  readonly change?: string
}

/** Input of `correct`. */
export interface CorrectInput extends Worded {
  /** The newer sections. */
  readonly referral: Partial<Referral>
  /** Ids of lint findings that do not apply (REX-REF-143). The desk keeps them and never sends them. */
  readonly confirm?: readonly string[]
}

/** Input of `note`. */
export interface NoteInput extends Keyed {
  readonly text: string
  /** BCP 47 tag. Default: unspecified. */
  readonly language?: string
}

/** Input of `feedback`. */
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
