// What an organisation's desk has received, and waiting for what is still to come.
import type { EventItem, ReferralItem, Thread } from '@rex/sdk'
import type { ItemData, Plain } from './wire.ts'

const PATIENCE_MS = 60_000

/** An item in a story: acknowledged already, its thread ready for use. */
export type Received<Item> = Omit<Plain<Item>, 'thread'> & { readonly thread: Thread }

/** What a desk has received. Waiting fails after a minute. */
export interface Inbox {
  /** One entry for each delivery, in order. */
  readonly items: readonly ItemData[]
  /** Items that came again after their acknowledgement was durable. */
  readonly duplicated: number
  /** The referral of this thread. */
  referral(thread: Pick<Thread, 'id'>): Promise<Received<ReferralItem>>
  /** The event of this type in this thread; `by` says whose, where there are several recipients. */
  event(thread: Pick<Thread, 'id'>, type: string, by?: string): Promise<Received<EventItem>>
  /** Resolves when there are so many items. */
  count(items: number): Promise<void>
  /** Holds back acknowledgements, or not. */
  hold(holding: boolean): void
}

/** The inbox, and the side of the process that fills it. */
export interface FilledInbox extends Inbox {
  note(item: ItemData): void
  settled(id: string): void
}

/** What the inbox stands on. */
export interface InboxOptions {
  readonly ack: (id: string) => void
  readonly thread: (data: ItemData['thread']) => Thread
}

/** Opens an empty inbox. */
export function openInbox({ ack, thread }: InboxOptions): FilledInbox {
  const items: ItemData[] = []
  const acknowledged = new Set<string>()
  const watchers = new Set<() => void>()
  let duplicated = 0
  let holding = false

  /** Resolves with the first thing that `find` returns, now or after one of the next items. */
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
    event: async ({ id }, type, by) => {
      const item = await wait(`${type} in ${id}`, () =>
        items.find(
          (one) =>
            one.kind === 'event' &&
            one.thread.id === id &&
            one.event.type === type &&
            (by === undefined || one.event.by === by),
        ),
      )
      return { ...(item as Plain<EventItem>), thread: thread(item.thread) }
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
