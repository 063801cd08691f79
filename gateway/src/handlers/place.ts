// One stream of a kind for each caller: a newer one takes the place of the one before. docs/spec/delivery.md, "Deliver stream"
import { RexError } from '@rex/sdk/core'

/** The streams of one kind, at most one for each caller. */
export interface Places {
  /** Ends the stream that the caller had, and takes its place. Aborted when a newer one does the same. */
  take(caller: string): AbortSignal
}

/** Makes the register. */
export function createPlaces(): Places {
  const current = new Map<string, AbortController>()
  return {
    take(caller) {
      current.get(caller)?.abort(new RexError('CANCELLED', 'A newer stream has taken the place of this one.'))
      const place = new AbortController()
      current.set(caller, place)
      return place.signal
    },
  }
}
