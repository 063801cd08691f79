// How fast the envelopes of a peer are read, before anything is known about them. docs/spec/delivery.md, "Admission"
import { RexError } from '@rex/sdk/core'
import { createAllowance } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'

/** As much as the peer's rate admits, and as much again: who keeps to the refusals of the rate never waits here. */
const BEYOND_RATE = 2
/** What an envelope that no honest gateway sends costs, beside itself. */
const JUNK = 31

/** Paces the reading of envelopes. */
export interface Pace {
  /** Takes one from the peer's allowance, before it is parsed; resolves when the peer has not taken too much. */
  ready(peer: string): Promise<void>
  /** The envelope was refused: if no honest gateway sends its like, it costs more (T-129). */
  refused(peer: string, error: RexError): void
}

/** Paces each peer by itself. `limit` is the rate of envelopes. */
export function createPace(clock: Clock, limit: { perSecond: number; burst: number }): Pace {
  const { perSecond, burst } = limit
  const read = createAllowance({ perSecond: perSecond * BEYOND_RATE, burst: burst * BEYOND_RATE }, () =>
    clock.steady(),
  )
  return {
    async ready(peer) {
      read.spend(peer, 1)
      const ms = Math.ceil(read.waitMs(peer))
      if (ms > 0) await new Promise<void>((resolve) => clock.after(ms, resolve))
    },
    refused(peer, error) {
      if (!error.retryable && !RexError.is(error, 'EXPIRED')) read.spend(peer, JUNK)
    },
  }
}
