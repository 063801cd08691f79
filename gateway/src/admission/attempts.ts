// Limits failed enrolments, by network and in total. docs/spec/mailbox.md, "Enrolment"

import { createAllowance } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import { tooFast } from './rate.ts'

/** Failures allowed per network and for all networks together. Once the total is used up, only networks without failures may try. */
const FAILURES = { network: { perSecond: 0.2, burst: 20 }, all: { perSecond: 20, burst: 200 } }
const RETRY_AFTER_MS = 60_000
const ALL = ''

/** Limits enrolment attempts by the number of earlier failures. */
export interface Attempts {
  /** @throws RexError QUOTA_EXCEEDED with `retry_after_ms` if the network had too many failures */
  admit(network: string): void
  /** Counts a failed attempt from the network. */
  failed(network: string): void
}

/** Creates the limits. Clients that guess tokens do not delay a desk with a valid token from another network (T-037, T-133). */
export function createAttempts(clock: Clock): Attempts {
  const now = () => clock.steady()
  const networks = createAllowance(FAILURES.network, now)
  const all = createAllowance(FAILURES.all, now)
  return {
    admit(network) {
      if (!networks.admits(network) || (!all.admits(ALL) && networks.spent(network) > 0))
        throw tooFast(RETRY_AFTER_MS)
    },
    failed(network) {
      networks.spend(network, 1)
      all.spend(ALL, 1)
    },
  }
}
