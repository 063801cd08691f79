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

/** A section of a type unknown to this version, placed by a person. */
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

/** State of an own message for one recipient. A message that a restored desk gets again restarts as `intended`. */
export type DeliveryState =
  | 'intended'
  | 'submitted'
  | 'stored'
  | 'received'
  | 'seen'
  | 'held'
  | 'refused'
  | 'expired'

/** One thread: a referral and its events. With several recipients each has its own track; `with` chooses one. */
export interface Thread {
  readonly id: string
  readonly ref?: string
  readonly test: boolean
  /** The thread is erased here: reading it, and new acts in it, fail with ERASED. Absent: it is not. */
  readonly erased?: Erasure | undefined
  readonly role: 'referrer' | 'recipient'
  /** The other organisations, one for each track. */
  readonly counterparts: readonly string[]
  /** The track with one counterpart. Needed only with several. */
  with(organisation: string): Thread
  /** State, responsible organisation, and the step owed. */
  view(): Promise<ThreadView>
  /** The merged referral, with the origin of every section. */
  current(): Promise<CurrentReferral>
  /** Events after a cursor (default: the beginning). */
  changes(since?: number): Promise<{ readonly cursor: number; readonly events: readonly ThreadEvent[] }>
  /** A line of plain sentences for each track. `locale` is a BCP 47 tag. Default: `en`. @throws RexError MALFORMED */
  describe(locale?: string): Promise<string>
  accept(options?: AcceptInput): Promise<void>
  decline(options: DeclineInput): Promise<void>
  requestInfo(options: RequestInfoInput): Promise<void>
  /** Answers questions. @throws RexError as for `correct` */
  provideInfo(options: ProvideInfoInput): Promise<void>
  waitlist(options?: WaitlistInput): Promise<void>
  /**
   * Discloses sections after acceptance. Default: only those staged for this recipient when the referral was sent;
   * `sections` may name any section of the referral.
   * @throws RexError NOT_FOUND if there are none, INVALID_EVENT, HANDLING_REFUSED
   */
  disclose(options?: DiscloseInput): Promise<void>
  progress(options: ProgressInput): Promise<void>
  complete(options: CompleteInput): Promise<void>
  fail(options: FailInput): Promise<void>
  withdraw(options: WithdrawInput): Promise<void>
  recall(options: RecallInput): Promise<void>
  attestRecall(options: AttestRecallInput): Promise<void>
  changeConsent(options: ChangeConsentInput): Promise<void>
  acknowledgeConsent(options: AcknowledgeConsentInput): Promise<void>
  /**
   * Replaces sections with newer ones, or adds some: before acceptance only of types sent with the referral, after
   * the end none.
   * @throws RexError INVALID_EVENT, INVALID_REFERRAL, CONTENT_REFUSED, HANDLING_REFUSED
   */
  correct(options: CorrectInput): Promise<void>
  note(options: NoteInput): Promise<void>
  feedback(options: FeedbackInput): Promise<void>
  enterInError(options?: Worded): Promise<void>
  /**
   * A person decides on a message that is held because of an unknown code: `message` is its digest in
   * `view().held`. `place` takes it in as it is. `refuse` rejects it, and its sender gets a failure (a referral is
   * declined instead).
   * @throws RexError NOT_FOUND; INVALID_EVENT, LIMIT_EXCEEDED if it cannot be placed: then it stays held
   */
  resolve(message: string, decision: 'place' | 'refuse', options?: Keyed): Promise<void>
  /**
   * Whether a verb was done under a key with this `keyContent`: then the call is a repeat, for which nobody need be asked and nothing looked up.
   * @throws RexError KEY_CONFLICT, which names the thread, if the key stands for anything else
   */
  wasDone(verb: VerbName | 'resolve' | 'markSeen', options: Required<Keyed>): Promise<boolean>
  /** Tells the other side, once for each message, that a person has seen its messages that count here. */
  markSeen(options?: Keyed): Promise<void>
  /**
   * Erases the thread here; resolves when its key is gone from every file of the desk directory. Digests, receipts and
   * keys of acts stay, so that proofs of others hold and repeats are recognised. Erase your own copies first: an open
   * recall (reason `recall`) or withdrawal of consent (`consent`) is answered with `destroyed`. A repeat changes nothing.
   * @throws RexError INVALID_EVENT while something is owed or under legal hold, unless forced
   */
  erase(input: EraseInput): Promise<void>
  /** Puts the thread under legal hold: until `release`, nothing erases it but force. `note`: who ordered it. */
  hold(options?: { readonly note?: string }): Promise<void>
  /** Ends the legal hold. */
  release(): Promise<void>
  /** Evidence of the thread: one file that verifies offline. Default: proof of the exchange without section contents. */
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
  /** The referral never arrived: the track has ended, and the referrer owes `refer-again` (REX-THR-051). */
  readonly undelivered?: Undelivered
  /** An urgent message of mine has had no answer from any desk 15 minutes after it was sent. */
  readonly unreceived: boolean
  /** The thread must not be erased. Absent: it may be. */
  readonly legalHold?: LegalHold
  /** `held`: until a person decides, the only possible message is the answer to a held referral. */
  readonly frozen?: 'fork' | 'held'
  /** Messages of the other side that this desk does not understand: path and code are in `code`. */
  readonly held: readonly { readonly digest: string; readonly type: string; readonly code: string }[]
  /** Verbs of the thread that can be called now. */
  readonly allowed: readonly (VerbName | 'resolve')[]
  /** Own messages, in the order sent. */
  readonly delivery: readonly {
    readonly type: string
    readonly recipient: string
    readonly state: DeliveryState
    /** Why it was refused or expired. */
    readonly reason?: ErrorReason
    readonly messageId: string
  }[]
}

/** The current referral, with the origin of every section. */
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
  /** Raw sections of types unknown here, in messages that a person placed. */
  readonly unknownSections: readonly RawSection[]
  /**
   * Section types held back for this recipient, which `disclose` gives by default. At a recipient: those that the
   * referrer announced.
   */
  readonly staged: readonly string[]
}
