// What a desk keeps, as the client needs it. Case content is sealed before it comes here. docs/guide/desk.md, "The desk store"
import type { RexError } from '../../core/error.ts'

/** Durable memory of a desk. */
export interface DeskStore extends AsyncDisposable {
  readonly read: DeskReads
  /**
   * Runs `work` in the next transaction and resolves after it is durable; what `work` throws undoes only its own writes.
   * `work` is synchronous. What it changed in memory, `undone` puts back: it is called when the writes are undone, before any other
   * work. After that `work` may be run once more, because of what other work threw. @throws RexError STORE_FULL, STORE_FAILED
   */
  commit<T>(work: (write: DeskWrites) => T, undone?: () => void): Promise<T>
  /** It has forgotten commits that it had made: it, its log or its mark was cut, damaged, deleted or replaced by an older copy. */
  readonly forgot: boolean
  /** Compares the next part of the file with what was written; whether there is more. Damage in what is not sealed ends the use of the store. */
  check(): boolean
  /** Some rows are not what was written; those that are sealed show it, and the others are served. */
  isDamaged(): boolean
  /** Resolves with the first error after which nothing in the store can be trusted. */
  readonly failed: Promise<RexError>
  /** It goes on under another chain, as one that was restored: what was copied before is recognised as older. `also` writes in the same transaction. */
  beginAnew(also?: (write: DeskWrites) => void): Promise<void>
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
  /** MAC of the own reference, hex, by which it is found: it tells the reference to nobody without the archive key. Empty: there is none. */
  readonly refMac: string
  readonly updatedMs: number
}

/** A place in a list of threads. */
export interface Place {
  readonly ms: number
  /** Thread id, hex. */
  readonly id: string
}

/** What counts of a message: `dropped` was refused or expired, `held` waits for a human, `forked` and `conflict` are proof only. */
export type MessageStatus = 'counted' | 'held' | 'dropped' | 'forked' | 'conflict'

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

/** An own message and one of its recipients. */
export interface DeliveryKey {
  /** Manifest digest, hex. */
  readonly message: string
  readonly recipient: string
}

/** What has become of an own message for one recipient, however often it was sealed. Receipt batches have none. */
export interface DeliveryRecord extends DeliveryKey {
  /** Thread id, hex. */
  readonly thread: string
  readonly state: 'intended' | 'submitted' | 'stored' | 'received' | 'seen' | 'held' | 'refused' | 'expired'
  /** When it was received, or until then held. 0: neither. */
  readonly receivedMs: number
  /** Why it ended refused or expired: an error reason. Empty: it did not. */
  readonly reason: string
  /** When the message expires. */
  readonly expiresMs: number
  readonly urgent: boolean
  /** When the message was first sent. */
  readonly sentMs: number
  /** It was raised that nobody has received the message in time, or no such alarm is due any more. */
  readonly alarmed: boolean
  /** Weakest suite that the message may be sealed with. */
  readonly minimumSuite: string
  /** It is to be sealed again. */
  readonly resealPending: boolean
  /** How often it was sealed again, or that put off. */
  readonly attempts: number
  /** It is not sealed again before. */
  readonly resealMs: number
  /** While it is stored: when it is offered again, if no desk has answered by then. */
  readonly offerMs: number
}

/** One sealing of an own message for one recipient. */
export interface EnvelopeRecord extends DeliveryKey {
  /** Envelope id, hex. */
  readonly id: string
  /** Envelope digest, hex. */
  readonly digest: string
  /** Why nothing comes of this envelope any more: an error reason. Empty: something may. */
  readonly closed: string
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

/** A pairing that begins or ends, and may be only half done: the gateway first, then here. */
export interface PairingRecord {
  readonly organisation: string
  /** Verified entity configuration (JWT) of the organisation to pair with. Empty: the pairing ends. */
  readonly configuration: string
}

/** Own messages to a recipient that wait alike. */
export interface WaitingGroup {
  readonly recipient: string
  readonly urgent: boolean
  /** `sent`: not stored at the recipient's gateway. `stored`: no desk has answered. `held`: a person there decides. */
  readonly state: 'sent' | 'stored' | 'held'
  readonly count: number
  /** When the oldest was sent, and its thread (hex). */
  readonly sinceMs: number
  readonly thread: string
}

/** What the own gateway notices: urgent mail beyond a budget, of this organisation or of another; damage of its store. */
export type NoticeKind =
  | 'urgent-sent'
  | 'urgent-received'
  | 'store-damaged'
  | 'desk-restored'
  | 'mailbox-taken'

/** What the own gateway has noticed, the newest of a kind about an organisation. */
export interface NoticeRecord {
  readonly kind: NoticeKind
  readonly organisation: string
  readonly noticedMs: number
  /** What the message for people adds to that. Empty: nothing. */
  readonly detail: string
}

/** What can be read at any time. */
export interface DeskReads {
  thread(id: string): ThreadRecord | undefined
  /** Threads after a place, last change first. `ms` of a place is `updatedMs`. */
  threads(limit: number, after?: Place): ThreadRecord[]
  /** Threads with an own reference, by its MAC, after a place, last change first. `ms` of a place is `updatedMs`. */
  byRef(refMac: string, limit: number, after?: Place): Place[]
  /** Threads whose id begins with these lower-case hexadecimal digits, after a place, in the order of ids. `ms` of a place is `updatedMs`. */
  byPrefix(digits: string, limit: number, after?: Place): Place[]
  /** Threads after a place in which a step may be owed, those first that are due first. `ms` of a place is when. */
  open(limit: number, after?: Place): Place[]
  messages(thread: string): MessageRecord[]
  message(digest: string): MessageRecord | undefined
  /** Ids of threads with held messages. */
  heldThreads(): string[]
  delivery(key: DeliveryKey): DeliveryRecord | undefined
  /** Oldest first. */
  deliveries(thread: string): DeliveryRecord[]
  envelope(id: string): EnvelopeRecord | undefined
  /** The envelopes of a delivery, oldest first. */
  envelopes(key: DeliveryKey): EnvelopeRecord[]
  /** Own messages that wait, by recipient, lane and state. */
  waiting(): WaitingGroup[]
  /** How many items were set aside. */
  parked(): number
  /** How many threads there are. */
  threadCount(): number
  /** What had expired by then and no desk has answered, oldest expiry first. */
  overdue(expiredMs: number, limit: number): DeliveryRecord[]
  /** What no desk has answered and was dated later than `ms`: how many, and the latest date. Undefined: nothing. */
  datedAhead(ms: number): { readonly count: number; readonly latestMs: number } | undefined
  /** What is to be sealed again now, after a delivery, oldest first, also if it was put off by a clock that was ahead; never what has expired. */
  dueForReseal(nowMs: number, limit: number, after?: DeliveryKey): DeliveryRecord[]
  /** When the next of them is due. Undefined: none is. */
  nextResealMs(nowMs: number): number | undefined
  /** When the first and the last of what is stored, and has not expired, are to be offered again. Undefined: there is none. */
  offers(nowMs: number): { readonly firstMs: number; readonly lastMs: number } | undefined
  /** Urgent messages that were sent by then, no desk has answered and no alarm tells of, oldest first. */
  unreceived(sentMs: number, limit: number): DeliveryRecord[]
  /** Ids of threads in which a step may have fallen due by then, soonest first. */
  due(dueMs: number, limit: number): string[]
  /** When the next of all these alarms may be due, if an urgent message has `unreceivedAfterMs`. */
  nextAlarmMs(unreceivedAfterMs: number): number | undefined
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
  pairings(): PairingRecord[]
  /** Incarnation of the own gateway, hex, as it was last met. */
  incarnation(): string | undefined
  /** The greatest id of an outgoing submission that the gateway confirmed in that incarnation. 0: none. */
  confirmed(): number
  /** The greatest id that a submission has got. 0: there was none. */
  lastOutgoing(): number
  notices(): NoticeRecord[]
  /** The time that others have confirmed, as it was last kept. Unix milliseconds; 0: none. */
  trustedTime(): number
  /** Whether anything waits to be submitted or receipted. */
  busy(): boolean
}

/** What can be done inside `commit`. Reads see the writes before them. */
export interface DeskWrites {
  putThread(thread: ThreadRecord): void
  /** No step of the thread that is new falls due before. */
  dueFrom(thread: string, ms: number): void
  /** The same, if somebody may owe a step in the thread; otherwise nothing. */
  dueSooner(thread: string, ms: number): void
  /**
   * All steps of the thread were looked at: the soonest is due at `dueMs` (undefined: nobody owes any), the next one falls due at
   * `nextMs` (undefined: none does as things stand).
   */
  dueSeen(thread: string, found: { dueMs: number | undefined; nextMs: number | undefined }): void
  /** Notes that an alarm was raised; whether that is new. */
  addAlarm(id: string): boolean
  /** Adds a message; its sequence number. */
  addMessage(message: Omit<MessageRecord, 'sequence'>): number
  updateMessage(digest: string, change: Partial<Pick<MessageRecord, 'status' | 'content'>>): void
  /** Puts another message in the place of an own one, with its deliveries and without its envelopes. */
  replaceMessage(digest: string, message: Pick<MessageRecord, 'digest' | 'content'>): void
  addDelivery(delivery: DeliveryRecord): void
  updateDelivery(
    key: DeliveryKey,
    change: Partial<
      Pick<
        DeliveryRecord,
        | 'state'
        | 'expiresMs'
        | 'sentMs'
        | 'receivedMs'
        | 'reason'
        | 'alarmed'
        | 'resealPending'
        | 'attempts'
        | 'resealMs'
        | 'offerMs'
      >
    >,
  ): void
  /** Marks what is in one of these states, and has not expired by then, to be sealed again. Default: to whomever. */
  markForReseal(states: readonly DeliveryRecord['state'][], nowMs: number, recipient?: string): void
  /** Marks what is stored, and has not expired, to be sealed again: what is to be offered by `nowMs`, or after `lastMs`. */
  markOffered(nowMs: number, lastMs: number): void
  /** Adds the newest envelope of a delivery. */
  addEnvelope(envelope: EnvelopeRecord): void
  updateEnvelope(id: string, change: Partial<Pick<EnvelopeRecord, 'closed' | 'stored'>>): void
  /** Keeps a signed receipt batch (Jws bytes) once, and that it speaks of these envelopes. */
  addReceiptBatch(digest: string, batch: Uint8Array, envelopeIds: readonly string[]): void
  /** Queues a submission; its id, greater than any before. It is kept until it is confirmed. */
  addOutgoing(submission: Uint8Array): number
  /** Keeps other bytes for a submission that is not confirmed. */
  replaceOutgoing(id: number, submission: Uint8Array): void
  /** The gateway has the message: the submission goes, and the deliveries of these envelopes are submitted. */
  confirmOutgoing(id: number, envelopeIds: readonly string[]): void
  addItem(item: Omit<ItemRecord, 'sequence' | 'attempts'>): void
  removeItem(sequence: number): void
  /** Keeps an item back; when the clock is found before `nowMs`, it had been ahead, and the wait is over. */
  postponeItem(sequence: number, wait: { readonly nowMs: number; readonly delayMs: number }): void
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
  /** Keeps that a pairing begins or ends, until `endPairing`. */
  putPairing(pairing: PairingRecord): void
  endPairing(organisation: string): void
  /** Notes a chain of an organisation; whether it is the first one. Undefined: it is known. */
  addChain(organisation: string, chain: string): boolean | undefined
  /** Another incarnation has confirmed nothing yet. */
  putIncarnation(incarnation: string): void
  /** The gateway has confirmed a submission. */
  confirmPlace(id: number): void
  /** Keeps a notice in place of the one before of its kind about this organisation. */
  putNotice(notice: NoticeRecord): void
  putTrustedTime(ms: number): void
}
