// Which lane is next, so that no lane waits for another without end. docs/spec/mailbox.md, "Feed"

/** Reports and notices of the gateway; envelopes, urgent or not. */
export type MailboxLane = 'report' | 'urgent' | 'routine'

/** Takes lanes in turn (REX-MBX-062). */
export interface Turns {
  /** Which of the lanes in which something is ready is next. */
  next(ready: Readonly<Record<MailboxLane, boolean>>): MailboxLane | undefined
  /** An item was taken in a lane's turn. */
  took(lane: MailboxLane): void
}

/** While a routine item waits, it comes after so many urgent ones. */
export const URGENT_IN_A_ROW = 8

/** Reports and envelopes alternate; urgent envelopes come before routine ones, but not without end. */
export function createTurns(): Turns {
  let reportWasLast = false
  let urgentInARow = 0
  return {
    next({ report, urgent, routine }) {
      if (report && !(reportWasLast && (urgent || routine))) return 'report'
      if (urgent && !(routine && urgentInARow >= URGENT_IN_A_ROW)) return 'urgent'
      return routine ? 'routine' : undefined
    },
    took(lane) {
      reportWasLast = lane === 'report'
      if (lane === 'urgent') urgentInARow += 1
      if (lane === 'routine') urgentInARow = 0
    },
  }
}
