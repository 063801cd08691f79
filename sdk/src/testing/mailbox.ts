// The mailbox of a gateway in memory: urgent items first, each until it is acknowledged. docs/spec/mailbox.md, "Feed"
import type { ReceiveRequest, ReceiveResponse } from '@rex/proto/mailbox/v1/mailbox'
import type { Clock } from '../client/clock.ts'
import type { Activity } from './activity.ts'

/** What an item is. */
export type ItemContent = NonNullable<ReceiveResponse['content']>

/** Items for one desk. */
export interface Mailbox {
  put(content: ItemContent, urgent: boolean): void
  /** Gives items out as they come, and `live` once a day. Ends with the signal; what is not acknowledged then comes again. */
  feed(requests: AsyncIterable<ReceiveRequest>, signal: AbortSignal): AsyncGenerator<ReceiveResponse>
}

interface Item extends ReceiveResponse {
  readonly urgent: boolean
}

/** Items that were given out, and how to say that they are no longer under way. */
type Given = Map<number, { readonly item: Item; readonly end: () => void }>

/** A real stream ends with its deadline, within a day; the next one says `live` anew. */
const LIVE_MS = 24 * 60 * 60_000
const LIVE: ReceiveResponse = { cursor: 0, redelivered: 0, content: { $case: 'live', value: {} } }

/** An empty mailbox. */
export function openMailbox(activity: Activity, clock: Clock): Mailbox {
  const waiting: Item[] = []
  let cursor = 0
  let wake = () => {}

  const take = (): Item | undefined => {
    const urgent = waiting.findIndex((item) => item.urgent)
    return waiting.splice(Math.max(urgent, 0), 1)[0]
  }
  /** Items come again in their order. */
  const putBack = ({ redelivered, ...item }: Item): void => {
    waiting.push({ ...item, redelivered: redelivered + 1 })
    waiting.sort((a, b) => a.cursor - b.cursor)
    wake()
  }
  const giveBack = (given: Given): void => {
    for (const { item, end } of given.values()) {
      putBack(item)
      end()
    }
  }

  async function settle(requests: AsyncIterable<ReceiveRequest>, given: Given): Promise<void> {
    for await (const { content } of requests) {
      if (content?.$case !== 'settle') continue
      const { acknowledged, postponed } = content.value
      for (const { cursor, delayMs } of postponed) {
        const item = given.get(cursor)?.item
        if (item !== undefined) clock.after(delayMs, () => putBack(item))
      }
      for (const cursor of [...acknowledged, ...postponed.map((entry) => entry.cursor)]) {
        given.get(cursor)?.end()
        given.delete(cursor)
      }
    }
  }

  return {
    put(content, urgent) {
      waiting.push({ cursor: ++cursor, redelivered: 0, content, urgent })
      wake()
    },
    async *feed(requests, signal) {
      const given: Given = new Map()
      let nextLiveMs = clock.now()
      signal.addEventListener('abort', () => wake(), { once: true })
      void settle(requests, given)
      try {
        while (!signal.aborted) {
          const item = take()
          if (item !== undefined) {
            given.set(item.cursor, { item, end: activity.begin() })
            yield item
          } else if (nextLiveMs <= clock.now()) {
            nextLiveMs += LIVE_MS
            clock.after(LIVE_MS, () => wake())
            yield LIVE
          } else await new Promise<void>((resolve) => (wake = resolve))
        }
      } finally {
        giveBack(given)
      }
    },
  }
}
