// The inbox of a desk, which returns one item for each request of the suite. docs/guide/conformance.md
import type { Desk, Item } from '@rex/sdk'

const MOST_UNSETTLED = 64

/** An inbox. Items that arrive between two requests wait for the second request. */
export interface Inbox {
  /** Returns the next item, or undefined if none arrives within `ms`. */
  next(ms: number): Promise<Item | undefined>
}

export function openInbox(desk: Desk): Inbox {
  const items = desk.receive({ concurrency: MOST_UNSETTLED })[Symbol.asyncIterator]()
  let coming: Promise<IteratorResult<Item>> | undefined
  return {
    async next(ms) {
      coming ??= items.next()
      coming.catch(() => {})
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), ms)
      })
      const item = await Promise.race([coming, late])
      clearTimeout(timer)
      if (item !== undefined) coming = undefined
      return item?.value
    },
  }
}

/** Converts an item to the values of an answer. */
export function valuesOf(item: Item): Readonly<Record<string, string | undefined>> {
  const { id, kind, thread } = item
  const content = kind === 'referral' ? item.referral : kind === 'event' ? item.event.content : undefined
  const type = kind === 'event' ? item.event.type : 'type' in item ? item.type : undefined
  const { alarm, outcome, reason, recipient } = item as Partial<
    Record<'alarm' | 'outcome' | 'reason' | 'recipient', string>
  >
  const contact = 'safeContact' in item ? item.safeContact.join('\n') : undefined
  const texts = { type, alarm, outcome, reason, recipient, contact, content: JSON.stringify(content) }
  return { id, kind, thread: thread.id, ...texts }
}
