// Shared helpers of tests over the test network.
import type { Desk } from '../../client/api/desk.ts'
import type { Item } from '../../client/api/items.ts'
import type { Referral } from '../../core/referral/index.ts'
import type { TestNetwork } from '../network.ts'
import { buildReferral } from '../referral.ts'

/** Waits until the network is idle. Returns and acknowledges all items of a desk. */
export async function itemsOf(network: Pick<TestNetwork<never>, 'settle'>, desk: Desk): Promise<Item[]> {
  const items: Item[] = []
  const closing = new AbortController()
  const reading = (async () => {
    for await (const item of desk.receive({ signal: closing.signal })) {
      items.push(item)
      await item.ack()
    }
  })()
  await network.settle()
  closing.abort()
  await reading
  return items
}

/** Makes the smallest urgent referral. */
export function urgentReferral(): Referral {
  return buildReferral({
    lane: 'urgent',
    triage: {
      abuse: ['grooming'],
      country: 'NL',
      risk: 'high',
      urgency: { reason: 'content-spreading', due: '2026-11-24T12:00Z' },
    },
  })
}
