// The data of a desk, as the client needs it. Case content is sealed before it is stored. docs/guide/desk.md, "The desk store"
import type { KeptTime } from '../../core/agreed-time.ts'
import type { RexError } from '../../core/error.ts'
import type { ErasedThread, Erasure } from '../api/erasure.ts'
import type { AlarmItem } from '../api/items.ts'
import type { KeySlots } from '../keys/thread-keys.ts'
import type { Incomplete } from './keys/completion.ts'
import type {
  ChangeBounds,
  ChangeRecord,
  ConfigurationRecord,
  ItemRecord,
  NoticeRecord,
  OutgoingRecord,
  PairingRecord,
  ParkedRecord,
  PeerRecord,
  ProblemReads,
  ProblemWrites,
  SentReceiptsRecord,
  WaitingGroup,
} from './others.ts'
import type { MarkReads } from './search/marks.ts'
import type { SearchIndex } from './search/search-index.ts'

export type {
  ChangeRecord,
  ConfigurationRecord,
  ItemRecord,
  NoticeKind,
  NoticeRecord,
  OutgoingRecord,
  PairingRecord,
  ParkedRecord,
  PeerRecord,
  WaitingGroup,
} from './others.ts'

/** Durable storage of a desk. */
export interface DeskStore extends AsyncDisposable {
  readonly read: DeskReads
  /** The wrapped keys of the threads. */
  readonly keys: KeySlots
  readonly search: SearchIndex
  /**
   * Runs `work` in the next transaction and resolves once it is durable. `work` is synchronous. If it throws, only its own writes are undone.
   * `undone` reverts the changes that `work` made in memory; it is called when the writes are undone, before any other work. If other work threw,
   * `work` may then run once more.
   * @throws RexError STORE_FULL, STORE_FAILED
   */
  commit<T>(work: (write: DeskWrites) => T, undone?: () => void): Promise<T>
  /** Erasures that a full disk has interrupted. */
  readonly incomplete: Incomplete
  /** Whether the store has lost commits: the store, its log or its mark was truncated, damaged, deleted or replaced by an older copy. */
  readonly forgot: boolean
  /** Compares the next part of the file with the written data. Returns whether more parts follow. If unsealed data is damaged, the store fails. */
  check(): boolean
  /** Whether some rows are damaged. Damaged sealed rows fail to open; all other rows are still served. */
  isDamaged(): boolean
  /** Absent if the checksums of all rows were correct when the store was opened. */
  readonly repair?: StoreRepair | undefined
  /** Resolves with the first error after which the store's data can no longer be trusted. */
  readonly failed: Promise<RexError>
  /** Continues under another chain, as after a restore, so that earlier copies are recognised as older. `also` writes in the same transaction. */
  beginAnew(also?: (write: DeskWrites) => void): Promise<void>
}

/** Repair of a store in which rows may be damaged. Reads whole tables. */
export interface StoreRepair {
  /** Returns the id (hex) of another organisation's message whose verdict was stored under this digest, or undefined if there is none. */
  verdictId(digest: string): string | undefined
  /** Returns all items, including those set aside. */
  items(): ItemRecord[]
  /** Removes, inside a commit, a message with its verdict and deliveries, so that it counts as new when it arrives again. */
  drop(message: Pick<MessageRecord, 'sequence' | 'digest'>): void
  /** Records that every row is readable, so the store counts as undamaged again. */
  done(): void
}

/** A thread: its sealed summary, and the slot of its key. Without the key the thread cannot be read. */
export interface ThreadRecord {
  /** Thread id, hex. */
  readonly id: string
  readonly role: 'referrer' | 'recipient'
  readonly test: boolean
  /** Slot of the thread's key. 0: the thread has no key. */
  readonly slot: number
  /** Sealed summary for lists. Empty: the thread is erased. */
  readonly summary: Uint8Array
  /** MAC of this desk's reference, hex, for searching. Only the archive key can link it to the reference. Empty: no reference. */
  readonly refMac: string
  readonly updatedMs: number
  /** Absent: the thread is not erased. */
  readonly erased?: Erasure
}

/** A position in a list of threads. `ms`: the thread's time in this list, such as that of its last change. */
export interface Place {
  readonly ms: number
  /** Thread id, hex. */
  readonly id: string
}

/** Status of a message: `dropped` was refused or has expired, `held` waits for a person, `forked` and `conflict` are kept only as proof. */
export type MessageStatus = 'counted' | 'held' | 'dropped' | 'forked' | 'conflict'

/** A message of a thread, sent by this desk or received. */
export interface MessageRecord {
  /** Sequence number, ascending in the order in which this desk stored the messages. */
  readonly sequence: number
  /** Manifest digest, hex. */
  readonly digest: string
  readonly thread: string
  readonly status: MessageStatus
  /** Sealed EvidenceMessage. Empty: the message is erased. */
  readonly content: Uint8Array
}

/** A message of this desk and one of its recipients, which together identify a delivery. */
export interface DeliveryKey {
  /** Manifest digest, hex. */
  readonly message: string
  readonly recipient: string
}

/** State of a message of this desk for one recipient, however often it was sealed. Receipt batches have no such record. */
export interface DeliveryRecord extends DeliveryKey {
  /** Thread id, hex. */
  readonly thread: string
  readonly state: 'intended' | 'submitted' | 'stored' | 'received' | 'seen' | 'held' | 'refused' | 'expired'
  /** When the message was received or, if it was not received, when it was held. 0: neither. */
  readonly receivedMs: number
  /** Error reason for which the message was refused or expired. Empty: it was neither refused nor expired. */
  readonly reason: string
  /** When the message expires. Unix milliseconds. */
  readonly expiresMs: number
  readonly urgent: boolean
  /** When the message was first sent. Unix milliseconds. */
  readonly sentMs: number
  /** Whether the "not received in time" alarm was raised or is no longer needed. */
  readonly alarmed: boolean
  /** Weakest suite that may seal the message. */
  readonly minimumSuite: string
  /** Whether the message must be resealed. */
  readonly resealPending: boolean
  /** How many times the message was resealed or its resealing was postponed. */
  readonly attempts: number
  /** Earliest time to reseal the message. Unix milliseconds. */
  readonly resealMs: number
  /** While the message is stored: when to offer it again if no desk has responded by then. */
  readonly offerMs: number
}

/** The messages to reseal, which are in one of these states and have not expired. */
export interface Resealable {
  readonly states: readonly DeliveryRecord['state'][]
  readonly nowMs: number
  /** Recipient of the messages. Default: any. */
  readonly recipient?: string | undefined
}

/** A position among the messages that may be resealed. */
export interface ResealPlace {
  readonly expiresMs: number
  /** Number of the message in the store. */
  readonly message: number
  readonly recipient: string
}

/** One sealed copy of a message of this desk for one recipient. */
export interface EnvelopeRecord extends DeliveryKey {
  /** Envelope id, hex. */
  readonly id: string
  /** Envelope digest, hex. */
  readonly digest: string
  /** Error reason for which this envelope is closed. Empty: it is still open. */
  readonly closed: string
  /** The `stored` receipt of the recipient's gateway, as Jws bytes. */
  readonly stored?: Uint8Array
}

/** The verdict on a message. If the message arrives again, the verdict is repeated. */
export interface Verdict {
  /** Manifest digest, hex. */
  readonly digest: string
  /** The verdict, a DeskReceiptStatus. */
  readonly status: number
  readonly code: string
}

/** Reads, which are possible at any time. */
export interface DeskReads extends MarkReads, ProblemReads {
  thread(id: string): ThreadRecord | undefined
  /** Returns the threads, last changed first, starting after a place. `ms` of the place: `updatedMs`. */
  threads(limit: number, after?: Place): ThreadRecord[]
  /** Returns the erased threads, oldest erasure first, starting after a place. `ms` of the place: `erasedMs`. */
  erased(limit: number, after?: Place): ErasedThread[]
  /** Returns the threads without a change since `ms`, longest unchanged first, starting after a place. `ms` of the place: `updatedMs`. */
  quiet(ms: number, limit: number, after?: Place): (Place & { readonly overMs: number | null })[]
  /** Returns the threads whose reference has this MAC, last changed first, starting after a place. `ms` of the place: `updatedMs`. */
  byRef(refMac: string, limit: number, after?: Place): Place[]
  /** Returns the threads whose id begins with these hex digits, in the order of ids, starting after a place. `ms` of the place: `updatedMs`. */
  byPrefix(digits: string, limit: number, after?: Place): Place[]
  /** Returns the threads in which somebody may owe a step, soonest due first, starting after a place. `ms` of the place: the due time. */
  open(limit: number, after?: Place): Place[]
  messages(thread: string): MessageRecord[]
  message(digest: string): MessageRecord | undefined
  /** Returns the ids of threads that have held messages. */
  heldThreads(): string[]
  delivery(key: DeliveryKey): DeliveryRecord | undefined
  /** Returns the deliveries of a thread, oldest first. */
  deliveries(thread: string): DeliveryRecord[]
  envelope(id: string): EnvelopeRecord | undefined
  /** Returns the envelopes of a delivery, oldest first. */
  envelopes(key: DeliveryKey): EnvelopeRecord[]
  /** Returns this desk's waiting messages, grouped by recipient, lane and state. */
  waiting(): WaitingGroup[]
  /** Returns the number of items set aside. */
  parked(): number
  /** Returns the number of threads. */
  threadCount(): number
  /** Returns the messages that had expired by `expiredMs` without a response from any desk, oldest expiry first. */
  overdue(expiredMs: number, limit: number): DeliveryRecord[]
  /** Returns the number and the latest date of messages dated later than `ms` without a response from any desk, or undefined if there are none. */
  datedAhead(ms: number): { readonly count: number; readonly latestMs: number } | undefined
  /** Returns the unexpired deliveries to reseal now, after the given one, oldest first. Includes deliveries postponed by a clock that was ahead. */
  dueForReseal(nowMs: number, limit: number, after?: DeliveryKey): DeliveryRecord[]
  /** Returns when the next delivery must be resealed, or undefined if there is none. */
  nextResealMs(nowMs: number): number | undefined
  /** Returns the first and last time at which stored, unexpired messages must be offered again, or undefined if there are no such messages. */
  offers(nowMs: number): { readonly firstMs: number; readonly lastMs: number } | undefined
  /** Returns the urgent messages sent at or before `sentMs` that have no response from any desk and no alarm yet, oldest first. */
  unreceived(sentMs: number, limit: number): DeliveryRecord[]
  /** Returns the ids of threads in which a step may have fallen due by `dueMs`, soonest first. */
  due(dueMs: number, limit: number): string[]
  /**
   * Returns the earliest time at which an alarm may be due. The alarm for an urgent message that was not received is due `unreceivedAfterMs` after
   * sending.
   */
  nextAlarmMs(unreceivedAfterMs: number): number | undefined
  /** Returns the recipient's receipt batches that mention an envelope, as Jws bytes. */
  receiptBatches(envelopeId: string): Uint8Array[]
  /** Returns the unconfirmed submissions after an id, oldest first. */
  outgoing(afterId: number, limit: number): OutgoingRecord[]
  /** Whether a submission is unconfirmed. */
  isOutgoing(id: number): boolean
  /** Returns the ids of the unconfirmed submissions of a thread, oldest first. */
  outgoingOf(thread: string): number[]
  /** Returns the first due item of a thread not in `without`: urgent items first, then oldest first. */
  nextItem(nowMs: number, without: readonly string[]): ItemRecord | undefined
  /** Returns when the next postponed item of a thread not in `without` falls due after `nowMs`, or undefined if there is none. */
  nextItemMs(nowMs: number, without: readonly string[]): number | undefined
  /** Returns the items set aside, oldest first. */
  parkedItems(): ParkedRecord[]
  verdict(sender: string, messageId: string): Verdict | undefined
  /** Returns the receipts waiting to be sent, oldest first. */
  receipts(limit: number): { id: number; recipient: string; receipt: Uint8Array }[]
  sentReceipts(envelopeId: string): SentReceiptsRecord | undefined
  /** Returns the envelopes of sent batches of receipts, oldest first. */
  oldestSentReceipts(limit: number): string[]
  sendKey(key: string): { content: string; thread: string } | undefined
  /** `isKnown`: this chain of the organisation is recorded. `isFirst`: no chain of the organisation is recorded yet. */
  chain(organisation: string, chain: string): { readonly isKnown: boolean; readonly isFirst: boolean }
  /** Returns the entity configurations (JWT) of an organisation: the newest for each set of signing keys, oldest set first. */
  configurations(organisation: string): string[]
  peers(): PeerRecord[]
  pairings(): PairingRecord[]
  /** Returns the incarnation of the desk's gateway at the last contact, hex. */
  incarnation(): string | undefined
  /** Returns the greatest id of a submission that this incarnation of the gateway has confirmed. 0: none. */
  confirmed(): number
  /** Returns the greatest id ever assigned to a submission. 0: none yet. */
  lastOutgoing(): number
  notices(): NoticeRecord[]
  /** Returns the trusted time, as last saved. */
  trustedTime(): KeptTime
  /** Whether any submission or receipt waits to be sent. */
  busy(): boolean
  /**
   * Returns the changes after a sequence number, in order. Changes of erased threads no longer name the thread, except for the erasure
   * itself.
   */
  changes(after: number, limit: number): ChangeRecord[]
  changeBounds(): ChangeBounds
}

/** Writes, which are possible only inside `commit`. Reads inside a commit see its earlier writes. */
export interface DeskWrites extends ProblemWrites {
  putThread(thread: ThreadRecord): void
  /**
   * Erases a thread, even if the store does not have it. Only digests remain and, if the desk sends a last message (digest:
   * `keep`), the key of that message in `slot`. The commit resolves when the key is gone from the files. If the process ends
   * before that, the erasure is completed when the store is next opened. If the disk is full, the commit fails with STORE_FULL
   * although the thread is erased, and the erasure is `incomplete`.
   */
  eraseThread(thread: ErasedThread & { readonly slot: number; readonly keep?: string }): void
  /** Records when a thread's retention period was first found to be over. Undefined: it is not over. */
  putOver(thread: string, ms: number | undefined): void
  /** Sets the earliest due time of a new step of the thread. */
  dueFrom(thread: string, ms: number): void
  /** Does the same as `dueFrom`, but only if somebody may owe a step in the thread. */
  dueSooner(thread: string, ms: number): void
  /**
   * Records the result of checking all steps of a thread. `dueMs`: the soonest due time, even if it is past; undefined: nobody owes a step.
   * `nextMs`: the soonest time at which a step will become overdue; undefined: no step will.
   */
  dueSeen(thread: string, found: { dueMs: number | undefined; nextMs: number | undefined }): void
  /** Records that an alarm was raised. Returns false if that was recorded before. */
  addAlarm(id: string): boolean
  /** Adds a message. Returns its sequence number. */
  addMessage(message: Omit<MessageRecord, 'sequence'>): number
  updateMessage(digest: string, change: Partial<Pick<MessageRecord, 'status' | 'content'>>): void
  /** Replaces a message of this desk. Its deliveries stay; its envelopes are removed. */
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
   * Marks messages to be resealed. Checks up to `limit` unexpired messages that have not failed, after a place, soonest expiry first. Returns the
   * last place checked, or undefined if none are left.
   */
  markForReseal(wanted: Resealable, limit: number, after?: ResealPlace): ResealPlace | undefined
  /**
   * Marks for resealing up to `limit` stored, unexpired messages: those to be offered again by `nowMs`, and those to be
   * offered only after `lastMs`, a time that only a wrong clock can have set. Returns how many it marked.
   */
  markOffered(nowMs: number, lastMs: number, limit: number): number
  /** Adds the newest envelope of a delivery. */
  addEnvelope(envelope: EnvelopeRecord): void
  updateEnvelope(id: string, change: Partial<Pick<EnvelopeRecord, 'closed' | 'stored'>>): void
  /** Stores a signed receipt batch (Jws bytes) once, with the ids of the envelopes that it mentions. */
  addReceiptBatch(digest: string, batch: Uint8Array, envelopeIds: readonly string[]): void
  /**
   * Queues a submission until it is confirmed. `thread`: the id of its thread; empty if it belongs to none. Returns the id
   * of the submission, which is greater than all earlier ids.
   */
  addOutgoing(submission: Uint8Array, thread: string): number
  /** Replaces the bytes of an unconfirmed submission. */
  replaceOutgoing(id: number, submission: Uint8Array): void
  /** Records that the gateway has the message: removes the submission, and marks the deliveries of these envelopes as submitted. */
  confirmOutgoing(id: number, envelopeIds: readonly string[]): void
  /** Adds an item. `alarm`: the alarm that the item raises, which is recorded as a change of the thread. Absent: none. */
  addItem(
    item: Omit<ItemRecord, 'sequence' | 'attempts'> & { readonly alarm?: AlarmItem['alarm'] | undefined },
  ): void
  removeItem(sequence: number): void
  /** Postpones an item. If the clock later shows a time before `nowMs`, then `nowMs` was from a clock that was ahead, and the item is due at once. */
  postponeItem(sequence: number, wait: { readonly nowMs: number; readonly delayMs: number }): void
  parkItem(sequence: number, reason: string, sealedReason?: Uint8Array): void
  /** Puts a parked item back, as if it had never been delivered. */
  unparkItem(sequence: number): void
  /** Adds the first verdict on a message. */
  addVerdict(sender: string, messageId: string, verdict: Verdict): void
  /** Makes the verdict on a held message final, or records that a person has seen a received message. */
  changeVerdict(sender: string, messageId: string, verdict: Verdict): void
  addReceipt(recipient: string, receipt: Uint8Array): void
  removeReceipts(ids: readonly number[]): void
  addSentReceipts(batch: SentReceiptsRecord): void
  removeSentReceipts(envelopeId: string): void
  addSendKey(key: string, content: string, thread: string): void
  /**
   * Keeps the newest entity configuration for each set of signing keys. The new configuration replaces the last one if both have the same `keys`,
   * or if `LIMITS.configurations` are kept already. So no organisation can displace configurations with keys that it used earlier.
   */
  keepConfiguration(configuration: ConfigurationRecord): void
  putPeer(peer: PeerRecord): void
  deletePeer(organisation: string): void
  /** Records that a pairing begins or ends; `endPairing` removes the record. */
  putPairing(pairing: PairingRecord): void
  endPairing(organisation: string): void
  /** Records a chain of an organisation, once. */
  addChain(organisation: string, chain: string): void
  /** Records a new incarnation of the gateway, which has not confirmed anything yet. */
  putIncarnation(incarnation: string): void
  /** Records that the gateway has confirmed a submission. */
  confirmPlace(id: number): void
  /** Stores a notice in place of the previous one of its kind about this organisation. */
  putNotice(notice: NoticeRecord): void
  putTrustedTime(time: KeptTime): void
  /** Adds a change, which states that a thread was put under legal hold or released from it. */
  noteHold(thread: string, isHeld: boolean): void
  /** Removes the changes that are older than 30 days, except the last change. */
  removeOldChanges(): void
}
