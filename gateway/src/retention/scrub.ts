// Checks in the background everything that waits in the store, and its file. docs/spec/delivery.md, "Durability"
import { CHECK_PACE } from '@rex/sdk/sqlite'
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
  return inRounds(clock, { stepMs: STEP_MS, roundMs: ROUND_MS }, () => store.scrub(ROWS))
}

/** Compares the file of the store with what was written, a megabyte a second; a round begins every ten seconds at most. */
export function startPageCheck({
  store,
  clock,
}: {
  readonly store: Pick<Store, 'checkPages'>
  readonly clock: Clock
}): Cancel {
  return inRounds(clock, CHECK_PACE, store.checkPages)
}

/** Steps until there is no more, and begins again so long after it began. */
function inRounds(
  clock: Clock,
  { stepMs, roundMs }: { readonly stepMs: number; readonly roundMs: number },
  step: () => boolean,
): Cancel {
  let nextMs = clock.steady()
  let begunMs = nextMs
  return every(clock, stepMs, () => {
    if (clock.steady() < nextMs || step()) return
    nextMs = begunMs + roundMs
    begunMs = Math.max(nextMs, clock.steady())
  })
}
