// What the demo's parent and its desk processes say to each other.
import type { ThreadEvent } from '@rex/sdk'
import type { Referral } from '@rex/sdk/referral'

/** Parent to desk process. */
export type Ask =
  | {
      readonly call: 'desk'
      readonly sequence: number
      readonly verb: string
      readonly args: readonly unknown[]
    }
  | {
      readonly call: 'thread'
      readonly sequence: number
      readonly thread: string
      readonly with?: string
      readonly verb: string
      readonly args: readonly unknown[]
    }
  | { readonly call: 'ack'; readonly id: string }

/** Desk process to parent. */
export type Answer =
  | { readonly ready: string }
  | { readonly item: ItemNotice }
  | { readonly settled: string }
  | { readonly answer: number; readonly result?: unknown; readonly error?: string }

/** An inbox item as plain data. */
export interface ItemNotice {
  readonly kind: 'referral' | 'event' | 'failure' | 'alarm'
  readonly id: string
  readonly redelivered: number
  readonly thread: string
  readonly ref?: string
  readonly referral?: Partial<Referral>
  readonly event?: ThreadEvent
  readonly failure?: {
    readonly outcome: 'refused' | 'expired'
    readonly recipient: string
    readonly reason?: string | undefined
  }
  readonly alarm?: string
}
