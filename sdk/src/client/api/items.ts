// What an application receives. docs/guide/desk.md, "Receiving"
import type { ErrorReason } from '../../core/error.ts'
import type { Referral } from '../../core/referral/index.ts'
import type { RawSection, Thread, ThreadEvent } from './thread.ts'

/** One item of the inbox. Settle it exactly once; what is not settled comes again after a restart. */
export type Item = ReferralItem | EventItem | FailureItem | AlarmItem

export interface ItemBase {
  /** Stable id, hex: the message id, the envelope id of a failure, or an alarm's own. The idempotency key for the application. */
  readonly id: string
  /** Own case number of the thread, if one was given. */
  readonly ref?: string
  readonly thread: Thread
  /** How often the item was delivered before. */
  readonly redelivered: number
  /**
   * It is done; it does not come again. On a full disk this, `nak` and `park` resolve when they are remembered, and are kept as soon as
   * there is room; if the process ends before, the item comes again.
   */
  ack(): Promise<void>
  /** Deliver it again after `delayMs` (default 60 000). After five tries it is parked (`desk.parked`). */
  nak(delayMs?: number): Promise<void>
  /** Set it aside for a human (`desk.parked`); `reason` is one sentence without case data. */
  park(reason: string): Promise<void>
}

/** An item that was set aside for a person. */
export interface ParkedItem extends Pick<ItemBase, 'id' | 'ref' | 'thread'> {
  readonly kind: Item['kind']
  /** Why it was set aside. */
  readonly reason: string
  /** Puts it back into the inbox, with five tries again. */
  unpark(): Promise<void>
  /** It is done; it does not come again. */
  ack(): Promise<void>
}

/** A new referral to this organisation. */
export interface ReferralItem extends ItemBase {
  readonly kind: 'referral'
  readonly referral: Partial<Referral>
  /** Sections of types that are not known here, raw; only if a person placed the referral. Default: there are none. */
  readonly unknownSections?: readonly RawSection[]
  /** What to read before any contact, in English, the prohibitions first. Empty: no rule is known here, such as before the disclosure. */
  readonly safeContact: readonly string[]
}

/** An event of a thread by the other side, a receipt included. */
export interface EventItem extends ItemBase {
  readonly kind: 'event'
  readonly event: ThreadEvent
  /** As in `ReferralItem`: what came with a disclosure, an answer or a correction. */
  readonly unknownSections?: readonly RawSection[]
  /** The rules of safe contact as they stand, as in `ReferralItem`. Empty: also with an event that invites no contact. */
  readonly safeContact: readonly string[]
}

/** A message of this desk that ended refused or expired. */
export interface FailureItem extends ItemBase {
  readonly kind: 'failure'
  readonly outcome: 'refused' | 'expired'
  /** What was lost, kebab-case: `refer`, `accept`, … */
  readonly type: string
  readonly messageId: string
  readonly recipient: string
  readonly reason?: ErrorReason
  /** What to do, for people. */
  readonly hint: string
}

/** Something that needs a human. */
export type AlarmItem = MessageAlarm | OverdueAlarm

/** A message is late, held, or does not fit. */
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
  /** Type of the message that it is about, kebab-case. */
  readonly type: string
  readonly messageId: string
  /** To whom that message went. */
  readonly recipient: string
  /** What it is and what to do, for people. */
  readonly message: string
}

/** The time of a step has passed; once for each step, whoever owes it. */
export interface OverdueAlarm extends ItemBase {
  readonly kind: 'alarm'
  readonly alarm: 'overdue'
  /** The other organisation of the track. */
  readonly counterpart: string
  readonly step: { readonly who: string; readonly what: string; readonly byMs: number }
  /** What it is and what to do, for people. */
  readonly message: string
}
