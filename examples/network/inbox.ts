// The items that an organisation's desk has received, with functions to wait for more.
import type { EventItem, EventName, ReferralItem, Thread } from '@rex/sdk'
import type { ItemData, Plain } from './wire.ts'

const PATIENCE_MS = 60_000

/** An item in a story: already acknowledged, with a usable thread. */
export type Received<Item> = Omit<Plain<Item>, 'thread'> & { readonly thread: Thread }

/** The received items of a desk. Waiting fails after a minute. */
export interface Inbox {
  /** The received items, in order of delivery. An item that was delivered twice occurs twice. */
  readonly items: readonly ItemData[]
  /** Number of items that were delivered again after their acknowledgement was durable. */
  readonly duplicated: number
  /** Waits for the referral of this thread. */
  referral(thread: Pick<Thread, 'id'>): Promise<Received<ReferralItem>>
  /** Waits for the event of this type in this thread. `by` selects one of several recipients. */
  event<Type extends EventName>(
    thread: Pick<Thread, 'id'>,
    type: Type,
    by?: string,
  ): Promise<Received<EventItem<Type>>>
  /** Resolves when this many items have been received. */
  count(items: number): Promise<void>
  /** Starts or stops withholding acknowledgements. */
  hold(holding: boolean): void
}

/** The inbox, with the functions that fill it from the process. */
export interface FilledInbox extends Inbox {
  note(item: ItemData): void
  settled(id: string): void
}

/** Dependencies of the inbox. */
export interface InboxOptions {
  readonly ack: (id: string) => void
  readonly thread: (data: ItemData['thread']) => Thread
}

export function openInbox({ ack, thread }: InboxOptions): FilledInbox {
  const items: ItemData[] = []
  const acknowledged = new Set<string>()
  const watchers = new Set<() => void>()
  let duplicated = 0
  let holding = false

  /** Waits until `find` finds something, now or after a later item. Resolves with its result. */
  function wait<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find()
        if (found === undefined) return
        watchers.delete(look)
        clearTimeout(timer)
        resolve(found)
      }
      const timer = setTimeout(() => {
        watchers.delete(look)
        reject(new Error(`Waited ${PATIENCE_MS / 1000} seconds for ${what}.`))
      }, PATIENCE_MS).unref()
      watchers.add(look)
      look()
    })
  }

  return {
    items,
    get duplicated() {
      return duplicated
    },
    referral: async ({ id }) => {
      const item = await wait(`the referral ${id}`, () =>
        items.find((one) => one.kind === 'referral' && one.thread.id === id),
      )
      return { ...(item as Plain<ReferralItem>), thread: thread(item.thread) }
    },
    event: async <Type extends EventName>({ id }: Pick<Thread, 'id'>, type: Type, by?: string) => {
      const item = await wait(`${type} in ${id}`, () =>
        items.find(
          (one) =>
            one.kind === 'event' &&
            one.thread.id === id &&
            one.event.type === type &&
            (by === undefined || one.event.by === by),
        ),
      )
      return { ...(item as Plain<EventItem<Type>>), thread: thread(item.thread) }
    },
    count: async (wanted) => {
      await wait(`${wanted} items`, () => (items.length >= wanted ? true : undefined))
    },
    hold: (hold) => {
      holding = hold
    },
    note: (item) => {
      if (acknowledged.has(item.id)) duplicated++
      items.push(item)
      for (const look of watchers) look()
      if (!holding) ack(item.id)
    },
    settled: (id) => acknowledged.add(id),
  }
}
