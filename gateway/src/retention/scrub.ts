// Checks waiting rows and the store file in the background. docs/spec/delivery.md, "Durability"
import { CHECK_PACE } from '@rex/sdk/sqlite'
import { type Cancel, type Clock, every } from '../clock/clock.ts'
import type { Store } from '../store/store.ts'

const ROUND_MS = 86_400_000
const STEP_MS = 1000
const ROWS = 4

/** Dependencies of the scrub. */
interface ScrubOptions {
  readonly store: Pick<Store, 'scrub'>
  readonly clock: Clock
}

/** Checks four rows a second until all are checked, and starts again a day after the previous start. */
export function startScrub({ store, clock }: ScrubOptions): Cancel {
  return inRounds(clock, { stepMs: STEP_MS, roundMs: ROUND_MS }, () => store.scrub(ROWS))
}

/** Compares the store file with the written checksums, a megabyte a second. A round starts at most every ten seconds. */
export function startPageCheck({
  store,
  clock,
}: {
  readonly store: Pick<Store, 'checkPages'>
  readonly clock: Clock
}): Cancel {
  return inRounds(clock, CHECK_PACE, store.checkPages)
}

/** Runs steps until a round is complete, and starts the next round at a fixed interval after the previous start. */
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
