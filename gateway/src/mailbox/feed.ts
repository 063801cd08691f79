// The feed of one desk stream: urgent first, a window of unsettled items, each leased to the stream. docs/spec/mailbox.md, "Feed"
import type { Clock } from '../clock/clock.ts'
import type { Item, Store } from '../store/store.ts'
import type { Bell } from './bell.ts'

const BATCH = 32
const LONGEST_POSTPONEMENT = 86_400_000

/** What the desk says of items that it got. */
export interface Settlement {
  /** Cursors of items that are done. */
  readonly acknowledged: readonly number[]
  /** Cursors of envelopes that could not be opened: done, too. */
  readonly unopenable: readonly number[]
  /** Cursors of items to deliver again, not before `delayMs` from now. */
  readonly postponed: readonly { readonly cursor: number; readonly delayMs: number }[]
}

/** The items of one stream. */
export interface Feed {
  /** Items as they come, and `live` once when all that lay there has been given out. Ends with the signal; may be read once. */
  items(): AsyncGenerator<Item | 'live', void>
  /** Settles items of this stream, durably; cursors of others are ignored. */
  settle(settlement: Settlement): Promise<void>
}

/** What a feed stands on. */
export interface FeedOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  /** Rings when something has come into the mailbox. */
  readonly bell: Bell
  /** How many items may be unsettled. */
  readonly window: number
  /** Ends the feed. */
  readonly signal: AbortSignal
}

type Lane = 'urgent' | 'routine'

/** Opens a feed at the first item that lies in the mailbox. */
export function openFeed({ store, clock, bell, window, signal }: FeedOptions): Feed {
  const { mailbox } = store.read
  const out = new Set<number>()
  const after = { urgent: 0, routine: 0 }
  /** Whether a lane may hold more than was read of it: what is known to be empty is not read again. */
  const more = { urgent: true, routine: true }
  const routineWindow = window === 1 ? 1 : window - Math.ceil(window / 8)
  let dueMs = mailbox.nextDueMs(0) ?? Number.POSITIVE_INFINITY

  function lane(name: Lane, credit: number): Item[] {
    if (credit <= 0 || !more[name]) return []
    const limit = Math.min(credit, BATCH)
    const items = mailbox.next(name === 'urgent', after[name], limit)
    more[name] = items.length === limit
    after[name] = items.at(-1)?.cursor ?? after[name]
    return items.filter((item) => !out.has(item.cursor))
  }

  function due(credit: number): Item[] {
    const now = clock.steady()
    if (credit <= 0 || dueMs > now) return []
    const items = mailbox.due(now, credit + out.size).filter((item) => !out.has(item.cursor))
    if (items.length <= credit) dueMs = mailbox.nextDueMs(now) ?? Number.POSITIVE_INFINITY
    return items.slice(0, credit)
  }

  function take(): Item[] {
    const urgent = lane('urgent', window - out.size)
    if (urgent.length > 0) return urgent
    const again = due(window - out.size)
    return again.length > 0 ? again : lane('routine', routineWindow - out.size)
  }

  async function* items(): AsyncGenerator<Item | 'live', void> {
    let live = false
    while (!signal.aborted) {
      const ear = bell.listen()
      const batch = take()
      for (const { cursor } of batch) out.add(cursor)
      yield* batch
      if (batch.length > 0) continue
      if (!live && out.size < routineWindow) {
        live = true
        yield 'live'
      }
      await ear.wait({ ms: untilDue(), signal })
      more.urgent = true
      more.routine = true
    }
  }

  function untilDue(): number | undefined {
    return Number.isFinite(dueMs) ? Math.max(0, dueMs - clock.steady()) : undefined
  }

  async function giveBackAll() {
    if (out.size === 0) return
    await store.commit((write) => {
      for (const cursor of out) write.mailbox.giveBack(cursor, 0)
    })
  }

  return {
    async *items() {
      try {
        yield* items()
      } finally {
        await giveBackAll()
      }
    },
    async settle({ acknowledged, unopenable, postponed }) {
      const done = [...acknowledged, ...unopenable].filter((cursor) => out.has(cursor))
      const again = postponed
        .filter(({ cursor }) => out.has(cursor))
        .map(({ cursor, delayMs }) => ({
          cursor,
          atMs: clock.steady() + Math.min(delayMs, LONGEST_POSTPONEMENT),
        }))
      await store.commit((write) => {
        for (const cursor of done) write.mailbox.remove(cursor)
        for (const { cursor, atMs } of again) write.mailbox.giveBack(cursor, atMs)
      })
      const wasFull = out.size >= routineWindow
      for (const cursor of [...done, ...again.map((item) => item.cursor)]) out.delete(cursor)
      dueMs = Math.min(dueMs, ...again.map(({ atMs }) => atMs))
      if (wasFull || again.length > 0) bell.ring()
    },
  }
}
