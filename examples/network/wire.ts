// Protocol between the demo and its desk processes: verbs and plain data. Thread objects stay in the desk process.
import type { AlarmItem, EventItem, FailureItem, ReferralItem, Thread } from '@rex/sdk'

/** A thread's data, without its verbs. */
export type ThreadData = Pick<Thread, 'id' | 'ref' | 'test' | 'role' | 'counterparts'>

/** An inbox item's data, without its verbs. */
export type Plain<Item> = Omit<Item, 'ack' | 'nak' | 'park' | 'thread'> & { readonly thread: ThreadData }

/** Data of any inbox item. */
export type ItemData = Plain<ReferralItem> | Plain<EventItem> | Plain<FailureItem> | Plain<AlarmItem>

/** A verb of the desk or, with `thread`, of one of its threads or tracks. */
export interface Call {
  readonly thread?: { readonly id: string; readonly with?: string }
  readonly verb: string
  readonly args: readonly unknown[]
}

/** A message from the demo to a desk process. */
export type Ask = { readonly call: number; readonly what: Call } | { readonly ack: string }

/** A message from a desk process to the demo. */
export type Answer =
  | { readonly ready: true }
  | { readonly item: ItemData }
  | { readonly acknowledged: string }
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly thread: ThreadData }
  | { readonly call: number; readonly threads: readonly ThreadData[] }
  | { readonly call: number; readonly error: string }
