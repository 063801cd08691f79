// A thread as an application works with it. docs/guide/desk.md, "Threads"
import type { ErrorReason } from '../../core/error.ts'
import type { Referral } from '../../core/referral/index.ts'
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

/** A section of a type that this version does not know, which a person has placed. */
export interface RawSection {
  readonly type: string
  /** The bytes of its content, as they came: canonical protobuf of a newer version. */
  readonly content: Uint8Array
}

/** An event as the application sees it. */
export interface ThreadEvent {
  /** Manifest digest, hex. */
  readonly digest: string
  readonly messageId: string
  /** kebab-case: `accept`, `request-info`, … */
  readonly type: string
  readonly by: string
  readonly mine: boolean
  readonly createdMs: number
  /** The content: the members of the proto message of the type, camelCase. */
  readonly content: Readonly<Record<string, unknown>>
  /** On record but without effect, because a concurrent event went first. */
  readonly crossed: boolean
}

/** A referral that never arrived. */
export interface Undelivered {
  readonly outcome: 'refused' | 'expired'
  readonly reason: ErrorReason
}

/** What has become of a message of mine for one recipient. One that a restored desk gets again begins anew with `intended`. */
export type DeliveryState =
  | 'intended'
  | 'submitted'
  | 'stored'
  | 'received'
  | 'seen'
  | 'held'
  | 'refused'
  | 'expired'

/** One thread: a referral and all that follows. With several recipients each has its own track; `with` chooses one. */
export interface Thread {
  readonly id: string
  readonly ref?: string
  readonly test: boolean
  readonly role: 'referrer' | 'recipient'
  /** The other organisations, one for each track. */
  readonly counterparts: readonly string[]
  /** The track with one counterpart; needed only where there are several. */
  with(organisation: string): Thread
  /** State, who is responsible, what is owed by whom. */
  view(): Promise<ThreadView>
  /** The merged referral, with the origin of every section. */
  current(): Promise<CurrentReferral>
  /** What happened after a cursor (default: the beginning). */
  changes(since?: number): Promise<{ readonly cursor: number; readonly events: readonly ThreadEvent[] }>
  /** A line of plain sentences for each track. `locale` is a BCP 47 tag. Default: `en`. @throws RexError MALFORMED */
  describe(locale?: string): Promise<string>
  accept(options?: AcceptInput): Promise<void>
  decline(options: DeclineInput): Promise<void>
  requestInfo(options: RequestInfoInput): Promise<void>
  /** Answers questions. @throws RexError as `correct` does */
  provideInfo(options: ProvideInfoInput): Promise<void>
  waitlist(options?: WaitlistInput): Promise<void>
  /**
   * Gives sections after the accept. Default: those that were staged for this recipient when the referral was sent, and no
   * others; `sections` may name any section of the referral. @throws RexError NOT_FOUND if there are none, INVALID_EVENT,
   * HANDLING_REFUSED
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
   * Replaces sections by newer ones, or adds some: before the accept only of types given with the referral, after the end none.
   * @throws RexError INVALID_EVENT, INVALID_REFERRAL, CONTENT_REFUSED, HANDLING_REFUSED
   */
  correct(options: CorrectInput): Promise<void>
  note(options: NoteInput): Promise<void>
  feedback(options: FeedbackInput): Promise<void>
  enterInError(options?: Worded): Promise<void>
  /**
   * A person decides on a message that is held, because a code in it is not understood: `message` is its digest in `view().held`.
   * `place` takes it in as it is; `refuse` does not, and its sender gets it back as a failure (a referral is declined instead).
   * @throws RexError NOT_FOUND; INVALID_EVENT, LIMIT_EXCEEDED if it cannot be placed: then it stays held
   */
  resolve(message: string, decision: 'place' | 'refuse', options?: Keyed): Promise<void>
  /** Tells the other side, once for each message, that a person has seen what it sent and what counts here. */
  markSeen(options?: Keyed): Promise<void>
  /** Evidence of the thread: one file that verifies offline. Default: no section contents, only what proves the exchange. */
  export(options?: { sections?: boolean }): Promise<Uint8Array>
}

/** Where a thread stands. */
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
  readonly itemOutcomes: Readonly<Record<string, { readonly code: string; readonly timeMs?: number }>>
  /** The referral never arrived: the track has ended, and the referrer owes `refer-again` (REX-THR-051). */
  readonly undelivered?: Undelivered
  /** A message of mine is urgent, and no desk has answered it 15 minutes after it was sent. */
  readonly unreceived: boolean
  /** `held`: until a person decides, nothing can be said but the answer to a held referral. */
  readonly frozen?: 'fork' | 'held'
  /** Messages of the other side that are not understood: path and code are in `code`. */
  readonly held: readonly { readonly digest: string; readonly type: string; readonly code: string }[]
  /** The verbs of the thread that can be called now. */
  readonly allowed: readonly (VerbName | 'resolve')[]
  /** My messages, in the order in which they were sent. */
  readonly delivery: readonly {
    readonly type: string
    readonly recipient: string
    readonly state: DeliveryState
    /** Why it was refused or expired. */
    readonly reason?: ErrorReason
    readonly messageId: string
  }[]
}

/** The referral as it stands, with the origin of every section. */
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
  /** Sections of types that are not known here, raw, with what a person has placed. */
  readonly unknownSections: readonly RawSection[]
  /** Section types held back for this recipient: what `disclose` gives by default. At a recipient: those that it was told of. */
  readonly staged: readonly string[]
}
