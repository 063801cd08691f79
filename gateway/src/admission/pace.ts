// Limits how fast envelopes of a peer are read from the connection, before they are parsed. docs/spec/delivery.md, "Admission"
import { RexError } from '@rex/sdk/core'
import { createAllowance } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'

/** Ratio of the reading rate to the admitted rate. A peer that respects rate refusals never waits here. */
const BEYOND_RATE = 2
/** For each envelope that no honest gateway sends, this number of further envelopes is deducted from the allowance of the peer. */
const JUNK = 31

/** Paces the reading of envelopes. */
export interface Pace {
  /**
   * Takes one envelope from the peer's allowance before parsing. Resolves once the peer is within its allowance. Returns undefined if the
   * peer already is.
   */
  ready(peer: string): Promise<void> | undefined
  /** Charges the peer extra for a refused envelope of a kind that no honest gateway sends (T-129). */
  refused(peer: string, error: RexError): void
}

/** Paces each peer separately. `limit` is the envelope rate. */
export function createPace(clock: Clock, limit: { perSecond: number; burst: number }): Pace {
  const { perSecond, burst } = limit
  const read = createAllowance({ perSecond: perSecond * BEYOND_RATE, burst: burst * BEYOND_RATE }, () =>
    clock.steady(),
  )
  return {
    ready(peer) {
      read.spend(peer, 1)
      const ms = Math.ceil(read.waitMs(peer))
      return ms > 0 ? new Promise((resolve) => clock.after(ms, resolve)) : undefined
    },
    refused(peer, error) {
      if (!error.retryable && !RexError.is(error, 'EXPIRED')) read.spend(peer, JUNK)
    },
  }
}
