// Full-jitter back-off. docs/spec/delivery.md, "Retry"

/** Bounds of the back-off, milliseconds. */
export interface BackoffLimits {
  readonly minMs: number
  readonly maxMs: number
}

/** How long to wait after failures in a row. */
export interface Backoff {
  /** One more failure; returns how long to wait: a random part of a span that doubles from `minMs` to `maxMs`. */
  failed(): number
  /** The other side lives. */
  reset(): void
  /** Failures in a row. */
  failures(): number
}

/** A back-off. `random` gives numbers from 0 to 1. */
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
