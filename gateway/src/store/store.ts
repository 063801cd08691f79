// The gateway's durable state, as its rooms use it. Every write goes through `commit`. docs/spec/delivery.md, "Durability"
import type { Queue, RexError } from '@rex/sdk/core'
import type { NetworkReads, Networks } from './network.ts'

/** The durable state of a gateway. */
export interface Store extends AsyncDisposable {
  /** Incarnation: a random number of 16 bytes. A newly created store has another. */
  readonly incarnation: Uint8Array
  /** Damage found when this store was opened; it then has a new incarnation. Absent: none. */
  readonly damage?: Damage | undefined
  /** Committed state. */
  readonly read: Reads
  /**
   * Runs `work` inside the next transaction, together with other waiting work. Resolves when the transaction is durable.
   * If `work` throws, only its own writes are undone. It must be synchronous and change nothing in memory, because it may run twice.
   * @throws RexError STORE_FULL (nothing was written; a retry may succeed), STORE_FAILED (the store is unusable until it is opened again)
   */
  commit<T>(work: (write: Writes) => T): Promise<T>
  /**
   * Checks the next `limit` waiting rows and moves damaged ones aside (REX-DLV-153). False: it has reached the end, and starts
   * over. @throws RexError STORE_FULL, STORE_FAILED
   */
  scrub(limit: number): boolean
  /** Compares the next megabyte of the file with its checksums; returns whether there is more. Damage makes the store unusable. */
  checkPages(): boolean
  /** How many pages of the file have been compared since it was opened. */
  checked(): { readonly checked: number; readonly of: number }
  /** Whether the last commit found no room: the disk is full, or its quota is used up. */
  full(): boolean
  /** Resolves if the disk fails: reads and writes stop, and the process should end. */
  readonly failed: Promise<RexError>
}

/** Reads, possible at any time. */
export interface Reads {
  readonly ledger: LedgerReads
  readonly outbox: OutboxReads
  readonly mailbox: MailboxReads
  readonly statements: StatementReads
  readonly lease: LeaseReads
  readonly desks: DeskReads
  readonly incarnations: IncarnationReads
  readonly addresses: AddressReads
  readonly networks: NetworkReads
  readonly damage: DamageReads
  readonly time: TimeReads
  readonly space: Space
}

/** Writes, possible only inside `commit`. */
export interface Writes {
  readonly ledger: Ledger
  readonly outbox: Outbox
  readonly mailbox: Mailbox
  readonly statements: Statements
  readonly lease: Lease
  readonly desks: Desks
  readonly tokens: Tokens
  readonly incarnations: Incarnations
  readonly damage: Damages
  readonly addresses: AddressBook
  readonly networks: Networks
  readonly time: Time
}

/** How much a box holds, in total or for one organisation. */
export interface Usage {
  readonly items: number
  readonly bytes: number
}

/** Bytes stored for an organisation. */
export interface Holding {
  readonly organisation: string
  /** Its mail in both directions, its ledger entries, and evidence. */
  readonly bytes: number
}

/** Space in the store, in bytes including storage overhead. The cost of a figure grows at most with the number of organisations. */
export interface Space {
  /** Used bytes of the file. */
  used(): number
  /** Bytes stored for a sender: its mail, its ledger entries, and evidence. */
  heldFrom(sender: string): number
  /** The urgent part of these. */
  urgentFrom(sender: string): number
  /** Bytes that wait for delivery to a recipient. */
  heldFor(recipient: string): number
  /** Bytes that wait for delivery to all recipients. */
  outgoing(): number
  /** Organisations with stored bytes, largest first. */
  holdings(): Holding[]
}

/** Ledger record of an envelope, so that a repeat has no second effect. */
export interface LedgerEntry {
  /** Sending organisation. */
  readonly sender: string
  /** 16 bytes. */
  readonly envelopeId: Uint8Array
  /** Envelope digest: 32 bytes. */
  readonly digest: Uint8Array
  /** When the envelope expires. Unix milliseconds. */
  readonly expiresMs: number
  /** When the entry was made. Unix milliseconds. */
  readonly madeMs: number
  /** Answer for a repeat. Absent: there is none yet. */
  readonly answer?: Uint8Array
}

export interface LedgerReads {
  find(sender: string, envelopeId: Uint8Array): LedgerEntry | undefined
  /** Latest expiry of a deleted entry, Unix milliseconds. An envelope that expires by then may be a repeat of it. */
  floor(): number
}

/** Envelopes seen, inbound and outbound. */
export interface Ledger extends LedgerReads {
  add(entry: LedgerEntry): void
  answer(sender: string, envelopeId: Uint8Array, answer: Uint8Array): void
  /** Stores different bytes under a known id as evidence: the first for each id, at most 64 per sender. */
  keepConflict(entry: LedgerEntry, envelope: Uint8Array): void
  /** Examines the next `limit` entries: deletes finished ones and raises the floor. */
  forget(finished: Finished, limit: number): Forgotten
}

/** Which answered entries of the ledger are finished. */
export interface Finished {
  /** Created before this time. Unix milliseconds. */
  readonly madeBeforeMs: number
  /** Expired by then. Unix milliseconds. */
  readonly expiredByMs: number
  /** Only entries after this place; 0: from the beginning. */
  readonly after: number
}

/** Progress of the deletion. */
export interface Forgotten {
  /** Number of deleted entries. */
  readonly count: number
  /** The last place examined. Absent: no further entry is old enough. */
  readonly last?: number
}

/** Parts shared by several deliveries of one message, stored once. */
export interface Upload {
  /** Opaque to the store. Empty: no parts are shared. */
  readonly shared: Uint8Array
  /** At most 64. */
  readonly deliveries: readonly NewDelivery[]
}

/** One outbound envelope. */
export interface NewDelivery {
  readonly envelopeId: Uint8Array
  readonly recipient: string
  readonly urgent: boolean
  readonly submittedMs: number
  readonly expiresMs: number
  /** The part of this delivery alone. Opaque to the store. */
  readonly own: Uint8Array
  /** Size of the whole envelope. */
  readonly bytes: number
}

/** An envelope that waits for delivery. */
export interface Waiting {
  readonly id: number
  readonly envelopeId: Uint8Array
  readonly recipient: string
  readonly urgent: boolean
  readonly submittedMs: number
  readonly expiresMs: number
  /** Error of the last attempt: ErrorDetail bytes. Absent: the recipient's gateway has not answered yet. */
  readonly lastError?: Uint8Array
}

/** A waiting envelope with its parts. */
export interface Sendable extends Waiting {
  /** Empty: no parts are shared. */
  readonly shared: Uint8Array
  readonly own: Uint8Array
}

/** Selects a part of a peer's queue. */
export interface QueuePart {
  readonly recipient: string
  readonly urgent: boolean
}

export interface OutboxReads {
  /** Envelopes never postponed, after `after`, oldest first. */
  next(part: QueuePart, after: number, limit: number): Sendable[]
  /** Postponed envelopes that are due. */
  due(part: QueuePart, nowMs: number, limit: number): Sendable[]
  /** Earliest due time after `nowMs` of a postponed envelope for a recipient. Absent: none. */
  nextDueMs(recipient: string, nowMs: number): number | undefined
  /** Envelopes that expire before `beforeMs`. */
  expiring(beforeMs: number, limit: number): Waiting[]
  /** Urgent envelopes submitted before `beforeMs` whose delay has not been reported. */
  delayed(beforeMs: number, limit: number): Waiting[]
  /** All waiting envelopes, oldest first. */
  list(limit: number): Waiting[]
  /** Submission time of the oldest envelope for a recipient that was never postponed, or else of some other one. Absent: none waits. */
  oldestMs(recipient: string): number | undefined
  /** Envelopes waiting for a recipient, in no order. */
  of(recipient: string, limit: number): Waiting[]
  /** Recipients of waiting envelopes. */
  recipients(): string[]
  usage(recipient: string): Usage
  total(): Usage
}

/** Outbound envelopes. */
export interface Outbox extends OutboxReads {
  add(upload: Upload): void
  /** Keeps the envelope back until `dueMs`. */
  postpone(id: number, dueMs: number, lastError: Uint8Array): void
  /** Ends all postponements for a recipient. */
  endPostponed(recipient: string): void
  /** After a restart: ends all postponements and caps submission times at `nowMs`, because an earlier clock set both (REX-DLV-081). */
  beginAnew(nowMs: number): void
  /** Marks the delay of an urgent envelope as reported. */
  markDelayed(id: number): void
  /** Removes a finished envelope. False: it was gone already. */
  remove(id: number): boolean
}

/** Kind of a mailbox item. */
export type ItemKind = 'stored' | 'report' | 'notice'

/** The queue of reports and notices. */
export const REPORTS: Queue = { lane: 'report', peer: '' }

/** A new item for the desk. */
export interface NewItem extends Queue {
  readonly kind: ItemKind
  /** Opaque to the store. */
  readonly content: Uint8Array
}

/** An item in the mailbox. */
export interface Item {
  /** Ascends in arrival order; never reused. */
  readonly cursor: number
  readonly kind: ItemKind
  readonly content: Uint8Array
  /** Number of earlier deliveries. */
  readonly redelivered: number
}

export interface MailboxReads {
  /** Queues that hold items, each with its newest cursor. */
  queues(): (Queue & { readonly newest: number })[]
  /** Items of a queue after `after` that are not postponed, in arrival order, up to 1 MiB in total. */
  next(queue: Queue, after: number, limit: number): Item[]
  /** Cursors of postponed items of a queue that are due, soonest due first. */
  due(queue: Queue, nowMs: number, limit: number): number[]
  /** Absent: it is gone. */
  item(cursor: number): Item | undefined
  /** Earliest due time after `nowMs` of a postponed item of a queue. Absent: none. */
  nextDueMs(queue: Queue, nowMs: number): number | undefined
  /** How much a queue holds. */
  waiting(queue: Queue): Usage
  total(): Usage
}

/** Items waiting for the desk. */
export interface Mailbox extends MailboxReads {
  /** Returns the cursor. */
  add(item: NewItem): number
  remove(cursor: number): void
  /** Counts a delivery without acknowledgement and postpones the item until `dueMs` (0: not at all). */
  giveBack(cursor: number, dueMs: number): void
  /** After a restart: ends all postponements, because an earlier clock set them (REX-DLV-081). */
  beginAnew(): void
}

/** An entity configuration as its desk signed it. */
export interface Statement {
  readonly organisation: string
  readonly jwt: string
  /** When it was signed. Unix milliseconds. */
  readonly issuedMs: number
}

export interface StatementReads {
  find(organisation: string): Statement | undefined
  list(): Statement[]
}

/** Entity configurations: the organisation's own and its peers'. */
export interface Statements extends StatementReads {
  put(statement: Statement): void
  remove(organisation: string): void
}

/** Addresses of another gateway, and what this gateway last announced to it. */
export interface Addresses {
  /** `host:port`, in dialling order. */
  readonly endpoints: readonly string[]
  /** This gateway's addresses in the last announcement, joined by commas. Empty: none. */
  readonly told: string
  /** The newest statement (JWT) that the other gateway announced. Empty: none. */
  readonly jwt: string
}

export interface AddressReads {
  find(organisation: string): Addresses | undefined
}

/** Addresses of the gateways of paired organisations. */
export interface AddressBook extends AddressReads {
  put(organisation: string, addresses: Addresses): void
  remove(organisation: string): void
}

/** Who holds the mailbox. */
export interface LeaseState {
  /** Chain id of the desk store: 16 bytes. Empty: nobody holds it. */
  readonly chain: Uint8Array
  readonly fence: number
  /** Fingerprint of the desk's credential. Empty: nobody holds it. */
  readonly credential: string
  /** Start of the lease. Unix milliseconds. */
  readonly sinceMs: number
}

/** The last take-over of the mailbox. */
export interface TakeOver {
  /** Credential of the desk that took it. */
  readonly credential: string
  /** Credential of the previous holder. */
  readonly from: string
  /** Unix milliseconds. */
  readonly takenMs: number
  /** Cursor of the notice to the desk. */
  readonly cursor: number
}

export interface LeaseReads {
  get(): LeaseState | undefined
  /** The greatest submission place received from a chain. 0: none. */
  place(chain: Uint8Array): number
  lastTakeOver(): TakeOver | undefined
}

/** The mailbox lease. */
export interface Lease extends LeaseReads {
  put(state: LeaseState): void
  /** Records the place of a submission from a chain. */
  sawPlace(chain: Uint8Array, place: number): void
  /** Whether the lease was taken over from a chain (REX-MBX-011). */
  isShutOut(chain: Uint8Array): boolean
  /** Shuts out a chain. The newest 256 are kept. */
  shutOut(chain: Uint8Array): void
  admit(chain: Uint8Array): void
  /** Resets a lease that the store no longer knows: nobody holds it, and its fence is above every earlier one. */
  forget(): void
  putTakeOver(takeOver: TakeOver): void
}

/** Last greeting of an organisation's gateway. */
export interface Greeting {
  readonly incarnation: Uint8Array
  /** Cursor of the report to the desk about lost memory. 0: none. */
  readonly told: number
}

export interface IncarnationReads {
  /** The incarnation of this store. */
  own(): Uint8Array
  /** Absent: it has not greeted. */
  find(organisation: string): Greeting | undefined
}

/** Incarnations of this gateway and the others. */
export interface Incarnations extends IncarnationReads {
  put(organisation: string, greeting: Greeting): void
  /** Gives this store a new incarnation. */
  renew(): void
}

export interface TimeReads {
  /** The stored confirmed time. Unix milliseconds; 0: none. */
  kept(): number
}

/** The trusted time (REX-DLV-140). */
export interface Time extends TimeReads {
  keep(ms: number): void
}

/** Damage of the store. */
export interface Damage {
  readonly foundMs: number
  /** `forgot`: the store lacked commits it had made. `damaged`: it was set aside, and this one is new. `row`: single rows were set aside. */
  readonly kind: 'forgot' | 'damaged' | 'row'
}

export interface DamageReads {
  /** The newest. Undefined: none was ever found. */
  last(): Damage | undefined
}

/** A desk's credential: one key, and all certificates issued for it. */
export interface DeskCredential {
  /** Fingerprint of the key: 64 hexadecimal digits. */
  readonly credential: string
  /** The operator's name for it. Empty: none. */
  readonly name: string
  /** Id of its enrolment token. Empty: this store has no record of the enrolment. */
  readonly token: string
  /** When it was enrolled, or first seen if there is no record. Unix milliseconds. */
  readonly enrolledMs: number
  /** When it was last renewed. Unix milliseconds; 0: never. */
  readonly renewedMs: number
  readonly renewals: number
  /** Expiry of its last certificate. Unix milliseconds. */
  readonly expiresMs: number
  /** When it last called. Unix milliseconds; 0: never. */
  readonly seenMs: number
  /** Desk store for which it last held the mailbox: 16 bytes. Empty: none. */
  readonly chain: Uint8Array
  /** Unix milliseconds; 0: it is not revoked. */
  readonly revokedMs: number
}

export interface DeskReads {
  /** Newest enrolment first. */
  list(): DeskCredential[]
  count(): number
}

/** Desk credentials. */
export interface Desks extends DeskReads {
  enrol(desk: Pick<DeskCredential, 'credential' | 'name' | 'token' | 'enrolledMs' | 'expiresMs'>): void
  /** Records a further certificate. */
  renew(desk: Pick<DeskCredential, 'credential' | 'renewedMs' | 'expiresMs'>): void
  /** Records a call. An unknown credential gets a record. */
  see(desk: Pick<DeskCredential, 'credential' | 'expiresMs' | 'seenMs'>): void
  /** Records the desk store for which it holds the mailbox. */
  hold(credential: string, chain: Uint8Array): void
  revoke(credential: string, nowMs: number): void
  /** Deletes those whose last certificate expired earlier. */
  sweep(beforeMs: number): void
}

/** Recorded damage. */
export interface Damages extends DamageReads {
  add(damage: Damage): void
}

/** Enrolment tokens, by the digest of their secret. */
export interface Tokens {
  /** `name` is the operator's name for the desk. Empty: none. */
  add(digest: Uint8Array, expiresMs: number, name: string): void
  /**
   * Consumes a token once, if it expires after `nowMs` and at the latest at `latestMs`: a later expiry was set by another clock.
   * Returns the name given with it.
   */
  consume(digest: Uint8Array, nowMs: number, latestMs: number): { readonly name: string } | undefined
  /** Deletes expired tokens. */
  sweep(nowMs: number): void
}
