// Changes of a desk, in the order in which it stored them. docs/guide/desk.md, "Changes"
import type { ErrorReason } from '../../core/error.ts'
import type { Severity } from '../../core/problem.ts'
import type { EraseReason } from './erasure.ts'
import type { AlarmItem } from './items.ts'
import type { DeskProblemCode } from './problems.ts'
import type { DeliveryState } from './thread.ts'

/** Something that changed at the desk: ids and states, never case content. */
export type DeskChange =
  | MessageChange
  | DeliveryChange
  | AlarmChange
  | ItemChange
  | HoldChange
  | ErasedChange
  | HealthChange
  | RestoredChange

/** The kinds of changes. */
export const CHANGE_KINDS = [
  'message',
  'delivery',
  'alarm',
  'item',
  'hold',
  'erased',
  'health',
  'restored',
] as const satisfies readonly DeskChange['kind'][]

interface ChangeBase {
  /** Opaque position of the change, for `after`. */
  readonly cursor: string
  /** When the desk stored the change, by the clock of the desk's computer. Unix milliseconds. */
  readonly atMs: number
}

interface ThreadChange extends ChangeBase {
  /** Thread id. */
  readonly thread: string
}

/** A message was added to a thread, or a message of the thread has a new status. To read it, call `view` and `changes` of the thread. */
export interface MessageChange extends ThreadChange {
  readonly kind: 'message'
  /** Digest of the message. */
  readonly message: string
  /** Whether this desk sent the message. */
  readonly mine: boolean
  /**
   * `counted`: the message has taken effect. `held`: a person has to decide. Any other state: the message has no
   * effect.
   */
  readonly state: 'counted' | 'held' | 'dropped' | 'forked' | 'conflict'
}

/** A message of this desk has a new state at a recipient. `stored` and all later states come from signed receipts. */
export interface DeliveryChange extends ThreadChange {
  readonly kind: 'delivery'
  /** Digest of the message. */
  readonly message: string
  readonly recipient: string
  readonly state: DeliveryState
  /** Why the message was refused or has expired. */
  readonly reason?: ErrorReason
}

/** An alarm was raised, for example because a step is `overdue`. */
export interface AlarmChange extends ThreadChange {
  readonly kind: 'alarm'
  readonly state: AlarmItem['alarm']
  /** Id of the item with the alarm. */
  readonly item: string
}

/** An item was set aside for a person (`parked`), was put back (`waiting`), or was settled after it had been set aside. */
export interface ItemChange extends ThreadChange {
  readonly kind: 'item'
  readonly state: 'parked' | 'waiting' | 'settled'
  /** Id of the item. */
  readonly item: string
}

/** A thread was put under legal hold, or was released. */
export interface HoldChange extends ThreadChange {
  readonly kind: 'hold'
  readonly state: 'held' | 'released'
}

/** A thread was erased. Its earlier changes can no longer be read, and no further changes follow. */
export interface ErasedChange extends ThreadChange {
  readonly kind: 'erased'
  readonly reason: EraseReason
}

/**
 * A problem of the desk began, became more or less severe, or ended. A problem that ends within 90 seconds may cause no change.
 */
export interface HealthChange extends ChangeBase {
  readonly kind: 'health'
  readonly problem: DeskProblemCode
  /** The severity of the problem. If several problems have this code and organisation: the highest. */
  readonly state: Severity | 'ended'
  /** The organisation that the problem concerns. Absent: the problem concerns no other organisation. */
  readonly organisation?: string
}

/** The desk store lost data, or an older copy of it was restored: lists that you read earlier may be out of date. */
export interface RestoredChange extends ChangeBase {
  readonly kind: 'restored'
}

/** Options of `changes`. */
export interface ChangesOptions {
  /** Reads only the changes after this cursor. Default: all changes that the desk still has. */
  readonly after?: string
  /** Ends the iteration when the signal aborts. */
  readonly signal?: AbortSignal
}

/** Options of `readChanges`. */
export interface ReadChangesOptions extends ChangesOptions {
  /** Maximum number of changes. Default: 256. */
  readonly limit?: number
  /** How long to wait for a change if there is none. Milliseconds, at most 60 000. Default: 0. */
  readonly waitMs?: number
}

/** Consecutive changes. */
export interface ChangesRead {
  readonly changes: readonly DeskChange[]
  /** Value of `after` for the next call, also if this call returned no change. */
  readonly cursor: string
}
