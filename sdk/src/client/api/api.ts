// The desk as partners see it: connect, send, receive, and the thread handle. docs/guide/desk.md

import type { ErrorReason } from '../../core/error.ts'
import type { Suite } from '../../core/jose/suite.ts'
import type { Draft, ExpandedPreset, Finding, Referral } from '../../core/referral/index.ts'
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

export type * from './verb-inputs.ts'

import type { DeskProblem } from './problems.ts'

/** Gives the passphrase of the keystore when it is needed: a prompt, a file, standard input, a credential, a command. */
export type Unlock = () => Promise<string>

/** How to open a desk. */
export interface ConnectOptions {
  /** Desk directory, as made by `rex-desk init`. */
  readonly directory: string
  readonly unlock: Unlock
  /** Take the mailbox from another desk store, which is shut out from then on. Default: false. */
  readonly takeOver?: boolean
  /** Called with what an operator should know; never with case data. What it throws is ignored. Default: nothing. */
  readonly log?: (entry: DeskLogEntry) => void
  /** Closes the desk in order, as disposing of it does; while it opens, ends the attempt with CANCELLED. */
  readonly signal?: AbortSignal
}

/** A log line of the desk. An `error` needs a person. */
export interface DeskLogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

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

/** One item of the inbox. Settle it exactly once; what is not settled comes again after a restart. */
export type Item = ReferralItem | EventItem | FailureItem | AlarmItem

interface ItemBase {
  /** Stable id, hex: the message id, the envelope id of a failure, or an alarm's own. The idempotency key for the application. */
  readonly id: string
  /** Own case number of the thread, if one was given. */
  readonly ref?: string
  readonly thread: Thread
  /** How often the item was delivered before. */
  readonly redelivered: number
  /**
   * It is done; it does not come again. On a full disk this, `nak` and `park` resolve when they are remembered, and are kept as soon as
   * there is room; if the process ends before, the item comes again.
   */
  ack(): Promise<void>
  /** Deliver it again after `delayMs` (default 60 000). After five tries it is parked (`desk.parked`). */
  nak(delayMs?: number): Promise<void>
  /** Set it aside for a human (`desk.parked`); `reason` is one sentence without case data. */
  park(reason: string): Promise<void>
}

/** An item that was set aside for a person. */
export interface ParkedItem extends Pick<ItemBase, 'id' | 'ref' | 'thread'> {
  readonly kind: Item['kind']
  /** Why it was set aside. */
  readonly reason: string
  /** Puts it back into the inbox, with five tries again. */
  unpark(): Promise<void>
  /** It is done; it does not come again. */
  ack(): Promise<void>
}

/** A section of a type that this version does not know, which a person has placed. */
export interface RawSection {
  readonly type: string
  /** The bytes of its content, as they came: canonical protobuf of a newer version. */
  readonly content: Uint8Array
}

/** A new referral to this organisation. */
export interface ReferralItem extends ItemBase {
  readonly kind: 'referral'
  readonly referral: Partial<Referral>
  /** Sections of types that are not known here, raw; only if a person placed the referral. Default: there are none. */
  readonly unknownSections?: readonly RawSection[]
  /** What to read before any contact, in English, the prohibitions first. Empty: no rule is known here, such as before the disclosure. */
  readonly safeContact: readonly string[]
}

/** An event of a thread by the other side, a receipt included. */
export interface EventItem extends ItemBase {
  readonly kind: 'event'
  readonly event: ThreadEvent
  /** As in `ReferralItem`: what came with a disclosure, an answer or a correction. */
  readonly unknownSections?: readonly RawSection[]
  /** The rules of safe contact as they stand, as in `ReferralItem`. Empty: also with an event that invites no contact. */
  readonly safeContact: readonly string[]
}

/** A message of this desk that ended refused or expired. */
export interface FailureItem extends ItemBase {
  readonly kind: 'failure'
  readonly outcome: 'refused' | 'expired'
  /** What was lost, kebab-case: `refer`, `accept`, … */
  readonly type: string
  readonly messageId: string
  readonly recipient: string
  readonly reason?: ErrorReason
  /** What to do, for people. */
  readonly hint: string
}

/** Something that needs a human. */
export type AlarmItem = MessageAlarm | OverdueAlarm

/** A message is late, held, or does not fit. */
export interface MessageAlarm extends ItemBase {
  readonly kind: 'alarm'
  readonly alarm:
    | 'delayed'
    | 'unreceived'
    | 'held'
    | 'fork'
    | 'gap'
    | 'receipt-mismatch'
    | 'received-late'
    | 'conflict'
  /** Type of the message that it is about, kebab-case. */
  readonly type: string
  readonly messageId: string
  /** To whom that message went. */
  readonly recipient: string
  /** What it is and what to do, for people. */
  readonly message: string
}

/** The time of a step has passed; once for each step, whoever owes it. */
export interface OverdueAlarm extends ItemBase {
  readonly kind: 'alarm'
  readonly alarm: 'overdue'
  /** The other organisation of the track. */
  readonly counterpart: string
  readonly step: { readonly who: string; readonly what: string; readonly byMs: number }
  /** What it is and what to do, for people. */
  readonly message: string
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

/** Which threads to list. */
export interface ThreadsOptions {
  /** Only tracks in which somebody owes a step, what is due first first. Default: all, last change first. */
  readonly open?: boolean
  /** As `open`, and this organisation owes it. Default: false. */
  readonly mine?: boolean
  /** At most so many threads. Default: 100. */
  readonly limit?: number
  /** Those after the thread with this `cursor`, in a list with the same other options. Default: from the beginning. */
  readonly after?: string
  /** Only those with this own reference, last change first. What it costs does not grow with how many threads there are. Default: whatever it is. */
  readonly ref?: string
  /** Only those whose id begins so: 1 to 32 lower-case hexadecimal digits. In the order of ids; costs as `ref` does. Default: whatever it is. */
  readonly idPrefix?: string
}

/**
 * A track of a thread in a list. A thread that this desk cannot read, because its store is damaged, is there too: in state
 * `unreadable`, with an empty counterpart and kind, and the step `repair`.
 */
export interface ThreadSummary {
  readonly id: string
  /** Where it stands in the list: opaque, for `after`. */
  readonly cursor: string
  readonly ref?: string
  readonly test: boolean
  readonly role: 'referrer' | 'recipient'
  readonly counterpart: string
  readonly kind: string
  readonly state: string
  readonly urgent: boolean
  readonly updatedMs: number
  /** The referral never arrived at the counterpart. */
  readonly undelivered?: Undelivered
  /** An urgent message to the counterpart is not received 15 minutes after it was sent. */
  readonly unreceived: boolean
  readonly nextStep?: {
    readonly who: string
    readonly what: string
    readonly byMs?: number
    readonly overdue: boolean
  }
}

/** A paired organisation. */
export interface Peer {
  readonly organisation: string
  readonly name: string
  readonly words: readonly string[]
  readonly pairedMs: number
  readonly expiresMs: number
  readonly suites: readonly Suite[]
}

/** How the desk is. It looks after its certificate and keys by itself; a problem says that it could not, or that something waits. */
export interface DeskHealth {
  /** When the certificate ends with which the gateway lets the desk in. Unix milliseconds. */
  readonly certificateExpiresMs: number
  /** Fingerprint of its key: the operator's list of desks names this desk by it. */
  readonly credential: string
  /** How many referrals there are, finished ones included. */
  readonly referrals: number
  /** What was sealed to this organisation before can be decrypted by nobody any more. Unix milliseconds. */
  readonly keysSinceMs: number
  /** Older keys would be destroyed if another organisation confirmed the time; until then forward secrecy waits (REX-ID-034). */
  readonly keysWait: boolean
  /** What needs a person, the gravest first. Empty: all is well. */
  readonly problems: readonly DeskProblem[]
}

/**
 * An open desk: this organisation's voice and memory. One is active at a time for a mailbox. When another desk store has taken the
 * mailbox (LEASE_LOST) or the disk failed (STORE_FAILED), it neither sends nor receives any more: what reads, sends, decides or
 * waits gets this error, and the desk must be opened anew.
 */
export interface Desk extends AsyncDisposable {
  readonly organisation: string
  /**
   * Resolves when the intent is durable here; delivery goes on by itself and reports through `receive`. The name of a preset of
   * `presets.json` or of everybody's stands for a section, such as `handling: 'standard'`.
   */
  send(referral: Draft, options: SendOptions): Promise<Thread>
  /**
   * Sends referrals that belong together, such as siblings: each is a thread of its own and says which of how many it is. All are
   * sent or none; `key` holds for the whole group. @throws RexError as `send` does
   */
  sendGroup(siblings: readonly Partial<Draft>[], options: GroupOptions): Promise<Thread[]>
  /** What a send would do. Asks for the newest statements of the recipients first, for at most 3 s. */
  preview(referral: Draft, options: SendOptions): Promise<Preview>
  /** The inbox, urgent first, until the signal ends it. `concurrency` (default 1) is how many items may be unsettled. */
  receive(options?: { readonly concurrency?: number; readonly signal?: AbortSignal }): AsyncIterable<Item>
  /** Items that were set aside for a person, by `park` or after five tries; oldest first. */
  parked(): Promise<ParkedItem[]>
  thread(id: string): Promise<Thread>
  /** Threads, a summary for each track. @throws RexError MALFORMED for a cursor that is none */
  threads(options?: ThreadsOptions): Promise<ThreadSummary[]>
  /** A signed invite for another organisation, good for 30 days, with the six words to compare. */
  invite(): Promise<{ readonly invite: string; readonly words: readonly string[] }>
  /** Pairs with the organisation of an invite. The words are for the voice comparison. */
  pair(invite: string): Promise<Peer>
  peers(): Promise<Peer[]>
  unpair(organisation: string): Promise<void>
  /**
   * How the desk is. What it costs grows with what is open. A new problem of the desk itself is also a log entry of level `error`,
   * with its code in the field `problem`.
   */
  health(): Promise<DeskHealth>
  /** Resolves when all that was in the mailbox when the desk connected is taken in. @throws RexError CANCELLED by the signal */
  caughtUp(options?: { readonly signal?: AbortSignal }): Promise<void>
  /**
   * Waits until everything intended is submitted and every receipt is sent.
   * @throws RexError CANCELLED by the signal: if the gateway answers that it cannot take something yet, that is its `cause`
   */
  drain(options?: { readonly signal?: AbortSignal }): Promise<void>
}
