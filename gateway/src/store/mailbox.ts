// Items that wait for the desk. docs/spec/mailbox.md, "Feed"
import type { Queue } from '@rex/sdk/core'
import type { Usage } from './space.ts'

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
