// Back-off with a random wait within a span that doubles after each failure (full jitter). docs/spec/delivery.md, "Retry"

/** Bounds of the back-off, milliseconds. */
export interface BackoffLimits {
  readonly minMs: number
  readonly maxMs: number
}

/** The wait after consecutive failures. */
export interface Backoff {
  /** Counts a failure. */
  failed(): void
  /**
   * Returns a random wait, milliseconds. Its upper limit is `minMs` after the first failure, doubles with
   * each further failure up to `maxMs`, and never exceeds `most`.
   */
  waitMs(most: number): number
  /** Ends the back-off after a sign of life from the other side. */
  reset(): void
  /** Number of consecutive failures. */
  failures(): number
}

/** Creates a back-off. `random` returns numbers from 0 to 1. */
export function createBackoff({ minMs, maxMs }: BackoffLimits, random: () => number): Backoff {
  let failures = 0
  let part = 0
  return {
    failed() {
      failures += 1
      part = random()
    },
    waitMs: (most) => (failures === 0 ? 0 : part * Math.min(most, maxMs, minMs * 2 ** (failures - 1))),
    reset() {
      failures = 0
    },
    failures: () => failures,
  }
}
