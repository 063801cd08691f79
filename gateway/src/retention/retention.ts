// Deletes finished ledger entries. docs/spec/delivery.md, "Duplicates"
import { LIMITS } from '@rex/sdk/core'
import { type Cancel, type Clock, every } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { Finished, Forgotten } from '../store/ledger.ts'
import type { Store } from '../store/store.ts'

const DAY = 86_400_000
/** Retention of ledger entries. It exceeds the lifetime of any envelope, so that a late repeat still gets its receipt. */
const LEDGER_MS = 30 * DAY
const ROUND_MS = 60_000
const BATCH = 500

/** Dependencies of retention. */
interface RetentionOptions {
  readonly store: Pick<Store, 'commit'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'now'>
}

/** Starts deleting finished ledger entries, a few at a time. */
export function startRetention({ store, clock, time }: RetentionOptions): Cancel {
  const oldest = Math.max(LEDGER_MS, LIMITS.maxLifetime + 2 * LIMITS.skew)
  return every(clock, ROUND_MS, async () => {
    let after: number | undefined = 0
    while (after !== undefined) {
      const nowMs = time.now()
      const finished: Finished = { madeBeforeMs: nowMs - oldest, expiredByMs: nowMs, after }
      const { last }: Forgotten = await store.commit((write) => write.ledger.forget(finished, BATCH))
      after = last
    }
  })
}
