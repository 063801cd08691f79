// Defines the stored form of an item for the application, and the ids of alarms. docs/guide/desk.md, "Receiving"
import { hash } from 'node:crypto'
import type { AlarmItem, MessageAlarm, OverdueAlarm } from '../api/items.ts'

/** The stored form of an item, sealed under the thread's key. */
export type ItemContent =
  | { readonly kind: 'referral' | 'event'; readonly digest: string }
  | {
      readonly kind: 'failure'
      readonly outcome: 'refused' | 'expired'
      readonly recipient: string
      readonly reason: string
      readonly digest: string
    }
  | {
      readonly kind: 'alarm'
      readonly alarm: MessageAlarm['alarm']
      readonly recipient: string
      readonly digest: string
      /** The path and code that were not understood. */
      readonly detail?: string | undefined
    }
  | { readonly kind: 'erased' }
  | ({ readonly kind: 'overdue' } & Pick<OverdueAlarm, 'counterpart' | 'step'>)

/** Returns the alarm that an item raises. Undefined: none. */
export function alarmOf(item: ItemContent): AlarmItem['alarm'] | undefined {
  if (item.kind === 'overdue') return 'overdue'
  return item.kind === 'alarm' ? item.alarm : undefined
}

/** Returns the id of an alarm. It differs from the id of the failure or event item about the same envelope or message. */
export function alarmId(alarm: AlarmItem['alarm'], about: string): string {
  return hash('sha256', `${alarm} ${about}`, 'hex').slice(0, 32)
}

/** Returns the id of the item that reports an erasure. */
export function erasedItemId(thread: string): string {
  return hash('sha256', `erased ${thread}`, 'hex').slice(0, 32)
}
