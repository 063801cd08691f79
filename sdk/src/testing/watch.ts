// Reports the work of a desk, and the items that its readers hold, to a test network. docs/guide/testing.md, "Time"
import type { Item } from '../client/api/items.ts'
import type { DeskStore } from '../client/store/store.ts'
import type { Activity } from './time/activity.ts'

/** Wraps a store to count each commit as activity until it is done. */
export function watchStore(store: DeskStore, activity: Activity): DeskStore {
  return {
    ...store,
    read: store.read,
    commit: (work, undone) => activity.track(store.commit(work, undone)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

/** Wraps an inbox to count each item as activity from when a reader gets it until the reader settles it or leaves. */
export async function* watchItems(items: AsyncIterable<Item>, activity: Activity): AsyncGenerator<Item> {
  const inHand = new Set<() => void>()
  try {
    for await (const item of items) {
      const end = activity.begin()
      inHand.add(end)
      yield settling(item, () => {
        end()
        inHand.delete(end)
      })
    }
  } finally {
    for (const end of inHand) end()
  }
}

function settling(item: Item, end: () => void): Item {
  return {
    ...item,
    ack: () => item.ack().then(end),
    nak: (delayMs) => item.nak(delayMs).then(end),
    park: (reason) => item.park(reason).then(end),
  }
}
