// Forgets what is finished. docs/spec/delivery.md, "Duplicates"
import { LIMITS } from '@rex/sdk/core'
import { type Cancel, type Clock, every } from '../clock/clock.ts'
import type { Store } from '../store/store.ts'

const DAY = 86_400_000
/** How long the ledger remembers: longer than any envelope can live, so that a late repeat still gets its receipt. */
const LEDGER_MS = 30 * DAY
const ROUND_MS = 60_000
const BATCH = 500

/** Starts forgetting, a little at a time. */
export function startRetention({ store, clock }: { store: Pick<Store, 'commit'>; clock: Clock }): Cancel {
  const oldest = Math.max(LEDGER_MS, LIMITS.maxLifetime + 2 * LIMITS.skew)
  return every(clock, ROUND_MS, async () => {
    let forgotten = BATCH
    while (forgotten === BATCH) {
      forgotten = await store.commit((write) => write.ledger.forget(clock.now() - oldest, BATCH))
    }
  })
}
