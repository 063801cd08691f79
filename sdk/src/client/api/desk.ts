// The desk as applications use it. docs/guide/desk.md
import type { Suite } from '../../core/jose/suite.ts'
import type { Draft } from '../../core/referral/index.ts'
import type { ErasedThread, RetainedThread } from './erasure.ts'
import type { Item, ParkedItem } from './items.ts'
import type { RevokedKey, RevokeInput, RotatedEntity, SigningKey } from './keys.ts'
import type { DeskProblem } from './problems.ts'
import type { GroupOptions, Preview, SendOptions } from './sending.ts'
import type { Thread, Undelivered } from './thread.ts'

/** Provides the passphrase of the keystore when it is needed: from a prompt, file, standard input, credential or command. */
export type Unlock = () => Promise<string>

/** How to open a desk. */
export interface ConnectOptions {
  /** Desk directory, as made by `rex-desk init`. */
  readonly directory: string
  readonly unlock: Unlock
  /**
   * Takes the mailbox from the desk with this credential, at least its first 8 digits, and shuts that desk out from
   * then on. A person should know which one: `LEASE_LOST` names it in `metadata.credential`, and since when it has had
   * the mailbox in `metadata.since`. If it names none, pass `none`. If another desk has taken the mailbox meanwhile, the refusal names that
   * one, and nothing is taken. Default: nothing is taken.
   */
  readonly takeOver?: string
  /** Receives operator messages; never case data. Exceptions that it throws are ignored. Default: none. */
  readonly log?: (entry: DeskLogEntry) => void
  /** Closes the desk in order, as disposing of it does. During opening, it ends the attempt with CANCELLED. */
  readonly signal?: AbortSignal
}

/** A log line of the desk. An `error` needs a person. */
export interface DeskLogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

/** Which threads to list. */
export interface ThreadsOptions {
  /** Only tracks in which somebody owes a step, soonest due first. Default: all, last change first. */
  readonly open?: boolean
  /** Like `open`, but only tracks in which this organisation owes the step. Default: false. */
  readonly mine?: boolean
  /** Maximum number of threads. Default: 100. */
  readonly limit?: number
  /** Only threads after the one with this `cursor`, in a list with otherwise the same options. Default: from the beginning. */
  readonly after?: string
  /** Only threads with this own reference, last change first. The cost does not grow with the number of threads. Default: any. */
  readonly ref?: string
  /**
   * Only threads whose id begins with these 1 to 32 lower-case hexadecimal digits, in the order of ids. The cost
   * does not grow with the number of threads. Default: any.
   */
  readonly idPrefix?: string
}

/**
 * A track of a thread in a list. Erased threads are listed by `idPrefix` only, in state `erased`. A thread that cannot be read because the store is damaged is listed too: in state
 * `unreadable`, with an empty counterpart and kind, and the step `repair`.
 */
export interface ThreadSummary {
  readonly id: string
  /** Position in the list: opaque, for `after`. */
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
  /** An urgent message to the counterpart has not been received 15 minutes after it was sent. */
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

/** How to make a backup. */
export interface BackupOptions {
  /** The file to make. */
  readonly file: string
  /** Replaces a file that exists. Default: false. */
  readonly overwrite?: boolean
  /** Ends the work; no file is left. Default: nothing does. */
  readonly signal?: AbortSignal
}

/**
 * Health of the desk. The desk maintains its certificate and keys by itself; a problem means that this failed, or
 * that something is waiting.
 */
export interface DeskHealth {
  /** When the desk's certificate for its gateway expires. Unix milliseconds. */
  readonly certificateExpiresMs: number
  /** Fingerprint of that certificate's key: identifies this desk in the operator's list of desks. */
  readonly credential: string
  /** Address of the desk's gateway that is in use, `host:port`. */
  readonly gateway: string
  /** Number of referrals, finished ones included. */
  readonly referrals: number
  /** Messages sealed to this organisation before this time can no longer be decrypted by anybody. Unix milliseconds. */
  readonly keysSinceMs: number
  /** Older keys will be destroyed once other organisations have confirmed the time; until then forward secrecy waits (REX-ID-034). */
  readonly keysWait: boolean
  /** Problems that need a person, the most serious first. Empty: all is well. */
  readonly problems: readonly DeskProblem[]
}

/**
 * An open desk: the organisation sends, receives and keeps its threads with it. Only one desk is active for a
 * mailbox at a time. After another desk store has taken the mailbox (LEASE_LOST), the disk has failed
 * (STORE_FAILED) or the gateway's operator has revoked the desk (UNAUTHENTICATED), the desk neither sends nor receives: calls that read, send, decide or wait throw this error, and
 * the desk must be opened again.
 */
export interface Desk extends AsyncDisposable {
  readonly organisation: string
  /**
   * Resolves when the send is durable here. Delivery continues in the background and reports through `receive`. The
   * name of a preset, from `presets.json` or built in, may replace a section, such as `handling: 'standard'`.
   */
  send(referral: Draft, options: SendOptions): Promise<Thread>
  /**
   * Sends referrals that belong together, such as siblings. Each is a thread of its own and states its number and
   * the size of the group. All are sent or none; `key` covers the whole group.
   * @throws RexError as `send` does
   */
  sendGroup(siblings: readonly Partial<Draft>[], options: GroupOptions): Promise<Thread[]>
  /**
   * Whether `send`, or `sendGroup` for a list of siblings, was done under this key with the same content: then a send only returns the
   * threads of the first one.
   * @throws RexError KEY_CONFLICT, which names the thread, if the key stands for anything else
   */
  wasSent(referral: Draft | readonly Partial<Draft>[], options: GroupOptions): Promise<boolean>
  /** The effect of a send. First fetches the newest statements of the recipients, for at most 3 s. */
  preview(referral: Draft, options: SendOptions): Promise<Preview>
  /** The inbox, urgent first, until the signal ends it. `concurrency` (default 1) limits the number of unsettled items. */
  receive(options?: { readonly concurrency?: number; readonly signal?: AbortSignal }): AsyncIterable<Item>
  /** Items set aside for a person, by `park` or after five attempts; oldest first. */
  parked(): Promise<ParkedItem[]>
  thread(id: string): Promise<Thread>
  /** Threads, with a summary for each track. @throws RexError MALFORMED for an invalid cursor */
  threads(options?: ThreadsOptions): Promise<ThreadSummary[]>
  /** Erased threads, the oldest erasure first. `after`: the last one already listed. `limit`: default 100. */
  erased(options?: { readonly limit?: number; readonly after?: ErasedThread }): Promise<ErasedThread[]>
  /** The threads that the rules of `retention.json` will erase within 30 days, the longest unchanged first. `limit`: default 100. */
  retention(options?: { readonly limit?: number }): Promise<RetainedThread[]>
  /** A signed invite for another organisation, valid for 30 days, with the six words to compare. */
  invite(): Promise<{ readonly invite: string; readonly words: readonly string[] }>
  /** Pairs with the organisation of an invite. Compare the words by phone. */
  pair(invite: string): Promise<Peer>
  peers(): Promise<Peer[]>
  unpair(organisation: string): Promise<void>
  /**
   * Makes an encrypted backup file while the desk works, with everything that it has stored until now, but without the keys that change
   * (`current.json`). It opens with the passphrase, and also with the recovery kit, of this moment. The file is complete or does not exist.
   * @throws RexError ALREADY_EXISTS, STORE_FULL, CONFIG_INVALID, STORE_IN_USE if the desk stores too fast, CANCELLED
   */
  backup(options: BackupOptions): Promise<void>
  /**
   * The statements (JWTs) of these organisations that the desk keeps, its own included: the newest with each set of
   * signing keys, oldest first. `verifyEvidence` finds revocations in them.
   */
  statements(organisations: readonly string[]): Promise<string[]>
  /** The message keys of the organisation: the one in use first, then earlier ones, the newest first. */
  messageKeys(): Promise<SigningKey[]>
  /** The receipt keys of the desk's gateway that the last statement names: the one in use first, then earlier ones, the newest first. */
  receiptKeys(): Promise<SigningKey[]>
  /**
   * Gives up a message key, or names a receipt key as compromised, and publishes that at once; a new key takes over in the same step. If the desk ends before it is
   * published, it publishes when it is opened again, and signs nothing before. Messages that have not left yet are signed again with
   * the new key if the old one is `compromised`; those under way may be refused, which is reported as a failure.
   * @throws RexError UNAVAILABLE and LEASE_LOST (nothing was done), NOT_FOUND, CONFIG_INVALID, LIMIT_EXCEEDED
   */
  revoke(input: RevokeInput): Promise<RevokedKey>
  /**
   * Replaces the entity key as planned: the old key signs that the new one takes over, and partners follow. First makes a backup with the
   * new key, because earlier backups have only the old one, then changes the keystore, then publishes. If others may know the old key,
   * this does not help: the organisation then needs new invites (docs/guide/recovery.md).
   * @throws RexError UNAVAILABLE, LEASE_LOST, LIMIT_EXCEEDED, STORE_IN_USE and those of `backup` (nothing was done); UNAVAILABLE with
   * its own text if only the publication is missing, which follows by itself
   */
  rotateEntity(input: { readonly backup: BackupOptions }): Promise<RotatedEntity>
  /**
   * Health of the desk. The cost grows with the number of open threads. A new problem of the desk itself is also
   * logged with level `error` and its code in the field `problem`.
   */
  health(): Promise<DeskHealth>
  /**
   * Resolves when all messages that were in the mailbox at connection time have been processed.
   * @throws RexError CANCELLED by the signal
   */
  caughtUp(options?: { readonly signal?: AbortSignal }): Promise<void>
  /**
   * Waits until every send is submitted and every receipt is sent.
   * @throws RexError CANCELLED by the signal; if the gateway has answered that it cannot accept a message yet, that
   * answer is its `cause`
   */
  drain(options?: { readonly signal?: AbortSignal }): Promise<void>
}
