// Counts what was sent and what became of it, from what the desks know at the end.
import type { Inbox } from './inbox.ts'
import type { Organisation } from './network.ts'
import { until } from './until.ts'
import type { ItemData } from './wire.ts'

const LIMIT = 10_000
const DECISIONS = new Set(['accept', 'decline'])
const ENDED = new Set(['received', 'seen', 'held', 'refused', 'expired'])

/** What was sent and what became of it. */
export interface Totals {
  /** Referrals, once for each recipient. */
  readonly sent: number
  readonly received: number
  /** Accepted or declined, as the senders know it. */
  readonly decided: number
  /** Messages that did not end as received, refused or expired. */
  readonly lost: number
  /** Items that came again after they were acknowledged. */
  readonly duplicated: number
}

/** Counts when the last receipts had time to come. */
export async function countTotals(network: readonly Organisation[]): Promise<Totals> {
  await until(async () => (await countOpen(network)) === 0)
  const threads = await Promise.all(network.map(({ desk }) => desk.threads({ limit: LIMIT })))
  const items = network.flatMap(({ inbox }) => distinct(inbox))
  return {
    sent: threads.flat().filter(({ role }) => role === 'referrer').length,
    received: items.filter(({ kind }) => kind === 'referral').length,
    decided: items.filter((item) => item.kind === 'event' && DECISIONS.has(item.event.type)).length,
    lost: await countOpen(network),
    duplicated: network.reduce((sum, { inbox }) => sum + inbox.duplicated, 0),
  }
}

/** What comes again after a kill counts once. */
function distinct({ items }: Inbox): ItemData[] {
  return [...new Map(items.map((item) => [item.id, item])).values()]
}

async function countOpen(network: readonly Organisation[]): Promise<number> {
  let open = 0
  for (const { desk } of network) {
    for (const { id, counterpart } of await desk.threads({ limit: LIMIT })) {
      const { delivery } = await (await desk.thread(id)).with(counterpart).view()
      open += delivery.filter(({ state }) => !ENDED.has(state)).length
    }
  }
  return open
}
