// Interface to the stored items that wait for the desk. docs/spec/mailbox.md, "Feed"
import type { Queue } from '@rex/sdk/core'
import type { Usage } from './space.ts'

/** Kind of a mailbox item. */
export type ItemKind = 'stored' | 'report' | 'notice'

/** The queue of reports and notices. */
export const REPORTS: Queue = { lane: 'report', peer: '' }

/** A new item for the desk. */
export interface NewItem extends Queue {
  readonly kind: ItemKind
  /** Content, which is opaque to the store. */
  readonly content: Uint8Array
}

/** An item in the mailbox. */
export interface Item {
  /** Number that ascends in arrival order and is never reused. */
  readonly cursor: number
  readonly kind: ItemKind
  readonly content: Uint8Array
  /** Number of earlier deliveries. */
  readonly redelivered: number
}

export interface MailboxReads {
  /** Returns the queues that hold items, each with its newest cursor. */
  queues(): (Queue & { readonly newest: number })[]
  /** Returns items of a queue after `after` that are not postponed, in arrival order, up to 1 MiB in total. */
  next(queue: Queue, after: number, limit: number): Item[]
  /** Returns the cursors of postponed items of a queue that are due, earliest first. */
  due(queue: Queue, nowMs: number, limit: number): number[]
  /** Returns an item, or undefined if it no longer exists. */
  item(cursor: number): Item | undefined
  /** Returns the earliest due time after `nowMs` of a postponed item of a queue, if any. */
  nextDueMs(queue: Queue, nowMs: number): number | undefined
  /** Returns the number and total size of the items of a queue. */
  waiting(queue: Queue): Usage
  total(): Usage
}

/** Items waiting for the desk. */
export interface Mailbox extends MailboxReads {
  /** Adds an item. Returns its cursor. */
  add(item: NewItem): number
  remove(cursor: number): void
  /**
   * Records that the item was delivered but not settled, and postpones it until `dueMs`. 0: the item is due
   * at once.
   */
  giveBack(cursor: number, dueMs: number): void
  /** Ends all postponements after a restart, because they refer to the steady clock of the earlier process (REX-DLV-081). */
  beginAnew(): void
}
