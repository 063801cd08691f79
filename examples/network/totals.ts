// Counts what was lost: messages of any thread that did not end as received, refused or expired.
import { setTimeout as delay } from 'node:timers/promises'
import type { ThreadSummary, ThreadView } from '@rex/sdk'
import type { DeskProcess } from './desk.ts'
import type { Network } from './network.ts'

const LOOK_MS = 250
const PATIENCE = 120
const ENDED = new Set(['received', 'seen', 'held', 'refused', 'expired'])

/** How many messages are still unaccounted for when the desks have drained and the last receipts had time to come. */
export async function countLost(network: Network): Promise<number> {
  const desks = Object.values(network).map((organisation) => organisation.desk)
  await Promise.all(desks.map((desk) => desk.desk('drain')))
  for (let looks = PATIENCE; ; looks--) {
    const open = await countOpen(desks)
    if (open === 0 || looks === 0) return open
    await delay(LOOK_MS)
  }
}

async function countOpen(desks: readonly DeskProcess[]): Promise<number> {
  let open = 0
  for (const desk of desks) {
    for (const { id, counterpart } of await desk.desk<ThreadSummary[]>('threads', { limit: 10_000 })) {
      const { delivery } = await desk.track<ThreadView>(id, counterpart, 'view')
      open += delivery.filter(({ state }) => !ENDED.has(state)).length
    }
  }
  return open
}
