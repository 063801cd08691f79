// Reads one queue of the mailbox, a few items at a time. docs/spec/mailbox.md, "Feed"
import type { Queue } from '@rex/sdk/core'
import type { Item, MailboxReads } from '../store/store.ts'

/** What reading depends on. */
export interface ReaderOptions {
  readonly mailbox: MailboxReads
  /** Whether an item was given out and is not settled. */
  readonly isOut: (cursor: number) => boolean
}

/** One queue, as far as it was read. */
export interface Reader {
  readonly queue: Queue
  /** Something may have come: the newest cursor of the queue. */
  newest(cursor: number): void
  /** Whether it may hold something that can be given out. */
  waits(nowMs: number): boolean
  /** The next item: postponed ones that are due first, then in order. Reads at most `most` at a time. Undefined: there is none. */
  take(nowMs: number, most: number): Item | undefined
  /** An item of the queue was given back. */
  postponed(dueMs: number): void
  /** An item of the queue that was given out is settled. */
  settled(): void
  /** When the next postponed item falls due. Infinity: none does. */
  dueMs(): number
  /** Whether all up to a cursor was given out, except what is postponed. */
  hasPassed(cursor: number): boolean
}

/** Begins at the front of a queue. */
export function openReader(queue: Queue, { mailbox, isOut }: ReaderOptions): Reader {
  let newest = 0
  let after = 0
  let out = 0
  let ready: Item[] = []
  let dueMs = mailbox.nextDueMs(queue, 0) ?? Number.POSITIVE_INFINITY

  /** What is out stays due until it is settled. */
  function readDue(nowMs: number, most: number): Item[] {
    const due = mailbox.due(queue, nowMs, most + out)
    if (due.length < most + out) dueMs = mailbox.nextDueMs(queue, nowMs) ?? Number.POSITIVE_INFINITY
    return due.filter(({ cursor }) => !isOut(cursor))
  }

  function readNext(most: number): Item[] {
    const next = mailbox.next(queue, after, most)
    after = next.length === most ? (next.at(-1)?.cursor ?? after) : Math.max(newest, next.at(-1)?.cursor ?? 0)
    return next.filter(({ cursor }) => !isOut(cursor))
  }

  return {
    queue,
    newest(cursor) {
      newest = cursor
    },
    waits: (nowMs) => ready.length > 0 || after < newest || dueMs <= nowMs,
    take(nowMs, most) {
      if (ready.length === 0 && dueMs <= nowMs) ready = readDue(nowMs, most)
      if (ready.length === 0 && after < newest) ready = readNext(most)
      const item = ready.shift()
      if (item !== undefined) out += 1
      return item
    },
    postponed(atMs) {
      dueMs = Math.min(dueMs, atMs)
    },
    settled() {
      out = Math.max(0, out - 1)
    },
    dueMs: () => dueMs,
    hasPassed: (cursor) => after >= cursor && !ready.some((item) => item.cursor <= cursor),
  }
}
