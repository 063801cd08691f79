// The mailbox of a gateway in memory. It is as fair to senders as a real mailbox, and keeps each item until it is acknowledged. docs/spec/mailbox.md,
// "Feed"
import type { ReceiveRequest, ReceiveResponse, Settle } from '@rex/proto/mailbox/v1/mailbox'
import type { Clock } from '../../client/clock/clock.ts'
import { createServing, type Queue, type Serving } from '../../core/mailbox/serving.ts'
import { createStanding } from '../../core/mailbox/standing.ts'
import type { Activity } from '../time/activity.ts'

/** Content of an item. */
export type ItemContent = NonNullable<ReceiveResponse['content']>

/** The queue of reports and notices. */
export const REPORTS: Queue = { lane: 'report', peer: '' }

interface Item {
  readonly queue: Queue
  readonly response: ReceiveResponse
}

/** A stream and the unsettled items that it delivered, by cursor. `end` ends the activity of an item. */
interface Stream {
  readonly serving: Serving
  readonly given: Map<number, { readonly item: Item; readonly end: () => void }>
}

/** Lifetime of a stream. A real stream ends with its deadline, within a day, and the next stream sends `live` again. */
const LIVE_MS = 24 * 60 * 60_000
const LIVE: ReceiveResponse = { cursor: 0, redelivered: 0, content: { $case: 'live', value: {} } }

/** The mailbox of one desk. */
export class Mailbox {
  readonly #activity: Activity
  readonly #clock: Clock
  readonly #standing = createStanding()
  readonly #waiting: Item[] = []
  /** Unsettled urgent items, by sender. */
  readonly #urgents = new Map<string, number>()
  #cursor = 0
  #wake = () => {}

  constructor(activity: Activity, clock: Clock) {
    this.#activity = activity
    this.#clock = clock
  }

  put(content: ItemContent, queue: Queue): void {
    this.#countUrgent(queue, 1)
    this.#waiting.push({ queue, response: { cursor: ++this.#cursor, redelivered: 0, content } })
    this.#wake()
  }

  /** Whether a sender has more urgent mail waiting than is left of its budget (REX-MBX-064). */
  isOverBudget(sender: string): boolean {
    return (this.#urgents.get(sender) ?? 0) > this.#standing.budget(sender, this.#clock.now())
  }

  /** Yields items as they arrive, and `live` once a day. Ends when the signal is aborted; unacknowledged items are then offered again. */
  async *feed(stream: AsyncIterable<ReceiveRequest>, signal: AbortSignal): AsyncGenerator<ReceiveResponse> {
    const requests = stream[Symbol.asyncIterator]()
    const { content: opening } = (await requests.next()).value as ReceiveRequest
    const window = opening?.$case === 'open' ? opening.value.window : 1
    const here: Stream = { serving: createServing({ window, standing: this.#standing }), given: new Map() }
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    void this.#settleAll(requests, here)
    try {
      yield* this.#serve(here, signal)
    } finally {
      this.#giveBack(here)
    }
  }

  async *#serve(stream: Stream, signal: AbortSignal): AsyncGenerator<ReceiveResponse> {
    let behind = this.#cursor
    let nextLiveMs = this.#clock.now()
    while (!signal.aborted) {
      if (nextLiveMs <= this.#clock.now() && this.#hasGivenOut(behind)) {
        nextLiveMs += LIVE_MS
        this.#clock.after(LIVE_MS, () => {
          behind = this.#cursor
          this.#wake()
        })
        yield LIVE
      }
      const item = this.#take(stream)
      if (item !== undefined) yield item.response
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  /** Whether no item up to this cursor is still waiting. */
  #hasGivenOut(cursor: number): boolean {
    return !this.#waiting.some(({ response }) => response.cursor <= cursor)
  }

  #take({ serving, given }: Stream): Item | undefined {
    const queues = new Set(this.#waiting.map(({ queue }) => queue))
    const turn = serving.next(queues, this.#clock.now())
    const place = this.#waiting.findIndex(({ queue }) => isSame(queue, turn?.queue))
    const [item] = place < 0 ? [] : this.#waiting.splice(place, 1)
    if (turn === undefined || item === undefined) return undefined
    const { cursor, content } = item.response
    const bytes = content?.$case === 'stored' ? content.value.envelope.length : 0
    serving.served(turn, { cursor, bytes }, this.#clock.now())
    given.set(cursor, { item, end: this.#activity.begin() })
    return item
  }

  async #settleAll(requests: AsyncIterator<ReceiveRequest>, stream: Stream): Promise<void> {
    for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
      const { content } = next.value
      if (content?.$case === 'settle') this.#settle(content.value, stream)
    }
  }

  #settle({ acknowledged, unopenable, postponed }: Settle, { serving, given }: Stream): void {
    for (const { cursor, delayMs } of postponed) {
      const item = given.get(cursor)?.item
      if (item !== undefined) this.#clock.after(delayMs, () => this.#putBack(item))
    }
    for (const cursor of unopenable) {
      const peer = given.get(cursor)?.item.queue.peer
      if (peer !== undefined) this.#standing.unopenable(peer, this.#clock.now())
    }
    for (const cursor of [...acknowledged, ...unopenable])
      this.#countUrgent(given.get(cursor)?.item.queue ?? REPORTS, -1)
    for (const cursor of [...acknowledged, ...unopenable, ...postponed.map((entry) => entry.cursor)]) {
      serving.settled(cursor, this.#clock.now())
      given.get(cursor)?.end()
      given.delete(cursor)
    }
    this.#wake()
  }

  #giveBack({ given }: Stream): void {
    for (const { item, end } of given.values()) {
      this.#putBack(item)
      end()
    }
  }

  /** Puts an item back, so that items are offered again in their order. */
  #putBack({ queue, response }: Item): void {
    this.#waiting.push({ queue, response: { ...response, redelivered: response.redelivered + 1 } })
    this.#waiting.sort((a, b) => a.response.cursor - b.response.cursor)
    this.#wake()
  }

  #countUrgent({ lane, peer }: Queue, count: number): void {
    if (lane === 'urgent') this.#urgents.set(peer, (this.#urgents.get(peer) ?? 0) + count)
  }
}

function isSame(one: Queue, other: Queue | undefined): boolean {
  return one.lane === other?.lane && one.peer === other.peer
}
