// The desk as applications use it. docs/guide/desk.md
import type { Suite } from '../../core/jose/suite.ts'
import type { Draft } from '../../core/referral/index.ts'
import type { Code } from '../../core/referral/types.ts'
import type { State } from '../../core/thread/transitions.ts'
import type { ChangesOptions, ChangesRead, DeskChange, ReadChangesOptions } from './changes.ts'
import type { ErasedThread, RetainedThread } from './erasure.ts'
import type { Item, ParkedItem } from './items.ts'
import type { RevokedKey, RevokeInput, RotatedEntity, SigningKey } from './keys.ts'
import type { DeskProblem } from './problems.ts'
import type { GroupOptions, Preview, SendOptions } from './sending.ts'
import type { Thread, Undelivered } from './thread.ts'

/** Provides the passphrase of the keystore when the desk needs it, for example from a prompt, a file or a command. */
export type Unlock = () => Promise<string>

/** Options of `connect`. */
export interface ConnectOptions {
  /** Desk directory, as created by `initDesk` or `rex-desk init`. */
  readonly directory: string
  readonly unlock: Unlock
  /**
   * Takes the mailbox from another desk and shuts that desk out permanently, which a person should decide. The value is the
   * credential of that desk, or at least its first 8 digits. `LEASE_LOST` states this credential in `metadata.credential`, and
   * the time since which that desk has held the mailbox in `metadata.since`. If `LEASE_LOST` states no credential, pass `none`.
   * If a third desk has taken the mailbox in the meantime, the call fails with the credential of the third desk. Default: the
   * mailbox is not taken.
   */
  readonly takeOver?: string
  /** Receives log entries for the operator, which never contain case data. Exceptions that it throws are ignored. Default: no log. */
  readonly log?: (entry: DeskLogEntry) => void
  /**
   * Closes the desk when the signal aborts, as disposing of the desk does. If the signal aborts while the desk opens,
   * `connect` fails with CANCELLED.
   */
  readonly signal?: AbortSignal
}

/** A log entry of the desk. Entries of level `error` need a person. */
export interface DeskLogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

/** Options of `threads`. */
export interface ThreadsOptions {
  /**
   * Lists only tracks in which somebody owes a step, soonest due first. Default: false, which lists all tracks, the most
   * recently changed first.
   */
  readonly open?: boolean
  /** Like `open`, but lists only tracks in which this organisation owes the step. Default: false. */
  readonly mine?: boolean
  /** Maximum number of threads. Default: 100. */
  readonly limit?: number
  /**
   * Lists only the tracks after the track with this `cursor`; all other options must be those of the earlier list. Default: from the
   * beginning.
   */
  readonly after?: string
  /** Lists only threads with this `ref`, last change first. The cost does not grow with the number of threads. Default: any. */
  readonly ref?: string
  /**
   * Lists only threads whose id begins with these 1 to 32 lower-case hexadecimal digits, in the order of ids. The cost
   * does not grow with the number of threads. Default: any.
   */
  readonly idPrefix?: string
  /** Lists only tracks with this organisation. Default: any. */
  readonly counterpart?: string
  /** Lists only referrals of this kind, such as `victim-support`. Default: any. */
  readonly kind?: Code<'referral-kind'>
  /** Lists only tracks in this state; `unreadable`: threads that the desk cannot read, because its store is damaged. Default: any. */
  readonly state?: State | 'unreadable'
  /** Lists only tracks for which this organisation is responsible. Default: any. */
  readonly responsible?: string
  /** Lists only tracks in which somebody owes a step that is due by this time, in Unix milliseconds; soonest due first. Default: any. */
  readonly due?: number
  /**
   * Lists only threads in which all words and numbers of this text occur. Searches names of people, identifiers, contacts, names of
   * accounts, references to evidence, your `ref`, and the reference of an acceptance, but no free texts. Only whole words match, whatever
   * their case and accents; a number of at least 7 digits matches by its last 7 digits. Default: any.
   */
  readonly text?: string
  /** Lists only the referrals of the group with this id, such as those of siblings. Default: any. */
  readonly group?: string
}

/**
 * A track of a thread in a list. Only a list by `idPrefix` contains erased threads, in state `erased`. A thread
 * that the desk cannot read, because its store is damaged, is in state `unreadable`: counterpart and kind are empty, and
 * the step is `repair`.
 */
export interface ThreadSummary {
  readonly id: string
  /** Opaque position in the list, for `after`. */
  readonly cursor: string
  readonly ref?: string
  readonly test: boolean
  readonly role: 'referrer' | 'recipient'
  readonly counterpart: string
  readonly kind: string
  readonly state: string
  /** Entity identifier of the responsible organisation. */
  readonly responsible: string
  readonly urgent: boolean
  readonly updatedMs: number
  /** Present if the referral never arrived at the counterpart. */
  readonly undelivered?: Undelivered
  /** Whether an urgent message to the counterpart was not received within 15 minutes. */
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

/** Options of a backup. */
export interface BackupOptions {
  /** The file to write. */
  readonly file: string
  /** Replaces an existing file. Default: false. */
  readonly overwrite?: boolean
  /** Cancels the backup when the signal aborts; no file is left. Default: none. */
  readonly signal?: AbortSignal
}

/**
 * Health of the desk. The desk maintains its certificate and keys automatically; a problem means that this failed, or
 * that something waits for a person.
 */
export interface DeskHealth {
  /** The time, as far as this computer, the gateway and other organisations agree. Unix milliseconds. */
  readonly timeMs: number
  /** When the desk's certificate for its gateway expires. Unix milliseconds. */
  readonly certificateExpiresMs: number
  /** Fingerprint of the key in the desk's certificate. It identifies this desk in the operator's list of desks. */
  readonly credential: string
  /** Current address of the desk's gateway, as `host:port`. */
  readonly gateway: string
  /** Number of referrals, including finished referrals. */
  readonly referrals: number
  /** Messages that were sealed to this organisation before this time can no longer be decrypted. Unix milliseconds. */
  readonly keysSinceMs: number
  /** Whether older keys still exist because other organisations have not confirmed the time yet, so that forward secrecy is delayed (REX-ID-034). */
  readonly keysWait: boolean
  /** Problems that need a person, the most serious first. Empty if all is well. */
  readonly problems: readonly DeskProblem[]
}

/**
 * An open desk, with which the organisation sends, receives and keeps its threads. Only one desk at a time can use a mailbox.
 * The desk stops sending and receiving when another desk takes the mailbox (LEASE_LOST), the disk fails (STORE_FAILED) or the
 * gateway's operator revokes the desk (UNAUTHENTICATED). From then on, calls that read, send, decide or wait throw that error
 * until the desk is opened again.
 */
export interface Desk extends AsyncDisposable {
  readonly organisation: string
  /**
   * Sends a referral. Resolves when the referral is durable at this desk. Delivery continues in the background, and
   * `receive` reports failures. The name of a preset, from `presets.json` or built in, may replace a section, such as
   * `handling: 'standard'`.
   */
  send(referral: Draft, options: SendOptions): Promise<Thread>
  /**
   * Sends referrals that belong together, such as those of siblings. Each referral has a separate thread and states its number
   * in the group and the size of the group. Either all referrals are sent or none; `key` covers the whole group.
   * @throws RexError as `send` does
   */
  sendGroup(siblings: readonly Partial<Draft>[], options: GroupOptions): Promise<Thread[]>
  /**
   * Returns whether `send`, or `sendGroup` for a list of siblings, was called before with this key and the same content.
   * If so, another call only returns the threads of the first call.
   * @throws RexError KEY_CONFLICT, which names the thread, if the key was used for anything else
   */
  wasSent(referral: Draft | readonly Partial<Draft>[], options: GroupOptions): Promise<boolean>
  /** Returns the effect of a send, without sending. First fetches the newest statements of the recipients, for at most 3 s. */
  preview(referral: Draft, options: SendOptions): Promise<Preview>
  /** Iterates over the inbox, urgent items first, until the signal aborts. `concurrency` (default 1) limits the number of unsettled items. */
  receive(options?: { readonly concurrency?: number; readonly signal?: AbortSignal }): AsyncIterable<Item>
  /** Returns the items that were set aside for a person, by `park` or after five attempts; oldest first. */
  parked(): Promise<ParkedItem[]>
  /** Returns the thread with this id. */
  thread(id: string): Promise<Thread>
  /**
   * Lists threads, with a summary for each track. A track is listed if it matches all filters.
   * @throws RexError MALFORMED for an invalid cursor; UNAVAILABLE if a filter needs the search index and the desk is still
   * building it
   */
  threads(options?: ThreadsOptions): Promise<ThreadSummary[]>
  /**
   * Iterates over the changes at the desk: messages, deliveries, alarms, erasures. Each change comes once, in one order
   * that survives restarts. Waits for more until the signal aborts or the desk is closed. The desk keeps the last 100
   * 000 changes, for at most 30 days. To show a list and keep it current, take `lastChange`, read the list, then
   * iterate after that cursor.
   * @throws RexError EXPIRED if the desk no longer has the changes after the cursor, for example after a restore: read
   * the lists again, then continue after `metadata.cursor`; MALFORMED for an invalid cursor
   */
  changes(options?: ChangesOptions): AsyncIterable<DeskChange>
  /** Reads the next changes, in one call. @throws RexError as `changes` does, and CANCELLED when the signal aborts */
  readChanges(options?: ReadChangesOptions): Promise<ChangesRead>
  /** Returns the cursor of the last change. */
  lastChange(): Promise<string>
  /** Lists erased threads, the oldest erasure first, after the thread `after`. `limit`: default 100. */
  erased(options?: { readonly limit?: number; readonly after?: ErasedThread }): Promise<ErasedThread[]>
  /** Lists the threads that the rules of `retention.json` will erase within 30 days, the longest unchanged first. `limit`: default 100. */
  retention(options?: { readonly limit?: number }): Promise<RetainedThread[]>
  /** Returns a signed invite for another organisation, valid for 30 days, with the six words to compare. */
  invite(): Promise<{ readonly invite: string; readonly words: readonly string[] }>
  /** Pairs with the organisation that made an invite. Compare the six words by telephone. */
  pair(invite: string): Promise<Peer>
  /** Lists the paired organisations. */
  peers(): Promise<Peer[]>
  /** Ends the pairing with an organisation. */
  unpair(organisation: string): Promise<void>
  /**
   * Writes an encrypted backup file while the desk is open. The file contains all stored data except the rotating keys
   * (`current.json`), and opens with the current passphrase or the current recovery kit. The file is either complete or absent.
   * @throws RexError ALREADY_EXISTS, STORE_FULL, CONFIG_INVALID, STORE_IN_USE if the desk stores too fast, CANCELLED
   */
  backup(options: BackupOptions): Promise<void>
  /**
   * Returns the statements (JWTs) that the desk keeps of these organisations; the desk's own organisation may be one of them.
   * For each set of signing keys: the newest statement, oldest first. `verifyEvidence` finds revocations in these statements.
   */
  statements(organisations: readonly string[]): Promise<string[]>
  /** Lists the message keys of the organisation: first the current key, then earlier keys, the newest first. */
  messageKeys(): Promise<SigningKey[]>
  /**
   * Lists the receipt keys that the last statement states for the desk's gateway: first the current key, then earlier keys, the
   * newest first.
   */
  receiptKeys(): Promise<SigningKey[]>
  /**
   * Revokes a message key, or a compromised receipt key, and publishes the revocation immediately; a new message key
   * takes over in the same step. If the desk closes before the revocation is published, it publishes the revocation
   * when it is opened again, and signs nothing before that. If the old key is `compromised`, messages that have not
   * left yet are signed again with the new key; messages in transit may be refused, which the desk reports as a
   * failure.
   * @throws RexError UNAVAILABLE and LEASE_LOST (nothing was done), NOT_FOUND, CONFIG_INVALID, LIMIT_EXCEEDED
   */
  revoke(input: RevokeInput): Promise<RevokedKey>
  /**
   * Replaces the entity key in a planned rotation: the old key signs that the new key takes over, and partners accept the new
   * key automatically. First makes a backup with the new key, because earlier backups contain only the old key. Then changes
   * the keystore and publishes the new key. If others may know the old key, a rotation does not help: the organisation then
   * needs new invites (docs/guide/recovery.md).
   * @throws RexError UNAVAILABLE, LEASE_LOST, LIMIT_EXCEEDED, STORE_IN_USE and the errors of `backup` (nothing was done);
   * UNAVAILABLE with a different message if only the publication failed, which the desk repeats automatically
   */
  rotateEntity(input: { readonly backup: BackupOptions }): Promise<RotatedEntity>
  /**
   * Returns the health of the desk. The cost grows with the number of open threads. The desk also logs each new problem
   * of its own with level `error` and the code in the field `problem`.
   */
  health(): Promise<DeskHealth>
  /**
   * Resolves when the desk has processed all messages that were in the mailbox when it connected.
   * @throws RexError CANCELLED by the signal
   */
  caughtUp(options?: { readonly signal?: AbortSignal }): Promise<void>
  /**
   * Resolves when the gateway has accepted every message and every receipt.
   * @throws RexError CANCELLED when the signal aborts; if the gateway has answered that it cannot accept a message yet,
   * that answer is the `cause`
   */
  drain(options?: { readonly signal?: AbortSignal }): Promise<void>
}
