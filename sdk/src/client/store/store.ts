// What a desk keeps, as the client needs it. Case content is sealed before it comes here. docs/guide/desk.md, "The desk store"

/** Durable memory of a desk. */
export interface DeskStore extends AsyncDisposable {
  readonly read: DeskReads
  /**
   * Runs `work` in the next transaction and resolves after it is durable; what `work` throws undoes only its own writes.
   * `work` is synchronous. What it changed in memory, `undone` puts back: it is called when the writes are undone, before any other
   * work. @throws RexError STORE_FULL, STORE_FAILED
   */
  commit<T>(work: (write: DeskWrites) => T, undone?: () => void): Promise<T>
}

/** A thread: its sealed summary and its wrapped key. Without the key nothing of the thread can be read. */
export interface ThreadRecord {
  /** Thread id, hex. */
  readonly id: string
  readonly role: 'referrer' | 'recipient'
  readonly test: boolean
  /** The thread's key, wrapped. */
  readonly key: Uint8Array
  /** Sealed: what lists show. */
  readonly summary: Uint8Array
  readonly updatedMs: number
}

/** What counts of a message: `dropped` was refused or expired, `held` waits for a human, `forked` is proof only. */
export type MessageStatus = 'counted' | 'held' | 'dropped' | 'forked'

/** A message of a thread, own or received. */
export interface MessageRecord {
  /** Ascending in the order of this desk. */
  readonly sequence: number
  /** Manifest digest, hex. */
  readonly digest: string
  readonly thread: string
  readonly status: MessageStatus
  /** Sealed EvidenceMessage. */
  readonly content: Uint8Array
}

/** What has become of an own message for one recipient. */
export interface DeliveryRecord {
  /** Envelope id, hex. */
  readonly envelopeId: string
  /** Envelope digest, hex. */
  readonly envelopeDigest: string
  /** Manifest digest, hex. */
  readonly message: string
  /** Thread id, hex. Empty: a receipt batch. */
  readonly thread: string
  readonly recipient: string
  readonly state: 'intended' | 'submitted' | 'stored' | 'received' | 'seen' | 'held' | 'refused' | 'expired'
  readonly receivedMs: number
  /** When the message expires. */
  readonly expiresMs: number
  /** Stored receipt of the recipient's gateway: Jws bytes. */
  readonly stored?: Uint8Array
}

/** A message that the gateway has not confirmed yet. */
export interface OutgoingRecord {
  readonly id: number
  /** Submission bytes: ciphertext. */
  readonly submission: Uint8Array
}

/** Something for the application. */
export interface ItemRecord {
  readonly sequence: number
  /** Stable id, hex. */
  readonly id: string
  readonly thread: string
  readonly urgent: boolean
  readonly attempts: number
  /** Sealed under the thread's key. */
  readonly content: Uint8Array
}

/** An item that was set aside for a person. */
export interface ParkedRecord extends ItemRecord {
  readonly reason: string
}

/** The verdict on a message: a repeat gets it again. */
export interface Verdict {
  /** Manifest digest, hex. */
  readonly digest: string
  /** DeskReceiptStatus. */
  readonly status: number
  readonly code: string
}

/** A paired organisation. */
export interface PeerRecord {
  readonly organisation: string
  /** Newest verified entity configuration (JWT). */
  readonly configuration: string
  readonly pairedMs: number
}

/** What can be read at any time. */
export interface DeskReads {
  thread(id: string): ThreadRecord | undefined
  /** Threads, last change first. */
  threads(beforeMs: number, limit: number): ThreadRecord[]
  messages(thread: string): MessageRecord[]
  /** Ids of threads with held messages. */
  heldThreads(): string[]
  delivery(envelopeId: string): DeliveryRecord | undefined
  deliveries(thread: string): DeliveryRecord[]
  /** Envelope ids of messages that had expired by then and that no desk has answered, oldest expiry first. Never receipt batches. */
  overdue(expiredMs: number, limit: number): string[]
  /** Receipt batches of the recipient's desk that speak of an envelope: Jws bytes. */
  receiptBatches(envelopeId: string): Uint8Array[]
  /** Unconfirmed submissions after an id, oldest first. */
  outgoing(afterId: number, limit: number): OutgoingRecord[]
  /** The first item that is due, urgent before old, of a thread that is not among these. */
  nextItem(nowMs: number, without: readonly string[]): ItemRecord | undefined
  /** When the next postponed item is due after `nowMs`, of a thread that is not among these. Undefined: none is. */
  nextItemMs(nowMs: number, without: readonly string[]): number | undefined
  /** Items that were set aside, oldest first. */
  parkedItems(): ParkedRecord[]
  verdict(sender: string, messageId: string): Verdict | undefined
  /** Receipts that wait for sending, oldest first. */
  receipts(limit: number): { id: number; recipient: string; receipt: Uint8Array }[]
  sendKey(key: string): { content: string; thread: string } | undefined
  peers(): PeerRecord[]
  /** Whether anything waits to be submitted or receipted. */
  busy(): boolean
}

/** What can be done inside `commit`. Reads see the writes before them. */
export interface DeskWrites {
  putThread(thread: ThreadRecord): void
  /** Adds a message; its sequence number. */
  addMessage(message: Omit<MessageRecord, 'sequence'>): number
  updateMessage(digest: string, change: Partial<Pick<MessageRecord, 'status' | 'content'>>): void
  addDelivery(delivery: DeliveryRecord): void
  updateDelivery(
    envelopeId: string,
    change: Partial<Pick<DeliveryRecord, 'state' | 'receivedMs' | 'stored'>>,
  ): void
  /** Keeps a signed receipt batch (Jws bytes) once, and that it speaks of these envelopes. */
  addReceiptBatch(digest: string, batch: Uint8Array, envelopeIds: readonly string[]): void
  /** Queues a submission; its id, greater than any before. It is kept until it is confirmed. */
  addOutgoing(submission: Uint8Array): number
  /** The gateway has the message: the submission goes, and its deliveries are submitted. */
  confirmOutgoing(id: number, envelopeIds: readonly string[]): void
  addItem(item: Omit<ItemRecord, 'sequence' | 'attempts'>): void
  removeItem(sequence: number): void
  postponeItem(sequence: number, notBeforeMs: number): void
  parkItem(sequence: number, reason: string): void
  /** Puts a parked item back, as if it had not been delivered yet. */
  unparkItem(sequence: number): void
  /** Once for a message of a sender. */
  addVerdict(sender: string, messageId: string, verdict: Verdict): void
  /** The verdict on what was held back becomes final, or a person has seen what was received. */
  changeVerdict(sender: string, messageId: string, verdict: Verdict): void
  addReceipt(recipient: string, receipt: Uint8Array): void
  removeReceipts(ids: readonly number[]): void
  addSendKey(key: string, content: string, thread: string): void
  putPeer(peer: PeerRecord): void
  deletePeer(organisation: string): void
}
