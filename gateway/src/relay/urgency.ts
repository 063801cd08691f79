// Urgent mail beyond a budget: the desk on either side is told, and the operator. docs/spec/mailbox.md, "Fairness"
import { Notice } from '@rex/proto/mailbox/v1/mailbox'
import { encode, type Standing } from '@rex/sdk/core'
import type { OverBudget } from '../admin/status.ts'
import type { Clock } from '../clock/clock.ts'
import { REPORTS, type Store } from '../store/store.ts'

/** A desk is told once in this time about an organisation; so long a problem stands after it was last seen. */
const HOUR = 3_600_000

/** Dependencies of telling. */
export interface UrgencyOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  readonly standing: Pick<Standing, 'budget'>
  /** Something has come into the mailbox. */
  readonly wakeDesk: () => void
}

/** Who is beyond a budget. */
export interface Urgency {
  /** Whether more urgent mail of a sender waits than its budget has left (REX-MBX-064). If so, the desk is told. */
  received(sender: string): boolean
  /** The gateway of a recipient has said so of the mail of this organisation. */
  sent(recipient: string): void
  /** What was beyond a budget within the last hour. */
  recent(): readonly OverBudget[]
}

/** Nobody is beyond a budget yet. */
export function createUrgency({ store, clock, standing, wakeDesk }: UrgencyOptions): Urgency {
  const known = new Map<string, OverBudget & { seenMs: number; toldMs: number }>()

  function note(over: OverBudget): void {
    const nowMs = clock.steady()
    const key = `${over.sent} ${over.organisation}`
    const toldMs = known.get(key)?.toldMs ?? Number.NEGATIVE_INFINITY
    const isDue = nowMs >= toldMs + HOUR
    known.set(key, { ...over, seenMs: nowMs, toldMs: isDue ? nowMs : toldMs })
    // A store that fails ends the gateway, and a full one takes the next notice.
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
