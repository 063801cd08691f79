// Adds items that tell the application what happened to this desk's messages: alarms and failures. docs/spec/thread.md, "Alarms"
import { LIMITS } from '../../core/limits.ts'
import type { MessageAlarm } from '../api/items.ts'
import type { DeskContext } from '../context.ts'
import type { DeliveryKey, DeskWrites } from '../store/store.ts'
import { alarmId, alarmOf, type ItemContent } from '../thread/item.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'
import { readable } from '../thread/repository/repository.ts'
import { UNANSWERED } from '../thread/states.ts'

const AT_ONCE = 256

/** Adds an alarm about a message of this desk. `detail` is the path and code that the recipient did not understand. Call it inside a commit. */
export function addAlarm(
  write: DeskWrites,
  desk: DeskContext,
  { key, alarm, detail }: { key: DeliveryKey; alarm: MessageAlarm['alarm']; detail?: string | undefined },
): void {
  const delivery = desk.store.read.delivery(key)
  const thread = delivery && readable(desk.threads, delivery.thread, desk.warn)
  if (delivery === undefined || thread === undefined) return
  const { message: digest, recipient } = delivery
  addDeliveryItem(write, desk, { thread, key, content: { kind: 'alarm', alarm, digest, recipient, detail } })
}

/** Adds an item about a message of this desk. Call it inside a commit. */
export function addDeliveryItem(
  write: DeskWrites,
  { store, threads }: DeskContext,
  {
    thread,
    key,
    content,
  }: { thread: OpenThread; key: DeliveryKey; content: Extract<ItemContent, { kind: 'failure' | 'alarm' }> },
): void {
  const about = store.read.envelopes(key).at(-1)?.id ?? key.message
  write.addItem({
    id: content.kind === 'alarm' ? alarmId(content.alarm, about) : about,
    thread: thread.id,
    urgent: content.kind === 'alarm' || thread.summary.urgent,
    content: threads.seal(thread, content),
    alarm: alarmOf(content),
  })
}

/** Raises one alarm for each late message, even if both the gateway and the desk notice the delay (REX-THR-052). */
export async function raiseLate(desk: DeskContext, keys: readonly DeliveryKey[]): Promise<void> {
  await desk.store.commit((write) => {
    for (const key of keys) {
      const delivery = desk.store.read.delivery(key)
      if (delivery === undefined || delivery.alarmed || !UNANSWERED.has(delivery.state)) continue
      write.updateDelivery(delivery, { alarmed: true })
      addAlarm(write, desk, { key, alarm: delivery.state === 'submitted' ? 'delayed' : 'unreceived' })
    }
  })
}

/** Raises an alarm for each urgent message that no desk has answered 15 minutes after it was sent. */
export async function raiseUnreceived(desk: DeskContext): Promise<void> {
  for (;;) {
    const late = desk.store.read.unreceived(desk.clock.now() - LIMITS.urgentAlarm, AT_ONCE)
    if (late.length === 0) return
    await raiseLate(desk, late)
  }
}
