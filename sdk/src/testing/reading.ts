// Lets a test network know of the items that a test, or the program under test, has in hand. docs/guide/testing.md, "Time"
import type { Desk, Item } from '../client/api.ts'
import type { Activity } from './activity.ts'

/** The desk, whose items are under way from when a reader gets them until it settles them or leaves. */
export function watchReading(desk: Desk, activity: Activity): Desk {
  return { ...desk, receive: (options) => watched(desk.receive(options), activity) }
}

async function* watched(items: AsyncIterable<Item>, activity: Activity): AsyncGenerator<Item> {
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
