// Informs the desks of both sides and the operator of urgent mail that exceeds a budget. docs/spec/mailbox.md, "Fairness"
import { Notice } from '@rex/proto/mailbox/v1/mailbox'
import { encode, type Standing } from '@rex/sdk/core'
import type { OverBudget } from '../admin/status.ts'
import type { Clock } from '../clock/clock.ts'
import { REPORTS } from '../store/mailbox.ts'
import type { Store } from '../store/store.ts'

/** Minimum interval between two notices about an organisation, and how long status reports a problem after it last occurred. Milliseconds. */
const HOUR = 3_600_000

/** Dependencies of urgency notices. */
interface UrgencyOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  readonly standing: Pick<Standing, 'budget'>
  /** Notifies the desk of a new mailbox item. */
  readonly wakeDesk: () => void
}

/** Records organisations whose urgent mail exceeds a budget. */
export interface Urgency {
  /** Returns whether a sender has more urgent mail waiting than its remaining budget (REX-MBX-064). If so, informs the desk. */
  received(sender: string): boolean
  /** Notes that a recipient's gateway has reported that this organisation's urgent mail exceeds its budget. */
  sent(recipient: string): void
  /** Returns organisations that exceeded a budget within the last hour. */
  recent(): readonly OverBudget[]
}

/** Creates an empty record of organisations that exceeded a budget. */
export function createUrgency({ store, clock, standing, wakeDesk }: UrgencyOptions): Urgency {
  const known = new Map<string, OverBudget & { seenMs: number; noticeMs: number }>()

  function note(over: OverBudget): void {
    const nowMs = clock.steady()
    const key = `${over.sent} ${over.organisation}`
    const noticeMs = known.get(key)?.noticeMs ?? Number.NEGATIVE_INFINITY
    const isDue = nowMs >= noticeMs + HOUR
    known.set(key, { ...over, seenMs: nowMs, noticeMs: isDue ? nowMs : noticeMs })
    // Ignore errors here: a failed store stops the gateway anyway, and if the store is full, the next notice may succeed.
    if (isDue) tell(over).catch(() => known.delete(key))
  }

  async function tell({ organisation, sent }: OverBudget): Promise<void> {
    const content = encode(Notice, { organisation, subject: { $case: 'urgentOverBudget', value: { sent } } })
    await store.commit((write) => write.mailbox.add({ ...REPORTS, kind: 'notice', content }))
    wakeDesk()
  }

  return {
    received(sender) {
      const { items } = store.read.mailbox.waiting({ lane: 'urgent', peer: sender })
      const isOver = items > standing.budget(sender, clock.steady())
      if (isOver) note({ organisation: sender, sent: false })
      return isOver
    },
    sent: (recipient) => note({ organisation: recipient, sent: true }),
    recent: () => [...known.values()].filter(({ seenMs }) => clock.steady() < seenMs + HOUR),
  }
}
