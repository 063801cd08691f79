// Items that an application receives. docs/guide/desk.md, "Receiving"
import type { ErrorReason } from '../../core/error.ts'
import type { Referral } from '../../core/referral/index.ts'
import type { Erasure } from './erasure.ts'
import type { EventName, ThreadEvent } from './events.ts'
import type { RawSection, Thread } from './thread.ts'

/** An item of the inbox. Settle each item exactly once; unsettled items are delivered again after a restart. */
export type Item = ReferralItem | EventItem | FailureItem | AlarmItem | ErasedItem

interface ItemBase {
  /**
   * Stable id in hex: the id of the message, the failed envelope or the alarm. Use it as the idempotency key in your
   * application.
   */
  readonly id: string
  /** Your case number for the thread, if you gave one. */
  readonly ref?: string
  readonly thread: Thread
  /** How many times the item was delivered before. */
  readonly redelivered: number
  /**
   * Settles the item, so that it is not delivered again. If the disk is full, `ack`, `nak` and `park` resolve once the
   * settlement is in memory; the desk stores it as soon as there is space. If the process ends before that, the item is
   * delivered again.
   */
  ack(): Promise<void>
  /** Delivers the item again after `delayMs` (default 60 000). After five attempts, the desk parks the item (`desk.parked`). */
  nak(delayMs?: number): Promise<void>
  /** Sets the item aside for a person (`desk.parked`); `reason` is one sentence without case data. */
  park(reason: string): Promise<void>
}

/** An item that was set aside for a person. */
export interface ParkedItem extends Pick<ItemBase, 'id' | 'ref' | 'thread'> {
  readonly kind: Item['kind']
  /** Why the item was set aside. */
  readonly reason: string
  /** Puts the item back into the inbox, with five new attempts. */
  unpark(): Promise<void>
  /** Settles the item, so that it is not delivered again. */
  ack(): Promise<void>
}

/** A new referral to this organisation. */
export interface ReferralItem extends ItemBase {
  readonly kind: 'referral'
  readonly referral: Partial<Referral>
  /** Raw sections of types that this version does not know. Present only if a person placed the referral with `resolve`. */
  readonly unknownSections?: readonly RawSection[]
  /**
   * Rules of safe contact, in English, to read before anybody is contacted; the prohibitions first. Empty if this desk has
   * received no rules, for example before the disclosure.
   */
  readonly safeContact: readonly string[]
}

/** An event of a thread from the other side. `event.type` determines the type of `event.content`. */
export interface EventItem<Type extends EventName = EventName> extends ItemBase {
  readonly kind: 'event'
  readonly event: Extract<ThreadEvent, { readonly type: Type }>
  /** Sections of unknown types in a disclosure, an answer or a correction, as in `ReferralItem`. */
  readonly unknownSections?: readonly RawSection[]
  /** The current rules of safe contact, as in `ReferralItem`. Also empty if the event gives no reason to contact anybody. */
  readonly safeContact: readonly string[]
}

/** A message of this desk that was refused or has expired. */
export interface FailureItem extends ItemBase {
  readonly kind: 'failure'
  readonly outcome: 'refused' | 'expired'
  /** Type of the undelivered message, kebab-case: `refer`, `accept`, … */
  readonly type: EventName
  readonly messageId: string
  readonly recipient: string
  readonly reason?: ErrorReason
  /** The remedy, for people. */
  readonly hint: string
}

/** A notification that a person or the retention rules erased a thread at this desk: erase your own copies too. */
interface ErasedItem extends ItemBase {
  readonly kind: 'erased'
  readonly erased: Erasure
}

/** An alarm about a condition that needs a person. */
export type AlarmItem = MessageAlarm | OverdueAlarm

/** An alarm about a message that is late, held, or in conflict with another message or with its receipts. */
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

/** An alarm about an overdue step, raised once for each step, whichever organisation owes it. */
export interface OverdueAlarm extends ItemBase {
  readonly kind: 'alarm'
  readonly alarm: 'overdue'
  /** The other organisation of the track. */
  readonly counterpart: string
  readonly step: { readonly who: string; readonly what: string; readonly byMs: number }
  /** The problem and its remedy, for people. */
  readonly message: string
}
