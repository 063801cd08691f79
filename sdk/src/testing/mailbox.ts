// The mailbox of a gateway in memory: fair to senders like a real one, and keeps each item until it is acknowledged.
// docs/spec/mailbox.md, "Feed"
import type { ReceiveRequest, ReceiveResponse, Settle } from '@rex/proto/mailbox/v1/mailbox'
import type { Clock } from '../client/clock/clock.ts'
import { createServing, type Queue, type Serving } from '../core/mailbox/serving.ts'
import { createStanding } from '../core/mailbox/standing.ts'
import type { Activity } from './activity.ts'

/** Content of an item. */
export type ItemContent = NonNullable<ReceiveResponse['content']>

/** Items for one desk. */
export interface Mailbox {
  put(content: ItemContent, queue: Queue): void
  /** Whether more urgent mail of a sender is waiting than its budget has left (REX-MBX-064). */
  isOverBudget(sender: string): boolean
  /** Yields items as they arrive, and `live` once a day. Ends with the signal; unacknowledged items are then offered again. */
  feed(requests: AsyncIterable<ReceiveRequest>, signal: AbortSignal): AsyncGenerator<ReceiveResponse>
}

/** The queue of reports and notices. */
export const REPORTS: Queue = { lane: 'report', peer: '' }

interface Item {
  readonly queue: Queue
  readonly response: ReceiveResponse
}

/** One stream: its unsettled items by cursor, and the function that ends its activity. */
interface Stream {
  readonly serving: Serving
  readonly given: Map<number, { readonly item: Item; readonly end: () => void }>
}

/** A real stream ends with its deadline, within a day; the next one sends `live` again. */
const LIVE_MS = 24 * 60 * 60_000
const LIVE: ReceiveResponse = { cursor: 0, redelivered: 0, content: { $case: 'live', value: {} } }

/** An empty mailbox. */
export function openMailbox(activity: Activity, clock: Clock): Mailbox {
  const waiting: Item[] = []
  const standing = createStanding()
  const urgents = new Map<string, number>()
  let cursor = 0
  let wake = () => {}

  const countUrgent = ({ lane, peer }: Queue, count: number): void => {
    if (lane === 'urgent') urgents.set(peer, (urgents.get(peer) ?? 0) + count)
  }
  const take = ({ serving, given }: Stream): Item | undefined => {
    const turn = serving.next(new Set(waiting.map(({ queue }) => queue)), clock.now())
    const place = waiting.findIndex(({ queue }) => isSame(queue, turn?.queue))
    const [item] = place < 0 ? [] : waiting.splice(place, 1)
    if (turn === undefined || item === undefined) return undefined
    const { cursor, content } = item.response
    const bytes = content?.$case === 'stored' ? content.value.envelope.length : 0
    serving.served(turn, { cursor, bytes }, clock.now())
    given.set(cursor, { item, end: activity.begin() })
    return item
  }
  /** Items are offered again in their order. */
  const putBack = ({ queue, response }: Item): void => {
    waiting.push({ queue, response: { ...response, redelivered: response.redelivered + 1 } })
    waiting.sort((a, b) => a.response.cursor - b.response.cursor)
    wake()
  }
  const giveBack = ({ given }: Stream): void => {
    for (const { item, end } of given.values()) {
      putBack(item)
      end()
    }
  }

  function settle({ acknowledged, unopenable, postponed }: Settle, { serving, given }: Stream): void {
    for (const { cursor, delayMs } of postponed) {
      const item = given.get(cursor)?.item
      if (item !== undefined) clock.after(delayMs, () => putBack(item))
    }
    for (const cursor of unopenable) {
      const peer = given.get(cursor)?.item.queue.peer
      if (peer !== undefined) standing.unopenable(peer, clock.now())
    }
    for (const cursor of [...acknowledged, ...unopenable])
      countUrgent(given.get(cursor)?.item.queue ?? REPORTS, -1)
    for (const cursor of [...acknowledged, ...unopenable, ...postponed.map((entry) => entry.cursor)]) {
      serving.settled(cursor, clock.now())
      given.get(cursor)?.end()
      given.delete(cursor)
    }
    wake()
  }

  async function settleAll(requests: AsyncIterator<ReceiveRequest>, stream: Stream): Promise<void> {
    for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
      const { content } = next.value
      if (content?.$case === 'settle') settle(content.value, stream)
    }
  }

  return {
    isOverBudget: (sender) => (urgents.get(sender) ?? 0) > standing.budget(sender, clock.now()),
    put(content, queue) {
      countUrgent(queue, 1)
      waiting.push({ queue, response: { cursor: ++cursor, redelivered: 0, content } })
      wake()
    },
    async *feed(stream, signal) {
      const requests = stream[Symbol.asyncIterator]()
      const { content: opening } = (await requests.next()).value as ReceiveRequest
      const window = opening?.$case === 'open' ? opening.value.window : 1
      const here: Stream = { serving: createServing({ window, standing }), given: new Map() }
      let behind = cursor
      let nextLiveMs = clock.now()
      signal.addEventListener('abort', () => wake(), { once: true })
      void settleAll(requests, here)
      try {
        while (!signal.aborted) {
          if (nextLiveMs <= clock.now() && !waiting.some(({ response }) => response.cursor <= behind)) {
            nextLiveMs += LIVE_MS
            clock.after(LIVE_MS, () => {
              behind = cursor
              wake()
            })
            yield LIVE
          }
          const item = take(here)
          if (item !== undefined) yield item.response
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      } finally {
        giveBack(here)
      }
    },
  }
}

function isSame(one: Queue, other: Queue | undefined): boolean {
  return one.lane === other?.lane && one.peer === other.peer
}
