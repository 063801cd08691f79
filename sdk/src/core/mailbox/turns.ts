// Selects the next lane, so that no lane starves. docs/spec/mailbox.md, "Feed"

/** A lane of the mailbox. The lane `report` contains reports and notices of the gateway; the other lanes contain envelopes. */
export type MailboxLane = 'report' | 'urgent' | 'routine'

/** The turns in which lanes are served (REX-MBX-062). */
export interface Turns {
  /** Returns the next lane among those that have ready items. */
  next(ready: Readonly<Record<MailboxLane, boolean>>): MailboxLane | undefined
  /** Records an item served in a lane's turn. */
  took(lane: MailboxLane): void
}

/** Maximum number of urgent items served in a row while a routine item is waiting. */
const URGENT_IN_A_ROW = 8

/** Creates the turns. Reports and envelopes alternate; urgent envelopes come before routine envelopes but cannot starve them. */
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
