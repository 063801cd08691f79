// A thread as applications use it. docs/guide/desk.md, "Threads"
import type { ErrorReason } from '../../core/error.ts'
import type { Code, Referral } from '../../core/referral/index.ts'
import type { EraseInput, Erasure, LegalHold } from './erasure.ts'
import type { ThreadEvent } from './events.ts'
import type {
  AcceptInput,
  AcknowledgeConsentInput,
  AttestRecallInput,
  ChangeConsentInput,
  CompleteInput,
  CorrectInput,
  DeclineInput,
  DiscloseInput,
  FailInput,
  FeedbackInput,
  Keyed,
  NoteInput,
  ProgressInput,
  ProvideInfoInput,
  RecallInput,
  RequestInfoInput,
  VerbName,
  WaitlistInput,
  WithdrawInput,
  Worded,
} from './verb-inputs.ts'

/** A section of a type that this version does not know, in a message that a person placed with `resolve`. */
export interface RawSection {
  readonly type: string
  /** The content bytes as received: canonical protobuf of a newer version. */
  readonly content: Uint8Array
}

/** A referral that never arrived. */
export interface Undelivered {
  readonly outcome: 'refused' | 'expired'
  readonly reason: ErrorReason
}

/**
 * Delivery state of a message of this desk at one recipient. If the desk gets the message back after a restore, the message
 * starts again as `intended`.
 */
export type DeliveryState =
  | 'intended'
  | 'submitted'
  | 'stored'
  | 'received'
  | 'seen'
  | 'held'
  | 'refused'
  | 'expired'

/** A thread: a referral and its events. Each of several recipients has its own track; `with` selects a track. */
export interface Thread {
  readonly id: string
  readonly ref?: string
  readonly test: boolean
  /** Present if the thread was erased at this desk. Reading an erased thread, or acting in it, fails with ERASED. */
  readonly erased?: Erasure | undefined
  readonly role: 'referrer' | 'recipient'
  /** The other organisations, one for each track. */
  readonly counterparts: readonly string[]
  /** Selects the track with one counterpart. Needed only if there are several. */
  with(organisation: string): Thread
  /** Returns the state, the responsible organisation, and the step that is owed. */
  view(): Promise<ThreadView>
  /** Returns the merged referral, with the origin of every section. */
  current(): Promise<CurrentReferral>
  /** Returns the events after a cursor (default: from the beginning). */
  changes(since?: number): Promise<{ readonly cursor: number; readonly events: readonly ThreadEvent[] }>
  /** Describes each track in a line of plain sentences. `locale` is a BCP 47 tag. Default: `en`. @throws RexError MALFORMED */
  describe(locale?: string): Promise<string>
  /** Accepts the referral, entirely or with exceptions. */
  accept(options?: AcceptInput): Promise<void>
  /** Declines the referral. */
  decline(options: DeclineInput): Promise<void>
  /** Asks the other side questions. */
  requestInfo(options: RequestInfoInput): Promise<void>
  /** Answers questions. @throws RexError the same errors as `correct` */
  provideInfo(options: ProvideInfoInput): Promise<void>
  /** Puts the referral on the waiting list. */
  waitlist(options?: WaitlistInput): Promise<void>
  /**
   * Discloses sections after acceptance. Default: the sections staged for this recipient when the referral was sent;
   * `sections` may name any section of the referral.
   * @throws RexError NOT_FOUND if there are no sections to disclose, INVALID_EVENT, HANDLING_REFUSED
   */
  disclose(options?: DiscloseInput): Promise<void>
  /** Reports progress, and optionally outcomes of items. */
  progress(options: ProgressInput): Promise<void>
  /** Reports that the work is complete, entirely or partly. */
  complete(options: CompleteInput): Promise<void>
  /** Reports that the work has failed. */
  fail(options: FailInput): Promise<void>
  /** Withdraws the referral. */
  withdraw(options: WithdrawInput): Promise<void>
  /** Asks the recipient to destroy the referral, or some of its messages. */
  recall(options: RecallInput): Promise<void>
  /** Answers a recall without erasing the thread. */
  attestRecall(options: AttestRecallInput): Promise<void>
  /** Reports a change of consent. */
  changeConsent(options: ChangeConsentInput): Promise<void>
  /** Acknowledges a change of consent without erasing the thread. */
  acknowledgeConsent(options: AcknowledgeConsentInput): Promise<void>
  /**
   * Replaces or adds sections. Before acceptance, only section types that were sent with the referral are allowed;
   * after the thread has ended, none.
   * @throws RexError INVALID_EVENT, INVALID_REFERRAL, CONTENT_REFUSED, HANDLING_REFUSED
   */
  correct(options: CorrectInput): Promise<void>
  /** Sends a remark. */
  note(options: NoteInput): Promise<void>
  /** Sends feedback. */
  feedback(options: FeedbackInput): Promise<void>
  /** Declares that the referral was entered in error. */
  enterInError(options?: Worded): Promise<void>
  /**
   * Records a person's decision on a message that is held because of an unknown code: `message` is its digest in
   * `view().held`. `place` accepts the message as it is. `refuse` rejects the message, and its sender gets a failure (a
   * referral is declined instead).
   * @throws RexError NOT_FOUND; INVALID_EVENT or LIMIT_EXCEEDED if the message cannot be placed and therefore stays
   * held
   */
  resolve(message: string, decision: 'place' | 'refuse', options?: Keyed): Promise<void>
  /**
   * Returns whether a verb was called before with this key and `keyContent`. If so, another call is a repeat: you need
   * not ask a person or look anything up for it.
   * @throws RexError KEY_CONFLICT, which names the thread, if the key was used for anything else
   */
  wasDone(verb: VerbName | 'resolve' | 'markSeen', options: Required<Keyed>): Promise<boolean>
  /** Informs the other side, once for each message, that a person has seen the messages that this desk received. */
  markSeen(options?: Keyed): Promise<void>
  /**
   * Erases the thread at this desk. Resolves when the thread's key is gone from every file of the desk directory.
   * Digests, receipts and idempotency keys stay, so that evidence held by others still verifies and repeats are
   * recognised. Erase your own copies first, because the desk answers an open recall (reason `recall`) or withdrawal of
   * consent (`consent`) with `destroyed`. A repeated call changes nothing.
   * @throws RexError INVALID_EVENT while somebody owes a step or the thread is under legal hold, unless forced
   */
  erase(input: EraseInput): Promise<void>
  /** Puts the thread under legal hold: until `release`, it is erased only with `force`. `note`: who ordered the hold. */
  hold(options?: { readonly note?: string }): Promise<void>
  /** Ends the legal hold. */
  release(): Promise<void>
  /** Exports evidence of the thread as one file that verifies offline. Default: proof of the exchange without section contents. */
  export(options?: { sections?: boolean }): Promise<Uint8Array>
}

/** State of a thread. */
export interface ThreadView {
  readonly state: string
  /** Entity identifier of the responsible organisation. */
  readonly responsible: string
  readonly nextStep?: {
    readonly who: string
    readonly what: string
    readonly byMs?: number
    readonly overdue: boolean
  }
  readonly openQuestions: readonly {
    readonly request: string
    readonly id: string
    readonly text: string
    readonly path?: string
  }[]
  readonly itemOutcomes: Readonly<
    Record<string, { readonly code: Code<'item-outcome'>; readonly timeMs?: number }>
  >
  /** Present if the referral never arrived: the track has ended, and the referrer's next step is `refer-again` (REX-THR-051). */
  readonly undelivered?: Undelivered
  /** Whether no desk has answered an urgent message of this desk within 15 minutes. */
  readonly unreceived: boolean
  /** Present if the thread is under legal hold. */
  readonly legalHold?: LegalHold
  /**
   * Why verbs are blocked. `fork`: the history of the track was split. `held`: a person must decide on a held message
   * first. A held referral can still be answered.
   */
  readonly frozen?: 'fork' | 'held'
  /** Messages of the other side that this desk does not understand; `code` contains the path and the unknown code. */
  readonly held: readonly { readonly digest: string; readonly type: string; readonly code: string }[]
  /** Verbs that can be called now. */
  readonly allowed: readonly (VerbName | 'resolve')[]
  /** Messages of this desk, in the order in which they were sent. */
  readonly delivery: readonly {
    readonly type: string
    readonly recipient: string
    readonly state: DeliveryState
    /** Why the message was refused or has expired. */
    readonly reason?: ErrorReason
    readonly messageId: string
  }[]
}

/** The current content of a referral, with the origin of every section. */
export interface CurrentReferral {
  readonly referral: Partial<Referral>
  readonly origins: Readonly<
    Record<
      string,
      {
        readonly version: number
        readonly messageId: string
        readonly by: string
        readonly createdMs: number
      }
    >
  >
  /** Raw sections of types that this version does not know, in messages that a person placed with `resolve`. */
  readonly unknownSections: readonly RawSection[]
  /**
   * At the referrer: section types that are staged for this recipient; `disclose` sends them by default. At the recipient:
   * section types that the referrer announced as staged.
   */
  readonly staged: readonly string[]
}
