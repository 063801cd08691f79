// Limits rates with a token bucket per peer, part of which is reserved for urgent envelopes. docs/spec/delivery.md, "Admission"
import { RexError } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'

/** Share of every rate and quota that is reserved for the urgent lane. */
export const URGENT_RESERVE = 0.1

/** Limits how many envelopes a peer may send per second. */
export interface Rates {
  /** Takes one token from the peer's bucket. @throws RexError QUOTA_EXCEEDED with `retry_after_ms` */
  take(peer: string, urgent: boolean): void
}

interface Bucket {
  tokens: number
  filledMs: number
}

/** Creates token buckets that refill at `perSecond`, up to `burst`. */
export function createRates(clock: Clock, limit: { perSecond: number; burst: number }): Rates {
  const buckets = new Map<string, Bucket>()
  return {
    take(peer, urgent) {
      const bucket = refill(buckets.get(peer), limit, clock.steady())
      buckets.set(peer, bucket)
      const missing = (urgent ? 1 : 1 + limit.burst * URGENT_RESERVE) - bucket.tokens
      if (missing > 0) throw tooFast(Math.ceil((missing / limit.perSecond) * 1000))
      bucket.tokens -= 1
    },
  }
}

function refill(
  bucket: Bucket | undefined,
  limit: { perSecond: number; burst: number },
  nowMs: number,
): Bucket {
  if (bucket === undefined) return { tokens: limit.burst, filledMs: nowMs }
  const elapsed = (nowMs - bucket.filledMs) / 1000
  return { tokens: Math.min(limit.burst, bucket.tokens + elapsed * limit.perSecond), filledMs: nowMs }
}

/** Returns the refusal of a caller that exceeds its rate. */
export function tooFast(retryAfterMs: number): RexError {
  return new RexError('QUOTA_EXCEEDED', 'Too many requests in a short time.', {
    metadata: { retry_after_ms: String(retryAfterMs) },
  })
}
