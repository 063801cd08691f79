// The feed of a desk stream: fair to senders, with a window of unsettled items that are leased to the stream. docs/spec/mailbox.md, "Feed"
import { createServing, type Queue, type Standing } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import { type Item, REPORTS } from '../store/mailbox.ts'
import type { Store } from '../store/store.ts'
import type { Notifier } from './notifier.ts'
import { openReader, type Reader } from './reader.ts'

/** Most items that are read ahead into memory. */
const BATCH = 32
/** Items delivered between two looks at all queues. */
const LOOK_EVERY = 8
const LONGEST_POSTPONEMENT = 86_400_000

/** A desk's answer to delivered items. */
export interface Settlement {
  /** Cursors of finished items. */
  readonly acknowledged: readonly number[]
  /** Cursors of envelopes that the desk could not open; finished, too. */
  readonly unopenable: readonly number[]
  /** Cursors of items to redeliver, no sooner than `delayMs` from now. */
  readonly postponed: readonly { readonly cursor: number; readonly delayMs: number }[]
}

/** The items of one stream. */
export interface Feed {
  /** Items as they arrive, and `live` once after the backlog. Ends with the signal; can be read once. */
  items(): AsyncGenerator<Item | 'live', void>
  /** Returns unsettled items to the mailbox, durably and once. Call it after the signal has ended the feed; `items` also calls it. */
  giveBack(): Promise<void>
  /** Settles items of this stream, durably; ignores cursors of other streams. */
  settle(settlement: Settlement): Promise<void>
}

/** Dependencies of a feed. */
export interface FeedOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  /** Notifies when an item was added to the mailbox. */
  readonly notifier: Notifier
  /** The fairness standing of senders. */
  readonly standing: Standing
  /** Most unsettled items. */
  readonly window: number
  /** Ends the feed. */
  readonly signal: AbortSignal
}

/** Opens a feed at the first item of the mailbox. */
export function openFeed({ store, clock, notifier, standing, window, signal }: FeedOptions): Feed {
  const { mailbox } = store.read
  const serving = createServing({ window, standing })
  const readers = new Map<string, Reader>()
  let notified = -1
  let sinceLook = 0

  /** Looks at all queues. The cost grows with the number of queues that hold items. */
  function look(): void {
    notified = notifier.count()
    sinceLook = 0
    const held = mailbox.queues()
    const keys = new Set(held.map(keyOf))
    for (const key of readers.keys()) if (!keys.has(key)) readers.delete(key)
    for (const queue of held) readerOf(queue).newest(queue.newest)
  }

  function readerOf({ lane, peer }: Queue): Reader {
    const key = keyOf({ lane, peer })
    const reader = readers.get(key) ?? openReader({ lane, peer }, { mailbox, isOut: serving.has })
    readers.set(key, reader)
    return reader
  }

  function waiting(): Queue[] {
    const nowMs = clock.steady()
    return [...readers.values()].filter((reader) => reader.waits(nowMs)).map(({ queue }) => queue)
  }

  function take(): Item | undefined {
    if (sinceLook >= LOOK_EVERY && notified !== notifier.count()) look()
    for (;;) {
      const nowMs = clock.steady()
      const queues = waiting()
      const turn = serving.next(queues, nowMs)
      if (turn === undefined) return undefined
      const item = readerOf(turn.queue).take(nowMs, Math.max(1, Math.floor(BATCH / queues.length)))
      if (item === undefined) continue
      serving.served(turn, { cursor: item.cursor, bytes: item.content.length }, nowMs)
      sinceLook += 1
      return item
    }
  }

  async function* items(): AsyncGenerator<Item | 'live', void> {
    look()
    let behind = mailbox.queues()
    let live = false
    while (!signal.aborted) {
      const listener = notifier.listen()
      const item = take()
      if (item !== undefined) yield item
      behind = behind.filter((queue) => readers.get(keyOf(queue))?.hasPassed(queue.newest) === false)
      if (!live && behind.length === 0) {
        live = true
        yield 'live'
      }
      if (item !== undefined) continue
      if (notified === notifier.count()) await listener.wait({ ms: untilDue(), signal })
      look()
    }
  }

  function untilDue(): number | undefined {
    const dueMs = Math.min(...[...readers.values()].map((reader) => reader.dueMs()))
    return Number.isFinite(dueMs) ? Math.max(0, dueMs - clock.steady()) : undefined
  }

  let givenBack: Promise<unknown> | undefined

  async function giveBack(): Promise<void> {
    const cursors = [...serving.cursors()]
    givenBack ??=
      cursors.length > 0
        ? store.commit((write) => {
            for (const cursor of cursors) write.mailbox.giveBack(cursor, 0)
          })
        : Promise.resolve()
    await givenBack
  }

  return {
    giveBack,
    async *items() {
      try {
        yield* items()
      } finally {
        await giveBack()
      }
    },
    async settle({ acknowledged, unopenable, postponed }) {
      const nowMs = clock.steady()
      const done = [...acknowledged, ...unopenable].filter(serving.has)
      const again = postponed
        .filter(({ cursor }) => serving.has(cursor))
        .map(({ cursor, delayMs }) => ({ cursor, atMs: nowMs + Math.min(delayMs, LONGEST_POSTPONEMENT) }))
      await store.commit((write) => {
        for (const cursor of done) write.mailbox.remove(cursor)
        for (const { cursor, atMs } of again) write.mailbox.giveBack(cursor, atMs)
      })
      for (const cursor of acknowledged) release(cursor)
      for (const cursor of unopenable) blame(release(cursor))
      for (const { cursor, atMs } of again) release(cursor)?.postponed(atMs)
      notifier.notify()
    },
  }

  function release(cursor: number): Reader | undefined {
    const queue = serving.settled(cursor, clock.steady())
    const reader = queue && readers.get(keyOf(queue))
    reader?.settled()
    return reader
  }

  function blame(reader: Reader | undefined): void {
    const { lane, peer } = reader?.queue ?? REPORTS
    if (lane !== 'report') standing.unopenable(peer, clock.steady())
  }
}

function keyOf({ lane, peer }: Queue): string {
  return `${lane} ${peer}`
}
