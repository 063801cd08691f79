// Reads one queue of the mailbox, a few items at a time. docs/spec/mailbox.md, "Feed"
import type { Queue } from '@rex/sdk/core'
import type { Item, MailboxReads } from '../store/mailbox.ts'

const DUE_AT_ONCE = 32

/** Dependencies of a reader. */
interface ReaderOptions {
  readonly mailbox: MailboxReads
  /** Returns whether an item was delivered and is not settled. */
  readonly isOut: (cursor: number) => boolean
}

/** The read position in one queue. */
export interface Reader {
  readonly queue: Queue
  /** Notes the newest cursor of the queue, because items may have arrived. */
  newest(cursor: number): void
  /** Returns whether the queue may hold an item to deliver. */
  waits(nowMs: number): boolean
  /** Returns the next item, if any: first postponed items that are due, then other items in order. Reads at most `most` at a time. */
  take(nowMs: number, most: number): Item | undefined
  /** Notes that an item of the queue was postponed. */
  postponed(dueMs: number): void
  /** Notes that a delivered item of the queue was settled. */
  settled(): void
  /** Returns when the next postponed item falls due. Infinity if none is postponed. */
  dueMs(): number
  /** Returns whether all items up to a cursor were delivered, except postponed items. */
  hasPassed(cursor: number): boolean
}

/** Creates a reader that starts at the front of a queue. */
export function openReader(queue: Queue, { mailbox, isOut }: ReaderOptions): Reader {
  let newest = 0
  let after = 0
  let out = 0
  let ready: Item[] = []
  let again: number[] = []
  let dueMs = mailbox.nextDueMs(queue, 0) ?? Number.POSITIVE_INFINITY

  /** Reads the cursors of items that are due. Skips delivered items, which stay due until they are settled. */
  function readDue(nowMs: number): number[] {
    const due = mailbox.due(queue, nowMs, DUE_AT_ONCE + out)
    if (due.length < DUE_AT_ONCE + out) dueMs = mailbox.nextDueMs(queue, nowMs) ?? Number.POSITIVE_INFINITY
    return due.filter((cursor) => !isOut(cursor))
  }

  function takeAgain(nowMs: number): Item | undefined {
    if (again.length === 0 && dueMs <= nowMs) again = readDue(nowMs)
    for (let cursor = again.shift(); cursor !== undefined; cursor = again.shift()) {
      const item = mailbox.item(cursor)
      if (item !== undefined) return item
    }
    return undefined
  }

  function takeNext(most: number): Item | undefined {
    if (ready.length === 0 && after < newest) {
      const next = mailbox.next(queue, after, most)
      after = next.at(-1)?.cursor ?? newest
      ready = next.filter(({ cursor }) => !isOut(cursor))
    }
    return ready.shift()
  }

  return {
    queue,
    newest(cursor) {
      newest = cursor
    },
    waits: (nowMs) => ready.length > 0 || again.length > 0 || after < newest || dueMs <= nowMs,
    take(nowMs, most) {
      const item = takeAgain(nowMs) ?? takeNext(most)
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
    hasPassed: (cursor) =>
      after >= cursor && [...ready.map((item) => item.cursor), ...again].every((one) => one > cursor),
  }
}
