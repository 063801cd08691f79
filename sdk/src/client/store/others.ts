// Records of the desk store besides threads and their messages: items, changes, pairings, waiting mail, receipts sent, notices. docs/guide/desk.md, "The desk store"
import type { Severity } from '../../core/problem.ts'

/** A paired organisation. */
export interface PeerRecord {
  readonly organisation: string
  /** Newest verified entity configuration (JWT). */
  readonly configuration: string
  readonly pairedMs: number
}

/** An entity configuration kept as evidence. */
export interface ConfigurationRecord {
  readonly organisation: string
  /** Text that is the same for configurations with the same signing keys and revocations. */
  readonly keys: string
  /** The verified entity configuration. */
  readonly jwt: string
}

/** A pairing that begins or ends. It may be incomplete, because the gateway is changed first and this desk second. */
export interface PairingRecord {
  readonly organisation: string
  /** Verified entity configuration (JWT) of the organisation to pair with. Empty: the pairing ends. */
  readonly configuration: string
}

/** Messages of this desk to one recipient that wait in the same state. */
export interface WaitingGroup {
  readonly recipient: string
  readonly urgent: boolean
  /** `sent`: not stored at the recipient's gateway. `stored`: no desk has responded. `held`: a person at the recipient has to decide. */
  readonly state: 'sent' | 'stored' | 'held'
  readonly count: number
  /** When the oldest of these messages was sent, and its thread (hex). */
  readonly sinceMs: number
  readonly thread: string
}

/**
 * Kinds of notices. From the desk's gateway: urgent mail over budget, from this organisation or another; damage to the gateway's store. From the desk
 * itself: it was restored; it gave up on mail that it could not process.
 */
export type NoticeKind =
  | 'urgent-sent'
  | 'urgent-received'
  | 'store-damaged'
  | 'desk-restored'
  | 'mailbox-taken'
  | 'mail-refused'

/** The newest notice of one kind about an organisation. */
export interface NoticeRecord {
  readonly kind: NoticeKind
  readonly organisation: string
  readonly noticedMs: number
  /** Detail for the message shown to people. Empty: none. */
  readonly detail: string
}

/** A sent batch of receipts, kept until its envelope is closed. */
export interface SentReceiptsRecord {
  /** Envelope id, hex. */
  readonly envelope: string
  readonly recipient: string
  readonly createdMs: number
  /** The receipts, as DeskReceipts bytes. */
  readonly receipts: Uint8Array
}

/** A message that the gateway has not confirmed yet. */
export interface OutgoingRecord {
  readonly id: number
  /** The encrypted submission, as Submission bytes. */
  readonly submission: Uint8Array
  /** Whether the key of the message's thread is being erased. If so, the message must not be submitted until the erasure is complete (REX-THR-070). */
  readonly withheld: boolean
}

/** An item for the application. */
export interface ItemRecord {
  readonly sequence: number
  /** Id of the item, hex, which never changes. */
  readonly id: string
  readonly thread: string
  readonly urgent: boolean
  readonly attempts: number
  /** Content, sealed under the thread's key. */
  readonly content: Uint8Array
}

/** An item set aside for a person to handle. */
export interface ParkedRecord extends ItemRecord {
  /** Why the item was set aside, in the desk's words. */
  readonly reason: string
  /** Why the item was set aside, in a person's words, sealed under the thread's key. */
  readonly sealedReason?: Uint8Array
}

/** One change, as it is stored. */
export interface ChangeRecord {
  readonly sequence: number
  /** When the change was stored, by the clock of the computer. Unix milliseconds. */
  readonly atMs: number
  readonly kind: 'message' | 'delivery' | 'alarm' | 'item' | 'hold' | 'erased' | 'health' | 'restored'
  /** Thread id, hex. Empty: the change concerns no thread, or an erased one. */
  readonly thread: string
  /** Manifest digest, hex. Empty: the change concerns no message, or the message was lost. */
  readonly message: string
  /** Whether this desk sent the message. */
  readonly mine: boolean
  readonly party: string | null
  readonly state: string | null
  readonly detail: string | null
}

/** A current problem. There is at most one for each code and organisation. */
export interface ProblemRecord {
  readonly code: string
  /** Empty: the problem concerns no other organisation. */
  readonly organisation: string
  readonly severity: Severity
}

/** Reads of current problems. */
export interface ProblemReads {
  lastingProblems(): ProblemRecord[]
}

/** Writes of current problems. Each write also records a change. */
export interface ProblemWrites {
  /** Records that a problem began or has another severity. */
  putProblem(problem: ProblemRecord): void
  /** Records that a problem ended. */
  removeProblem(problem: ProblemRecord): void
}

/** The first and the last change that is kept. */
export interface ChangeBounds {
  readonly first: number
  /** Whether the first change is too old to be kept any longer. */
  readonly isOld: boolean
  /** Sequence number of the last change. 0: there has been no change. */
  readonly last: number
}
