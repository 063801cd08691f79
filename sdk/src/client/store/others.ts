// Records of the desk store about other organisations: pairings, waiting mail, receipts sent to them, notices. docs/guide/desk.md, "The desk store"

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
  /** Identifies its set of signing keys and revocations. */
  readonly keys: string
  /** The verified entity configuration. */
  readonly jwt: string
}

/** A pairing that begins or ends. It may be half done, because the gateway is changed first and this desk second. */
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
 * itself: it was restored; it gave up mail that it could not process.
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
  /** Whether the key of its thread is being erased. If so, it must not be submitted until the erasure is complete (REX-THR-070). */
  readonly withheld: boolean
}
