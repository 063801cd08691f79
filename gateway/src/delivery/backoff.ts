// Full-jitter back-off. docs/spec/delivery.md, "Retry"

/** Bounds of the back-off, milliseconds. */
export interface BackoffLimits {
  readonly minMs: number
  readonly maxMs: number
}

/** The wait after consecutive failures. */
export interface Backoff {
  /** Counts a failure. Returns how long to wait: a random part of a span that doubles from `minMs` to `maxMs`. */
  failed(): number
  /** Ends the back-off: the other side is alive. */
  reset(): void
  /** Consecutive failures. */
  failures(): number
}

/** Creates a back-off. `random` returns numbers from 0 to 1. */
export function createBackoff({ minMs, maxMs }: BackoffLimits, random: () => number): Backoff {
  let failures = 0
  return {
    failed() {
      const span = Math.min(maxMs, minMs * 2 ** failures)
      failures += 1
      return random() * span
    },
    reset() {
      failures = 0
    },
    failures: () => failures,
  }
}
