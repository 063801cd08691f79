// The interface to the gateway's durable state. Every write goes through `commit`. docs/spec/delivery.md, "Durability"
import type { RexError } from '@rex/sdk/core'
import type { Damage, DamageReads, Damages } from './damage.ts'
import type { DeskReads, Desks, Tokens } from './desks.ts'
import type { Lease, LeaseReads } from './lease.ts'
import type { Ledger, LedgerReads } from './ledger.ts'
import type { Mailbox, MailboxReads } from './mailbox.ts'
import type { Outbox, OutboxReads } from './outbox.ts'
import type {
  AddressBook,
  AddressReads,
  IncarnationReads,
  Incarnations,
  NetworkReads,
  Networks,
  StatementReads,
  Statements,
} from './peers.ts'
import type { Space } from './space.ts'
import type { Time, TimeReads } from './time.ts'

/** The durable state of a gateway. */
export interface Store extends AsyncDisposable {
  /** Incarnation, a random number of 16 bytes. A newly created store has a new incarnation. */
  readonly incarnation: Uint8Array
  /** Damage found when this store was opened. Such damage gives the store a new incarnation. Absent if there was none. */
  readonly damage?: Damage | undefined
  /** Committed state. */
  readonly read: Reads
  /**
   * Runs `work` inside the next transaction, together with other waiting work. Resolves when the transaction
   * is durable. If `work` throws, only its own writes are undone. `work` must be synchronous and change
   * nothing in memory, because it may run twice. `owner`: the organisation whose work this is; the work of
   * one owner gets only a part of each transaction (REX-DLV-104). Default: no owner; such work never waits
   * for a later transaction.
   * @throws RexError STORE_FULL (nothing was written; a retry may succeed), STORE_FAILED (the store is unusable until it is opened again)
   */
  commit<T>(work: (write: Writes) => T, owner?: { readonly name: string; readonly bytes: number }): Promise<T>
  /**
   * Checks the next `limit` waiting rows and moves damaged rows aside (REX-DLV-153). Returns false when it has reached the end and
   * will start over. @throws RexError STORE_FULL, STORE_FAILED
   */
  scrub(limit: number): boolean
  /** Compares the next megabyte of the file with its checksums. Returns whether there is more. Damage makes the store unusable. */
  checkPages(): boolean
  /** Calls `listener` after the open store has durably moved a damaged row aside and notified the desk. */
  onDamage(listener: (damage: Damage) => void): void
  /** Returns how many pages of the file have been compared since it was opened. */
  checked(): { readonly checked: number; readonly of: number }
  /** Returns whether the last commit failed because the disk is full or its quota is used up. */
  full(): boolean
  /** Resolves if the disk fails. Reads and writes then stop, and the process should end. */
  readonly failed: Promise<RexError>
}

/** Reads, which are possible at any time. */
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

/** Writes, which are possible only inside `commit`. */
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
