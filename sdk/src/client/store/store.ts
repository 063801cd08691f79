// The data of a desk, as the client needs it. Case content is sealed before it is stored. docs/guide/desk.md, "The desk store"
import type { KeptTime } from '../../core/agreed-time.ts'
import type { RexError } from '../../core/error.ts'
import type { ErasedThread, Erasure } from '../api/erasure.ts'
import type { KeySlots } from '../keys/thread-keys.ts'
import type { Incomplete } from './keys/completion.ts'
import type {
  ConfigurationRecord,
  NoticeRecord,
  OutgoingRecord,
  PairingRecord,
  PeerRecord,
  SentReceiptsRecord,
  WaitingGroup,
} from './others.ts'

export type {
  ConfigurationRecord,
  NoticeKind,
  NoticeRecord,
  OutgoingRecord,
  PairingRecord,
  PeerRecord,
  WaitingGroup,
} from './others.ts'

/** Durable memory of a desk. */
export interface DeskStore extends AsyncDisposable {
  readonly read: DeskReads
  /** The wrapped keys of the threads. */
  readonly keys: KeySlots
  /**
   * Runs `work` in the next transaction and resolves once it is durable. If `work` throws, only its own writes are
   * undone. `work` is synchronous. `undone` reverts its changes in memory: it is called when the writes are undone,
   * before any other work. After that `work` may run once more, if other work threw.
   * @throws RexError STORE_FULL, STORE_FAILED
   */
  commit<T>(work: (write: DeskWrites) => T, undone?: () => void): Promise<T>
  /** Erasures that the full disk has interrupted. */
  readonly incomplete: Incomplete
  /** The store has lost commits: the store, its log or its mark was truncated, damaged, deleted or replaced by an older copy. */
  readonly forgot: boolean
  /**
   * Compares the next part of the file with the written data. True: there is more. If unsealed data is damaged, the store fails.
   */
  check(): boolean
  /** Whether some rows are damaged. Sealed rows show it themselves; the others are still served. */
  isDamaged(): boolean
  /** Absent: the checksums vouch for all rows, as they were when the store was opened. */
  readonly repair?: StoreRepair | undefined
  /** Resolves with the first error after which no data of the store can be trusted. */
  readonly failed: Promise<RexError>
  /**
   * Continues under another chain, as after a restore: earlier copies are then recognised as older. `also` writes
   * in the same transaction.
   */
  beginAnew(also?: (write: DeskWrites) => void): Promise<void>
}

/** Repair of a store that was opened with rows that may be damaged. Reads whole tables. */
export interface StoreRepair {
  /** Id (hex) of the message of another organisation that got a verdict under this digest. Undefined: there was none. */
  verdictId(digest: string): string | undefined
  /** All items, also those set aside. */
  items(): ItemRecord[]
  /** Inside a commit: removes a message with its verdict and deliveries, so that it is new when it comes again. */
  drop(message: Pick<MessageRecord, 'sequence' | 'digest'>): void
  /** Every row has been found readable: the store counts as whole again. */
  done(): void
}

/** A thread: its sealed summary, and the slot of its key. Without the key the thread cannot be read. */
export interface ThreadRecord {
  /** Thread id, hex. */
  readonly id: string
  readonly role: 'referrer' | 'recipient'
  readonly test: boolean
  /** Slot of the thread's key. 0: it has none. */
  readonly slot: number
  /** Sealed: the summary for lists. Empty: the thread is erased. */
  readonly summary: Uint8Array
  /** MAC of this desk's reference, hex, for searching. Reveals the reference only with the archive key. Empty: no reference. */
  readonly refMac: string
  readonly updatedMs: number
  /** Absent: the thread is not erased. */
  readonly erased?: Erasure
}

/** A position in a list of threads. */
export interface Place {
  readonly ms: number
  /** Thread id, hex. */
  readonly id: string
}

/** Status of a message: `dropped` was refused or expired, `held` waits for a person, `forked` and `conflict` are only proof. */
export type MessageStatus = 'counted' | 'held' | 'dropped' | 'forked' | 'conflict'

/** A message of a thread, own or received. */
export interface MessageRecord {
  /** Ascending in the order of this desk. */
  readonly sequence: number
  /** Manifest digest, hex. */
  readonly digest: string
  readonly thread: string
  readonly status: MessageStatus
  /** Sealed EvidenceMessage. Empty: erased. */
  readonly content: Uint8Array
}

/** An own message and one of its recipients. */
export interface DeliveryKey {
  /** Manifest digest, hex. */
  readonly message: string
  readonly recipient: string
}

/** State of an own message for one recipient, however often it was sealed. Receipt batches have none. */
export interface DeliveryRecord extends DeliveryKey {
  /** Thread id, hex. */
  readonly thread: string
  readonly state: 'intended' | 'submitted' | 'stored' | 'received' | 'seen' | 'held' | 'refused' | 'expired'
  /** When the message was received or, until then, held. 0: neither. */
  readonly receivedMs: number
  /** Why the message was refused or expired: an error reason. Empty: it was not. */
  readonly reason: string
  /** When the message expires. */
  readonly expiresMs: number
  readonly urgent: boolean
  /** When the message was first sent. */
  readonly sentMs: number
  /** The "not received in time" alarm was raised, or is no longer needed. */
  readonly alarmed: boolean
  /** Weakest suite with which the message may be sealed. */
  readonly minimumSuite: string
  /** The message is to be sealed again. */
  readonly resealPending: boolean
  /** How many times the message was resealed, or a reseal was postponed. */
  readonly attempts: number
  /** Earliest time to seal it again. */
  readonly resealMs: number
  /** While stored: when the message is offered again if no desk has answered by then. */
  readonly offerMs: number
}

/** The messages to seal again: those in one of these states that have not expired. */
export interface Resealable {
  readonly states: readonly DeliveryRecord['state'][]
  readonly nowMs: number
  /** Default: any recipient. */
  readonly recipient?: string | undefined
}

/** A position among the messages that may be sealed again. */
export interface ResealPlace {
  readonly expiresMs: number
  /** Number of the message in the store. */
  readonly message: number
  readonly recipient: string
}

/** One sealing of an own message for one recipient. */
export interface EnvelopeRecord extends DeliveryKey {
  /** Envelope id, hex. */
  readonly id: string
  /** Envelope digest, hex. */
  readonly digest: string
  /** Why this envelope is finished: an error reason. Empty: it is still open. */
  readonly closed: string
  /** Stored receipt of the recipient's gateway: Jws bytes. */
  readonly stored?: Uint8Array
}

/** An item for the application. */
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

/** An item set aside for a person. */
export interface ParkedRecord extends ItemRecord {
  /** Why, in the desk's own words. */
  readonly reason: string
  /** Why, in a person's words: sealed under the thread's key. */
  readonly sealedReason?: Uint8Array
}

/** The verdict on a message. A repeated message gets it again. */
export interface Verdict {
  /** Manifest digest, hex. */
  readonly digest: string
  /** DeskReceiptStatus. */
  readonly status: number
  readonly code: string
}

/** Reads, possible at any time. */
export interface DeskReads {
  thread(id: string): ThreadRecord | undefined
  /** Threads after a place, last change first. `ms` of a place is `updatedMs`. */
  threads(limit: number, after?: Place): ThreadRecord[]
  /** Erased threads after a place, the oldest erasure first. `ms` of a place is `erasedMs`. */
  erased(limit: number, after?: Place): ErasedThread[]
  /** Threads without a change since `ms`, after a place, the longest unchanged first. `ms` of a place is `updatedMs`. */
  quiet(ms: number, limit: number, after?: Place): (Place & { readonly overMs: number | null })[]
  /** Threads with an own reference, by its MAC, after a place, last change first. `ms` of a place is `updatedMs`. */
  byRef(refMac: string, limit: number, after?: Place): Place[]
  /**
   * Threads whose id begins with these lower-case hexadecimal digits, after a place, in the order of ids. `ms` of a
   * place is `updatedMs`.
   */
  byPrefix(digits: string, limit: number, after?: Place): Place[]
  /** Threads after a place in which a step may be owed, soonest due first. `ms` of a place is the due time. */
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
  /** Waiting own messages, by recipient, lane and state. */
  waiting(): WaitingGroup[]
  /** Number of items set aside. */
  parked(): number
  /** Number of threads. */
  threadCount(): number
  /** Messages that had expired by then without an answer from any desk, oldest expiry first. */
  overdue(expiredMs: number, limit: number): DeliveryRecord[]
  /**
   * Messages without an answer from any desk that are dated later than `ms`: their number, and the latest date.
   * Undefined: none.
   */
  datedAhead(ms: number): { readonly count: number; readonly latestMs: number } | undefined
  /**
   * Deliveries to seal again now, oldest first, after the given one; also those postponed by a clock that was
   * ahead; never expired ones.
   */
  dueForReseal(nowMs: number, limit: number, after?: DeliveryKey): DeliveryRecord[]
  /** When the next delivery is to be sealed again. Undefined: none. */
  nextResealMs(nowMs: number): number | undefined
  /** The first and last time at which stored, unexpired messages are to be offered again. Undefined: none. */
  offers(nowMs: number): { readonly firstMs: number; readonly lastMs: number } | undefined
  /** Urgent messages sent by then, without an answer from any desk and without an alarm, oldest first. */
  unreceived(sentMs: number, limit: number): DeliveryRecord[]
  /** Ids of threads in which a step may have fallen due by then, soonest first. */
  due(dueMs: number, limit: number): string[]
  /** Earliest time at which one of these alarms may be due, if urgent messages have `unreceivedAfterMs`. */
  nextAlarmMs(unreceivedAfterMs: number): number | undefined
  /** The recipient's receipt batches that mention an envelope: Jws bytes. */
  receiptBatches(envelopeId: string): Uint8Array[]
  /** Unconfirmed submissions after an id, oldest first. */
  outgoing(afterId: number, limit: number): OutgoingRecord[]
  /** Ids of the unconfirmed submissions of a thread, oldest first. */
  outgoingOf(thread: string): number[]
  /** The first due item, urgent before old, of a thread not in `without`. */
  nextItem(nowMs: number, without: readonly string[]): ItemRecord | undefined
  /** When the next postponed item falls due after `nowMs`, of a thread not in `without`. Undefined: none. */
  nextItemMs(nowMs: number, without: readonly string[]): number | undefined
  /** Items set aside, oldest first. */
  parkedItems(): ParkedRecord[]
  verdict(sender: string, messageId: string): Verdict | undefined
  /** Receipts waiting to be sent, oldest first. */
  receipts(limit: number): { id: number; recipient: string; receipt: Uint8Array }[]
  sentReceipts(envelopeId: string): SentReceiptsRecord | undefined
  /** The envelopes of sent batches of receipts, oldest first. */
  oldestSentReceipts(limit: number): string[]
  sendKey(key: string): { content: string; thread: string } | undefined
  /** Whether a chain of an organisation was recorded, and whether none of its chains was. */
  chain(organisation: string, chain: string): { readonly isKnown: boolean; readonly isFirst: boolean }
  /** Entity configurations (JWT) of an organisation: the newest with each set of signing keys, oldest set first. */
  configurations(organisation: string): string[]
  peers(): PeerRecord[]
  pairings(): PairingRecord[]
  /** Incarnation of the desk's gateway at the last contact, hex. */
  incarnation(): string | undefined
  /** The greatest id of an outgoing submission confirmed by the gateway in that incarnation. 0: none. */
  confirmed(): number
  /** The greatest id ever given to a submission. 0: there was none. */
  lastOutgoing(): number
  notices(): NoticeRecord[]
  /** The trusted time, as last stored. */
  trustedTime(): KeptTime
  /** Whether a submission or receipt waits to be sent. */
  busy(): boolean
}

/** Writes, possible inside `commit`. Reads inside it see the earlier writes. */
export interface DeskWrites {
  putThread(thread: ThreadRecord): void
  /**
   * Erases a thread, whether or not the store has it. Only digests remain, and `slot` for the key of a last message (`keep`, its digest).
   * The commit resolves when the key is gone from the files. If the process ends before that, the erasure is completed when the store is
   * opened again. If the disk is full, the commit is refused with STORE_FULL although the thread is erased: the erasure is `incomplete`.
   */
  eraseThread(thread: ErasedThread & { readonly slot: number; readonly keep?: string }): void
  /** When the retention period of a thread was first found to be over. Undefined: it is not. */
  putOver(thread: string, ms: number | undefined): void
  /** Earliest due time of a new step of the thread. */
  dueFrom(thread: string, ms: number): void
  /** Like `dueFrom`, but only if somebody may owe a step in the thread. */
  dueSooner(thread: string, ms: number): void
  /**
   * All steps of the thread were checked: the soonest is due at `dueMs` (undefined: nobody owes one), and the next
   * one falls due at `nextMs` (undefined: none at present).
   */
  dueSeen(thread: string, found: { dueMs: number | undefined; nextMs: number | undefined }): void
  /** Records that an alarm was raised. True: for the first time. */
  addAlarm(id: string): boolean
  /** Adds a message. Returns its sequence number. */
  addMessage(message: Omit<MessageRecord, 'sequence'>): number
  updateMessage(digest: string, change: Partial<Pick<MessageRecord, 'status' | 'content'>>): void
  /** Replaces an own message. Its deliveries stay, its envelopes are removed. */
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
  /**
   * Marks messages to be sealed again. Looks at `limit` unexpired messages that have not failed, soonest expiry first,
   * after a place. Returns the last place; undefined: all were looked at.
   */
  markForReseal(wanted: Resealable, limit: number, after?: ResealPlace): ResealPlace | undefined
  /**
   * Marks stored, unexpired messages to be sealed again: those to be offered by `nowMs`, or after `lastMs`. Returns
   * their number, which is `limit` at most.
   */
  markOffered(nowMs: number, lastMs: number, limit: number): number
  /** Adds the newest envelope of a delivery. */
  addEnvelope(envelope: EnvelopeRecord): void
  updateEnvelope(id: string, change: Partial<Pick<EnvelopeRecord, 'closed' | 'stored'>>): void
  /** Stores a signed receipt batch (Jws bytes) once, with the envelopes that it mentions. */
  addReceiptBatch(digest: string, batch: Uint8Array, envelopeIds: readonly string[]): void
  /** Queues a submission, with the id of its thread; empty: it has none. Returns its id, greater than all before. The submission is kept until it is confirmed. */
  addOutgoing(submission: Uint8Array, thread: string): number
  /** Replaces the bytes of an unconfirmed submission. */
  replaceOutgoing(id: number, submission: Uint8Array): void
  /** The gateway has the message: removes the submission, and marks the deliveries of these envelopes as submitted. */
  confirmOutgoing(id: number, envelopeIds: readonly string[]): void
  addItem(item: Omit<ItemRecord, 'sequence' | 'attempts'>): void
  removeItem(sequence: number): void
  /** Postpones an item. If the clock is found before `nowMs`, it had been ahead, and the wait is over. */
  postponeItem(sequence: number, wait: { readonly nowMs: number; readonly delayMs: number }): void
  parkItem(sequence: number, reason: string, sealedReason?: Uint8Array): void
  /** Puts a parked item back, as if it had never been delivered. */
  unparkItem(sequence: number): void
  /** Once for each message of a sender. */
  addVerdict(sender: string, messageId: string, verdict: Verdict): void
  /** Makes the verdict on a held-back message final, or records that a person has seen a received one. */
  changeVerdict(sender: string, messageId: string, verdict: Verdict): void
  addReceipt(recipient: string, receipt: Uint8Array): void
  removeReceipts(ids: readonly number[]): void
  addSentReceipts(batch: SentReceiptsRecord): void
  removeSentReceipts(envelopeId: string): void
  addSendKey(key: string, content: string, thread: string): void
  /**
   * Keeps the newest entity configuration with each set of signing keys: it replaces the last one if that has the same
   * `keys`, or if `LIMITS.configurations` are kept, so that no organisation pushes out what it signed with before.
   */
  keepConfiguration(configuration: ConfigurationRecord): void
  putPeer(peer: PeerRecord): void
  deletePeer(organisation: string): void
  /** Records that a pairing begins or ends; `endPairing` removes the record. */
  putPairing(pairing: PairingRecord): void
  endPairing(organisation: string): void
  /** Records a chain of an organisation, once. */
  addChain(organisation: string, chain: string): void
  /** A new incarnation has not confirmed anything yet. */
  putIncarnation(incarnation: string): void
  /** Records that the gateway has confirmed a submission. */
  confirmPlace(id: number): void
  /** Stores a notice in place of the previous one of its kind about this organisation. */
  putNotice(notice: NoticeRecord): void
  putTrustedTime(time: KeptTime): void
}
