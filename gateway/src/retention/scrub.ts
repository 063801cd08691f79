// Checks in the background everything that waits in the store. docs/spec/delivery.md, "Durability"
import { type Cancel, type Clock, every } from '../clock/clock.ts'
import type { Store } from '../store/store.ts'

const ROUND_MS = 86_400_000
const STEP_MS = 1000
const ROWS = 4

/** Dependencies of the scrub. */
export interface ScrubOptions {
  readonly store: Pick<Store, 'scrub'>
  readonly clock: Clock
}

/** Checks four rows a second until it has seen all, and begins again a day after it began. */
export function startScrub({ store, clock }: ScrubOptions): Cancel {
  let nextMs = clock.steady()
  let begunMs = nextMs
  return every(clock, STEP_MS, () => {
    if (clock.steady() < nextMs) return
    if (!store.scrub(ROWS)) {
      nextMs = begunMs + ROUND_MS
      begunMs = Math.max(nextMs, clock.steady())
    }
  })
}
