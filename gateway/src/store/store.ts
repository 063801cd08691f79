// What the gateway keeps, as its rooms need it. Everything durable goes through `commit`. docs/spec/delivery.md, "Durability"
import type { Queue, RexError } from '@rex/sdk/core'
import type { NetworkReads, Networks } from './network.ts'

/** The durable state of a gateway. */
export interface Store extends AsyncDisposable {
  /** Random number of this store's life when it was opened: 16 bytes. A store made anew has another. */
  readonly incarnation: Uint8Array
  /** What was found wrong when it was opened just now: it has a new incarnation. Absent: nothing. */
  readonly damage?: Damage | undefined
  /** Committed state. */
  readonly read: Reads
  /**
   * Runs `work` inside the next transaction, together with what else is waiting, and resolves after that is durable.
   * What `work` throws undoes only what `work` wrote. It must be synchronous, and change nothing in memory: it may be run twice.
   * @throws RexError STORE_FULL (nothing was written; later it may work), STORE_FAILED (the store is unusable until it is opened again)
   */
  commit<T>(work: (write: Writes) => T): Promise<T>
  /**
   * Checks the next `limit` rows of what waits; damaged ones are moved aside (REX-DLV-153). False: it has come to the end, and begins
   * anew. @throws RexError STORE_FULL, STORE_FAILED
   */
  scrub(limit: number): boolean
  /** Compares the next megabyte of the file with what was written; whether there is more. What is damaged ends the use of the store. */
  checkPages(): boolean
  /** How many pages of the file were compared since it was opened. */
  checked(): { readonly checked: number; readonly of: number }
  /** Resolves if the disk fails: nothing is read or written any more, and the process should end. */
  readonly failed: Promise<RexError>
}

/** What can be read at any time. */
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

/** What can be done inside `commit`. */
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

/** How much lies in a box, or in one organisation's part of it. */
export interface Usage {
  readonly items: number
  readonly bytes: number
}

/** What is kept for an organisation. */
export interface Holding {
  readonly organisation: string
  /** Its mail in both directions, what the ledger remembers of it, and evidence. */
  readonly bytes: number
}

/** What the store is filled with. Figures are bytes, with what the store adds; they cost as many rows as there are organisations at most. */
export interface Space {
  /** Bytes of the file that are in use. */
  used(): number
  /** What is kept for a sender: its mail, what the ledger remembers of it, and evidence. */
  heldFrom(sender: string): number
  /** Of that, its urgent mail. */
  urgentFrom(sender: string): number
  /** What waits for delivery to a recipient. */
  heldFor(recipient: string): number
  /** What waits for delivery to all recipients together. */
  outgoing(): number
  /** Organisations for which something is kept, those with most first. */
  holdings(): Holding[]
}

/** What is remembered of an envelope, so that a repeat has no second effect. */
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
  /** What a repeat is answered with. Absent: nothing is known yet. */
  readonly answer?: Uint8Array
}

export interface LedgerReads {
  find(sender: string, envelopeId: Uint8Array): LedgerEntry | undefined
  /** Latest expiry of a forgotten entry, Unix milliseconds: what expires by then may be a forgotten repeat. */
  floor(): number
}

/** Envelopes seen, in and out. */
export interface Ledger extends LedgerReads {
  add(entry: LedgerEntry): void
  answer(sender: string, envelopeId: Uint8Array, answer: Uint8Array): void
  /** Keeps other bytes under a known id as evidence: the first for each id, at most 64 for each sender. */
  keepConflict(entry: LedgerEntry, envelope: Uint8Array): void
  /** Looks at the next `limit` entries: forgets those that are finished, and raises the floor. */
  forget(finished: Finished, limit: number): Forgotten
}

/** Which entries of the ledger are finished: the answered ones of these. */
export interface Finished {
  /** Made before. Unix milliseconds. */
  readonly madeBeforeMs: number
  /** Expired by then. Unix milliseconds. */
  readonly expiredByMs: number
  /** Behind this place; 0: from the beginning. */
  readonly after: number
}

/** How far the ledger was looked through. */
export interface Forgotten {
  /** How many entries were forgotten. */
  readonly count: number
  /** The last place looked at. Absent: all others were made later, or there are none. */
  readonly last?: number
}

/** What several deliveries of one message share, stored once. */
export interface Upload {
  /** Opaque to the store. Empty: nothing is shared. */
  readonly shared: Uint8Array
  /** At most 64. */
  readonly deliveries: readonly NewDelivery[]
}

/** One envelope on its way to another organisation. */
export interface NewDelivery {
  readonly envelopeId: Uint8Array
  readonly recipient: string
  readonly urgent: boolean
  readonly submittedMs: number
  readonly expiresMs: number
  /** What this delivery adds to the shared parts. Opaque to the store. */
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
  /** Why the last attempt failed: ErrorDetail bytes. Absent: the recipient's gateway has not answered yet. */
  readonly lastError?: Uint8Array
}

/** A waiting envelope with what it is made of. */
export interface Sendable extends Waiting {
  /** Empty: nothing is shared. */
  readonly shared: Uint8Array
  readonly own: Uint8Array
}

/** Which part of a peer's queue. */
export interface QueuePart {
  readonly recipient: string
  readonly urgent: boolean
}

export interface OutboxReads {
  /** Envelopes never postponed, after `after`, oldest first. */
  next(part: QueuePart, after: number, limit: number): Sendable[]
  /** Postponed envelopes that are due. */
  due(part: QueuePart, nowMs: number, limit: number): Sendable[]
  /** When the first postponed envelope for a recipient falls due that is not due at `nowMs`. Absent: none. */
  nextDueMs(recipient: string, nowMs: number): number | undefined
  /** Envelopes that expire before `beforeMs`. */
  expiring(beforeMs: number, limit: number): Waiting[]
  /** Urgent envelopes submitted before `beforeMs` whose delay has not been reported. */
  delayed(beforeMs: number, limit: number): Waiting[]
  /** All that waits, oldest first. */
  list(limit: number): Waiting[]
  /** When the oldest envelope for a recipient that was not postponed was submitted; else when some other was. Absent: none waits. */
  oldestMs(recipient: string): number | undefined
  /** What waits for a recipient, in no order. */
  of(recipient: string, limit: number): Waiting[]
  /** Recipients for whom something waits. */
  recipients(): string[]
  usage(recipient: string): Usage
  total(): Usage
}

/** Envelopes on their way out. */
export interface Outbox extends OutboxReads {
  add(upload: Upload): void
  /** Keeps the envelope back until `dueMs`. */
  postpone(id: number, dueMs: number, lastError: Uint8Array): void
  /** Ends all postponements for a recipient. */
  endPostponed(recipient: string): void
  /** After a restart: ends all postponements, and nothing was submitted after `nowMs`: an earlier clock measured them (REX-DLV-081). */
  beginAnew(nowMs: number): void
  /** The delay of an urgent envelope has been reported. */
  markDelayed(id: number): void
  /** The envelope needs no more delivery. False: it was gone. */
  remove(id: number): boolean
}

/** What a mailbox item is. */
export type ItemKind = 'stored' | 'report' | 'notice'

/** The queue of reports and notices. */
export const REPORTS: Queue = { lane: 'report', peer: '' }

/** Something for the desk. */
export interface NewItem extends Queue {
  readonly kind: ItemKind
  /** Opaque to the store. */
  readonly content: Uint8Array
}

/** Something for the desk, in the mailbox. */
export interface Item {
  /** Ascends in arrival order; never used again. */
  readonly cursor: number
  readonly kind: ItemKind
  readonly content: Uint8Array
  /** How often it was delivered before. */
  readonly redelivered: number
}

export interface MailboxReads {
  /** Queues that hold anything, each with its newest cursor. */
  queues(): (Queue & { readonly newest: number })[]
  /** Items of a queue that are not postponed, after `after`, in arrival order: no more once they have 1 MiB together. */
  next(queue: Queue, after: number, limit: number): Item[]
  /** Cursors of postponed items of a queue that are due, first due first. */
  due(queue: Queue, nowMs: number, limit: number): number[]
  /** Absent: it is gone. */
  item(cursor: number): Item | undefined
  /** When the first postponed item of a queue falls due that is not due at `nowMs`. Absent: none. */
  nextDueMs(queue: Queue, nowMs: number): number | undefined
  /** How much a queue holds. */
  waiting(queue: Queue): Usage
  total(): Usage
}

/** What waits for the desk. */
export interface Mailbox extends MailboxReads {
  /** Returns the cursor. */
  add(item: NewItem): number
  remove(cursor: number): void
  /** Counts a delivery that was not acknowledged; keeps the item back until `dueMs` (0: not at all). */
  giveBack(cursor: number, dueMs: number): void
  /** After a restart: ends all postponements, which an earlier clock measured (REX-DLV-081). */
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

/** How another gateway is reached, and what it knows of this one. */
export interface Addresses {
  /** `host:port`, in the order in which to dial them. */
  readonly endpoints: readonly string[]
  /** The own addresses, joined by commas, that it was last told. Empty: none. */
  readonly told: string
  /** The newest statement (JWT) that it announced. Empty: none. */
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
  /** Since when. Unix milliseconds. */
  readonly sinceMs: number
}

/** The last time that the mailbox changed hands. */
export interface TakeOver {
  /** Credential of the desk that took it. */
  readonly credential: string
  /** Credential of the desk that had it before. */
  readonly from: string
  /** Unix milliseconds. */
  readonly takenMs: number
  /** Cursor of the notice that tells the desk. */
  readonly cursor: number
}

export interface LeaseReads {
  get(): LeaseState | undefined
  /** The greatest place of a submission that came from a chain. 0: none came. */
  place(chain: Uint8Array): number
  lastTakeOver(): TakeOver | undefined
}

/** The mailbox lease. */
export interface Lease extends LeaseReads {
  put(state: LeaseState): void
  /** A submission with this place came from a chain. */
  sawPlace(chain: Uint8Array, place: number): void
  /** Whether the lease was taken over from a chain (REX-MBX-011). */
  isShutOut(chain: Uint8Array): boolean
  /** The newest 256 are kept. */
  shutOut(chain: Uint8Array): void
  admit(chain: Uint8Array): void
  /** The store has forgotten who had the lease last: nobody has it, and no fence was ever greater. */
  forget(): void
  putTakeOver(takeOver: TakeOver): void
}

/** How the gateway of an organisation last greeted. */
export interface Greeting {
  readonly incarnation: Uint8Array
  /** Cursor of the report that tells the desk of a lost memory. 0: there was none. */
  readonly told: number
}

export interface IncarnationReads {
  /** That of this store. */
  own(): Uint8Array
  /** Absent: it has not greeted. */
  find(organisation: string): Greeting | undefined
}

/** Which memories the gateways have: this one and the others. */
export interface Incarnations extends IncarnationReads {
  put(organisation: string, greeting: Greeting): void
  /** Gives this store a new one. */
  renew(): void
}

export interface TimeReads {
  /** The time that others have confirmed, as it was last kept. Unix milliseconds; 0: none. */
  kept(): number
}

/** The trusted time (REX-DLV-140). */
export interface Time extends TimeReads {
  keep(ms: number): void
}

/** Damage of the store. */
export interface Damage {
  readonly foundMs: number
  /** `forgot`: it did not know commits that it had made. `damaged`: it was not what was written; it is set aside, this one is new. `row`: single rows were not; they are set aside. */
  readonly kind: 'forgot' | 'damaged' | 'row'
}

export interface DamageReads {
  /** The newest. Undefined: nothing was ever found. */
  last(): Damage | undefined
}

/** The credential of a desk: one key, and all certificates that were issued for it. */
export interface DeskCredential {
  /** Fingerprint of the key: 64 hexadecimal digits. */
  readonly credential: string
  /** Name that the operator gave to it. Empty: none. */
  readonly name: string
  /** Id of its enrolment token. Empty: this store has no record of the enrolment. */
  readonly token: string
  /** When it was enrolled, or first seen if there is no record. Unix milliseconds. */
  readonly enrolledMs: number
  /** When it was last renewed. Unix milliseconds; 0: never. */
  readonly renewedMs: number
  readonly renewals: number
  /** When its last certificate ends. Unix milliseconds. */
  readonly expiresMs: number
  /** When it last called. Unix milliseconds; 0: never. */
  readonly seenMs: number
  /** Desk store for which it last held the mailbox: 16 bytes. Empty: none. */
  readonly chain: Uint8Array
  /** Unix milliseconds; 0: it is not revoked. */
  readonly revokedMs: number
}

export interface DeskReads {
  /** The newest enrolment first. */
  list(): DeskCredential[]
  count(): number
}

/** The credentials of desks. */
export interface Desks extends DeskReads {
  enrol(desk: Pick<DeskCredential, 'credential' | 'name' | 'token' | 'enrolledMs' | 'expiresMs'>): void
  /** Notes a further certificate. */
  renew(desk: Pick<DeskCredential, 'credential' | 'renewedMs' | 'expiresMs'>): void
  /** Notes that it called; one without a record gets one. */
  see(desk: Pick<DeskCredential, 'credential' | 'expiresMs' | 'seenMs'>): void
  /** Notes for which desk store it holds the mailbox. */
  hold(credential: string, chain: Uint8Array): void
  revoke(credential: string, nowMs: number): void
  /** Forgets those whose last certificate ended before. */
  sweep(beforeMs: number): void
}

/** Damage, noted. */
export interface Damages extends DamageReads {
  add(damage: Damage): void
}

/** Enrolment tokens, by the digest of their secret. */
export interface Tokens {
  /** `name` is what the operator calls the desk. Empty: nothing. */
  add(digest: Uint8Array, expiresMs: number, name: string): void
  /**
   * Once for each token that expires after `nowMs`, at the latest at `latestMs`: one that lasts longer was made by another clock.
   * What it was made with.
   */
  consume(digest: Uint8Array, nowMs: number, latestMs: number): { readonly name: string } | undefined
  /** Forgets expired tokens. */
  sweep(nowMs: number): void
}
