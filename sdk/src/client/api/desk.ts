// The desk as an application sees it. docs/guide/desk.md
import type { Suite } from '../../core/jose/suite.ts'
import type { Draft } from '../../core/referral/index.ts'
import type { Item, ParkedItem } from './items.ts'
import type { DeskProblem } from './problems.ts'
import type { GroupOptions, Preview, SendOptions } from './sending.ts'
import type { Thread, Undelivered } from './thread.ts'

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
