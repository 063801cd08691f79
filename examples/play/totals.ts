// Counts sent messages and their results from the records of the desks at the end.
import type { Inbox } from '../network/inbox.ts'
import type { Organisation } from '../network/network.ts'
import type { ItemData } from '../network/wire.ts'
import { until } from './until.ts'

const LIMIT = 10_000
const DECISIONS = new Set(['accept', 'decline'])
const ARRIVED = new Set(['received', 'seen'])

/** Sent messages and their results. */
export interface Totals {
  /** Referrals, counted once per recipient. */
  readonly sent: number
  readonly received: number
  /** Referrals that were accepted or declined, according to the senders. */
  readonly decided: number
  /** Messages without a receipt, or reported as held, refused or expired. */
  readonly lost: number
  /** Items delivered again after they were acknowledged. */
  readonly duplicated: number
}

/** Counts after waiting for the last receipts. */
export async function countTotals(network: readonly Organisation[]): Promise<Totals> {
  await until(async () => (await countLost(network)) === 0)
  const threads = await Promise.all(network.map(({ desk }) => desk.threads({ limit: LIMIT })))
  const items = network.flatMap(({ inbox }) => distinct(inbox))
  return {
    sent: threads.flat().filter(({ role }) => role === 'referrer').length,
    received: items.filter(({ kind }) => kind === 'referral').length,
    decided: items.filter((item) => item.kind === 'event' && DECISIONS.has(item.event.type)).length,
    lost: await countLost(network),
    duplicated: network.reduce((sum, { inbox }) => sum + inbox.duplicated, 0),
  }
}

/** Returns the items without duplicates, because an item may be delivered again after the desk was killed. */
function distinct({ items }: Inbox): ItemData[] {
  return [...new Map(items.map((item) => [item.id, item])).values()]
}

async function countLost(network: readonly Organisation[]): Promise<number> {
  let lost = 0
  for (const { desk } of network) {
    for (const { id, counterpart } of await desk.threads({ limit: LIMIT })) {
      const { delivery } = await (await desk.thread(id)).with(counterpart).view()
      lost += delivery.filter(({ state }) => !ARRIVED.has(state)).length
    }
  }
  return lost
}
