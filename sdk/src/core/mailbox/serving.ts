// Selects the next item of a mailbox: serves lanes in turn and senders by their share, within a window of unsettled items.
// docs/spec/mailbox.md, "Feed"
import { LIMITS } from '../limits.ts'
import { createFairOrder } from './order.ts'
import type { Standing } from './standing.ts'
import { createTurns, type MailboxLane } from './turns.ts'

/** A queue of a mailbox: the envelopes of one sender in one lane, or all reports and notices of the gateway. */
export interface Queue {
  readonly lane: MailboxLane
  /** The sending organisation. Empty in the lane of reports. */
  readonly peer: string
}

/** A queue selected to be served. */
export interface Turn {
  readonly queue: Queue
  /** The lane whose turn it is. Urgent items beyond their sender's budget are served in a routine turn. */
  readonly lane: MailboxLane
}

/** The selection of items for one stream. Times are from a monotonic clock, in milliseconds. */
export interface Serving {
  /**
   * Chooses the next turn among the queues with waiting items. Undefined if the window has no room for any of the items. The time is linear
   * in the number of queues.
   */
  next(waiting: Iterable<Queue>, nowMs: number): Turn | undefined
  /** Records that an item was served in this turn and is unsettled. */
  served(turn: Turn, item: { readonly cursor: number; readonly bytes: number }, nowMs: number): void
  /** Settles an item and returns its queue. Undefined if no unsettled item has this cursor. */
  settled(cursor: number, nowMs: number): Queue | undefined
  /** Whether an item is unsettled. */
  has(cursor: number): boolean
  /** Returns the cursors of all unsettled items. */
  cursors(): Iterable<number>
}

/** Queues, by sender. */
type Queues = Map<string, Queue>

/** Creates the selection for one stream. `window` is the maximum number of unsettled items. */
export function createServing({ window, standing }: { window: number; standing: Standing }): Serving {
  const given = new Map<number, Turn & { readonly bytes: number }>()
  const load = createLoad(window)
  const turns = createTurns()
  const orders = { urgent: createFairOrder(), routine: createFairOrder() }

  /** Whether a sender has urgent budget left. Settling an item spends the budget, so unsettled items must be subtracted here. */
  function isWithinBudget({ peer }: Queue, nowMs: number): boolean {
    return standing.budget(peer, nowMs) - load.urgentOf(peer) >= 1
  }

  /** Finds the queues that each lane's turn may serve. In a routine turn, a sender's urgent items come before its routine items. */
  function readyOf(
    waiting: Iterable<Queue>,
    nowMs: number,
  ): { report?: Queue; urgent: Queues; routine: Queues } {
    let report: Queue | undefined
    const [urgent, routine]: [Queues, Queues] = [new Map(), new Map()]
    for (const queue of waiting) {
      const { lane, peer } = queue
      if (lane === 'report') report = queue
      else if (lane === 'urgent' && isWithinBudget(queue, nowMs)) urgent.set(peer, queue)
      else if (lane === 'urgent' || !routine.has(peer)) routine.set(peer, queue)
    }
    return {
      ...(report !== undefined && load.takes('report', '', 1) && { report }),
      urgent: fitting('urgent', urgent, nowMs),
      routine: fitting('routine', routine, nowMs),
    }
  }

  function fitting(lane: MailboxLane, queues: Queues, nowMs: number): Queues {
    for (const peer of queues.keys())
      if (!load.takes(lane, peer, standing.share(peer, nowMs))) queues.delete(peer)
    return queues
  }

  return {
    next(waiting, nowMs) {
      const { report, urgent, routine } = readyOf(waiting, nowMs)
      const ready = { report: report !== undefined, urgent: urgent.size > 0, routine: routine.size > 0 }
      const lane = turns.next(ready)
      if (lane === undefined) return undefined
      if (lane === 'report') return report && { queue: report, lane }
      const queues = lane === 'urgent' ? urgent : routine
      const queue = queues.get(orders[lane].next(queues.keys()) ?? '')
      return queue && { queue, lane }
    },
    served({ queue, lane }, { cursor, bytes }, nowMs) {
      given.set(cursor, { queue, lane, bytes })
      load.add({ queue, lane }, 1, bytes)
      turns.took(lane)
      if (lane !== 'report') orders[lane].charge(queue.peer, bytes, standing.share(queue.peer, nowMs))
    },
    settled(cursor, nowMs) {
      const item = given.get(cursor)
      if (item === undefined) return undefined
      given.delete(cursor)
      load.add(item, -1, -item.bytes)
      if (item.lane === 'urgent') standing.spend(item.queue.peer, nowMs)
      return item.queue
    },
    has: (cursor) => given.has(cursor),
    cursors: () => given.keys(),
  }
}

interface Load {
  /** Whether the window has room for one more item of a sender with this share, served in the turn of this lane. */
  takes(lane: MailboxLane, peer: string, share: number): boolean
  /** Number of unsettled items of a sender that were served in an urgent turn. */
  urgentOf(peer: string): number
  add(turn: Turn, items: number, bytes: number): void
}

/**
 * Tracks unsettled items and limits them (REX-MBX-030, REX-MBX-065). Neither a lane nor a sender can fill the whole
 * window. A sender whose envelopes cannot be opened may have fewer unsettled items, because these delay the items of other senders. The
 * last item served may exceed the limit in bytes.
 */
function createLoad(window: number): Load {
  const reserve = Math.ceil(window / 8)
  const half = Math.max(1, Math.floor(window / 2))
  const most = {
    report: half,
    envelopes: Math.max(Math.min(window, 2), window - reserve),
    routine: Math.max(1, window - 2 * reserve),
  }
  const all = { items: 0, bytes: 0 }
  const lanes = { report: 0, urgent: 0, routine: 0 }
  const senders = new Map<string, { items: number; bytes: number; urgent: number }>()
  const nothing = { items: 0, bytes: 0, urgent: 0 }

  function fits(lane: MailboxLane): boolean {
    if (lane === 'report') return lanes.report < most.report
    if (lane === 'routine' && lanes.routine >= most.routine) return false
    return lanes.urgent + lanes.routine < most.envelopes
  }

  return {
    takes(lane, peer, share) {
      if (all.items >= window || all.bytes >= LIMITS.windowBytes || !fits(lane)) return false
      const { items, bytes } = senders.get(peer) ?? nothing
      if (lane === 'report') return true
      const part = share * share
      return items < Math.max(1, half * part) && bytes < (LIMITS.windowBytes / 2) * part
    },
    urgentOf: (peer) => (senders.get(peer) ?? nothing).urgent,
    add({ queue: { peer }, lane }, items, bytes) {
      all.items += items
      all.bytes += bytes
      lanes[lane] += items
      const before = senders.get(peer) ?? nothing
      const urgent = before.urgent + (lane === 'urgent' ? items : 0)
      const after = { items: before.items + items, bytes: before.bytes + bytes, urgent }
      if (after.items === 0) senders.delete(peer)
      else senders.set(peer, after)
    },
  }
}
