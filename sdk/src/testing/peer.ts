// An organisation that answers by the script of a test. docs/guide/testing.md, "Peers"
import type { Desk } from '../client/api/desk.ts'
import type { EventName } from '../client/api/events.ts'
import type { EventItem, Item, ReferralItem } from '../client/api/items.ts'
import type { Thread } from '../client/api/thread.ts'

/** An organisation's answer to an item. The item is acknowledged when the answer resolves; if the answer throws, `settle` throws the same error. */
export type Answer<Kind extends Item> = (thread: Thread, item: Kind) => unknown

/** An organisation that answers by script. It reads its desk once the first answer is set. Items without an answer are acknowledged. */
export interface ScriptedPeer {
  /** Answers every incoming referral. A later answer replaces the earlier one. */
  onReferral(answer: Answer<ReferralItem>): ScriptedPeer
  /** Answers every event of a type, such as `disclose`. A later answer replaces the earlier one. */
  onEvent<Type extends EventName>(type: Type, answer: Answer<EventItem<Type>>): ScriptedPeer
}

/** Creates a script for a desk. `failed` is called with errors of answers. */
export function scriptPeer(desk: Desk, failed: (error: unknown) => void): ScriptedPeer {
  /** Each answer receives only events of its own type. */
  const onEvent = new Map<EventName, Answer<never>>()
  let onReferral: Answer<ReferralItem> = () => {}
  let reading = false

  async function answer(item: Item): Promise<void> {
    if (item.kind === 'referral') await onReferral(item.thread, item)
    if (item.kind === 'event') await onEvent.get(item.event.type)?.(item.thread, item as never)
  }

  async function read(): Promise<void> {
    for await (const item of desk.receive()) {
      await answer(item).catch(failed)
      await item.ack()
    }
  }

  const peer: ScriptedPeer = {
    onReferral(given) {
      onReferral = given
      return started()
    },
    onEvent(type, given) {
      onEvent.set(type, given)
      return started()
    },
  }
  function started(): ScriptedPeer {
    if (!reading) void read().catch(failed)
    reading = true
    return peer
  }
  return peer
}
