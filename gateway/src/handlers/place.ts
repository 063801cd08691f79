// Limits each caller to one stream of a kind. A newer stream replaces the previous stream. docs/spec/delivery.md, "Deliver stream"
import { RexError } from '@rex/sdk/core'

/** The streams of one kind, at most one per caller. */
interface Places {
  /** Ends the caller's previous stream and takes its place. The signal is aborted when a newer stream takes over. */
  take(caller: string): AbortSignal
}

export function createPlaces(): Places {
  const current = new Map<string, AbortController>()
  return {
    take(caller) {
      current.get(caller)?.abort(new RexError('CANCELLED', 'A newer stream has replaced this one.'))
      const place = new AbortController()
      current.set(caller, place)
      return place.signal
    },
  }
}
