// The feed of a desk stream. It is fair to senders, and leases a window of unsettled items to the stream. docs/spec/mailbox.md, "Feed"
import { createServing, type Queue, type Serving, type Standing } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import { type Item, REPORTS } from '../store/mailbox.ts'
import type { Store } from '../store/store.ts'
import type { Notifier } from './notifier.ts'
import { openReader, type Reader } from './reader.ts'

/** Maximum number of items that are read ahead into memory. */
const BATCH = 32
/** Rescan all queues after delivering this many items. */
const LOOK_EVERY = 8
const LONGEST_POSTPONEMENT = 86_400_000

/** A desk's answer to delivered items. */
export interface Settlement {
  /** Cursors of finished items. */
  readonly acknowledged: readonly number[]
  /** Cursors of envelopes that the desk could not open, which are finished, too. */
  readonly unopenable: readonly number[]
  /** Cursors of items to redeliver, no sooner than `delayMs` from now. */
  readonly postponed: readonly { readonly cursor: number; readonly delayMs: number }[]
}

/** Dependencies of a feed. */
interface FeedOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  /** Notifies when an item was added to the mailbox. */
  readonly notifier: Notifier
  /** How much each sender has used of its fair share. */
  readonly standing: Standing
  /** Maximum number of unsettled items. */
  readonly window: number
  /** Ends the feed. */
  readonly signal: AbortSignal
}

/** The items of one stream, from the first item of the mailbox on. */
export class Feed {
  /** Ends the feed. */
  readonly signal: AbortSignal
  readonly #options: FeedOptions
  readonly #serving: Serving
  readonly #readers = new Map<string, Reader>()
  /** Number of notifications that have been processed. */
  #notified = -1
  #sinceLook = 0
  #givenBack: Promise<unknown> | undefined

  constructor(options: FeedOptions) {
    const { signal, standing, window } = options
    this.signal = signal
    this.#options = options
    this.#serving = createServing({ window, standing })
  }

  /** Items as they arrive, and `live` once after the backlog. Ends with the signal; can be read once. */
  async *items(): AsyncGenerator<Item | 'live', void> {
    try {
      yield* this.#items()
    } finally {
      await this.giveBack()
    }
  }

  /** Returns unsettled items to the mailbox, durably and once. Call it after the signal has ended the feed; `items` also calls it. */
  async giveBack(): Promise<void> {
    const cursors = [...this.#serving.cursors()]
    this.#givenBack ??=
      cursors.length > 0
        ? this.#options.store.commit((write) => {
            for (const cursor of cursors) write.mailbox.giveBack(cursor, 0)
          })
        : Promise.resolve()
    await this.#givenBack
  }

  /** Settles items of this stream, durably; ignores cursors of other streams. */
  async settle({ acknowledged, unopenable, postponed }: Settlement): Promise<void> {
    const { clock, notifier, store } = this.#options
    const { has } = this.#serving
    const nowMs = clock.steady()
    const done = [...acknowledged, ...unopenable].filter(has)
    const again = postponed
      .filter(({ cursor }) => has(cursor))
      .map(({ cursor, delayMs }) => ({ cursor, atMs: nowMs + Math.min(delayMs, LONGEST_POSTPONEMENT) }))
    await store.commit((write) => {
      for (const cursor of done) write.mailbox.remove(cursor)
      for (const { cursor, atMs } of again) write.mailbox.giveBack(cursor, atMs)
    })
    for (const cursor of acknowledged) this.#release(cursor)
    for (const cursor of unopenable) this.#blame(this.#release(cursor))
    for (const { cursor, atMs } of again) this.#release(cursor)?.postponed(atMs)
    notifier.notify()
  }

  async *#items(): AsyncGenerator<Item | 'live', void> {
    const { notifier, store } = this.#options
    this.#look()
    let behind = store.read.mailbox.queues()
    let live = false
    while (!this.signal.aborted) {
      const listener = notifier.listen()
      const item = this.#take()
      if (item !== undefined) yield item
      behind = behind.filter((queue) => this.#readers.get(keyOf(queue))?.hasPassed(queue.newest) === false)
      if (!live && behind.length === 0) {
        live = true
        yield 'live'
      }
      if (item !== undefined) continue
      if (this.#notified === notifier.count())
        await listener.wait({ ms: this.#untilDue(), signal: this.signal })
      this.#look()
    }
  }

  /** Scans all queues. The cost grows with the number of queues that hold items. */
  #look(): void {
    const { notifier, store } = this.#options
    this.#notified = notifier.count()
    this.#sinceLook = 0
    const queues = store.read.mailbox.queues()
    const keys = new Set(queues.map(keyOf))
    for (const key of this.#readers.keys()) if (!keys.has(key)) this.#readers.delete(key)
    for (const queue of queues) this.#reader(queue).newest(queue.newest)
  }

  #reader({ lane, peer }: Queue): Reader {
    const key = keyOf({ lane, peer })
    const { mailbox } = this.#options.store.read
    const reader = this.#readers.get(key) ?? openReader({ lane, peer }, { mailbox, isOut: this.#serving.has })
    this.#readers.set(key, reader)
    return reader
  }

  /** Returns the next item of the sender whose turn it is, or undefined if none waits or the window is full. */
  #take(): Item | undefined {
    const { clock, notifier } = this.#options
    if (this.#sinceLook >= LOOK_EVERY && this.#notified !== notifier.count()) this.#look()
    for (;;) {
      const nowMs = clock.steady()
      const queues = this.#waiting()
      const turn = this.#serving.next(queues, nowMs)
      if (turn === undefined) return undefined
      const item = this.#reader(turn.queue).take(nowMs, Math.max(1, Math.floor(BATCH / queues.length)))
      if (item === undefined) continue
      this.#serving.served(turn, { cursor: item.cursor, bytes: item.content.length }, nowMs)
      this.#sinceLook += 1
      return item
    }
  }

  #waiting(): Queue[] {
    const nowMs = this.#options.clock.steady()
    return [...this.#readers.values()].filter((reader) => reader.waits(nowMs)).map(({ queue }) => queue)
  }

  #untilDue(): number | undefined {
    const dueMs = Math.min(...[...this.#readers.values()].map((reader) => reader.dueMs()))
    return Number.isFinite(dueMs) ? Math.max(0, dueMs - this.#options.clock.steady()) : undefined
  }

  #release(cursor: number): Reader | undefined {
    const queue = this.#serving.settled(cursor, this.#options.clock.steady())
    const reader = queue && this.#readers.get(keyOf(queue))
    reader?.settled()
    return reader
  }

  #blame(reader: Reader | undefined): void {
    const { clock, standing } = this.#options
    const { lane, peer } = reader?.queue ?? REPORTS
    if (lane !== 'report') standing.unopenable(peer, clock.steady())
  }
}

function keyOf({ lane, peer }: Queue): string {
  return `${lane} ${peer}`
}
