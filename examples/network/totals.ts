// Counts what was lost: messages of any thread that did not end as received or refused.
import type { ThreadView } from '@rex/sdk'
import type { Network } from './network.ts'
import type { Totals } from './stage.ts'

const ENDED = new Set(['received', 'seen', 'held', 'refused', 'expired'])

/** How many messages of the demo's threads are unaccounted for, on the senders' side, after all desks have drained. */
export async function countLost(network: Network, { threads }: Totals): Promise<number> {
  await Promise.all(Object.values(network).map(({ desk }) => desk.desk('drain')))
  let lost = 0
  for (const { at, id } of threads) {
    const { delivery } = await network[at].desk.thread<ThreadView>(id, 'view')
    lost += delivery.filter(({ state }) => !ENDED.has(state)).length
  }
  return lost
}
