// Items that an application receives. docs/guide/desk.md, "Receiving"
import type { ErrorReason } from '../../core/error.ts'
import type { Referral } from '../../core/referral/index.ts'
import type { Erasure } from './erasure.ts'
import type { EventName, ThreadEvent } from './events.ts'
import type { RawSection, Thread } from './thread.ts'

/** An item of the inbox. Settle it exactly once; an unsettled item is delivered again after a restart. */
export type Item = ReferralItem | EventItem | FailureItem | AlarmItem | ErasedItem

interface ItemBase {
  /**
   * Stable id, hex: the id of the message, of the failed envelope, or of the alarm. Use it as the idempotency key
   * in the application.
   */
  readonly id: string
  /** Own case number of the thread, if there is one. */
  readonly ref?: string
  readonly thread: Thread
  /** How many times the item was delivered before. */
  readonly redelivered: number
  /**
   * Settles the item: it is not delivered again. On a full disk `ack`, `nak` and `park` resolve once the settlement
   * is held in memory, and store it as soon as there is space. If the process ends before, the item is delivered
   * again.
   */
  ack(): Promise<void>
  /** Delivers it again after `delayMs` (default 60 000). After five attempts it is parked (`desk.parked`). */
  nak(delayMs?: number): Promise<void>
  /** Sets it aside for a person (`desk.parked`); `reason` is one sentence without case data. */
  park(reason: string): Promise<void>
}

/** An item that was set aside for a person. */
export interface ParkedItem extends Pick<ItemBase, 'id' | 'ref' | 'thread'> {
  readonly kind: Item['kind']
  /** Why the item was set aside. */
  readonly reason: string
  /** Puts it back into the inbox, with five new attempts. */
  unpark(): Promise<void>
  /** Settles the item: it is not delivered again. */
  ack(): Promise<void>
}

/** A new referral to this organisation. */
export interface ReferralItem extends ItemBase {
  readonly kind: 'referral'
  readonly referral: Partial<Referral>
  /** Raw sections of types unknown here; only if a person placed the referral. Default: none. */
  readonly unknownSections?: readonly RawSection[]
  /**
   * Rules to read before any contact, in English, the prohibitions first. Empty: no rule is known here, for example
   * before the disclosure.
   */
  readonly safeContact: readonly string[]
}

/** An event of a thread from the other side. `event.type` tells the type of `event.content`. */
export interface EventItem<Type extends EventName = EventName> extends ItemBase {
  readonly kind: 'event'
  readonly event: Extract<ThreadEvent, { readonly type: Type }>
  /** As in `ReferralItem`, for sections of a disclosure, an answer or a correction. */
  readonly unknownSections?: readonly RawSection[]
  /** The current rules of safe contact, as in `ReferralItem`. Also empty for an event that invites no contact. */
  readonly safeContact: readonly string[]
}

/** A message of this desk that ended refused or expired. */
export interface FailureItem extends ItemBase {
  readonly kind: 'failure'
  readonly outcome: 'refused' | 'expired'
  /** Type of the lost message, kebab-case: `refer`, `accept`, … */
  readonly type: EventName
  readonly messageId: string
  readonly recipient: string
  readonly reason?: ErrorReason
  /** The remedy, for people. */
  readonly hint: string
}

/** A thread was erased here, by a person or by the retention rules: erase your copies of it too. */
interface ErasedItem extends ItemBase {
  readonly kind: 'erased'
  readonly erased: Erasure
}

/** A condition that needs a person. */
export type AlarmItem = MessageAlarm | OverdueAlarm

/** A message is late, held, or in conflict with others or with its receipts. */
export interface MessageAlarm extends ItemBase {
  readonly kind: 'alarm'
  readonly alarm:
    | 'delayed'
    | 'unreceived'
    | 'held'
    | 'fork'
    | 'gap'
    | 'receipt-mismatch'
    | 'received-late'
    | 'conflict'
  /** Type of the message, kebab-case. */
  readonly type: EventName
  readonly messageId: string
  /** Recipient of the message. */
  readonly recipient: string
  /** The problem and its remedy, for people. */
  readonly message: string
}

/** A step is overdue. Raised once for each step, whoever owes it. */
export interface OverdueAlarm extends ItemBase {
  readonly kind: 'alarm'
  readonly alarm: 'overdue'
  /** The other organisation of the track. */
  readonly counterpart: string
  readonly step: { readonly who: string; readonly what: string; readonly byMs: number }
  /** The problem and its remedy, for people. */
  readonly message: string
}
