// The error for an observation that differs from a scenario's expectation.

/** Thrown when an observation differs from the expectation. It states both in words. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
  readonly expected: string
  readonly received: string
  /** Whether the time limit of the step passed before the expectation was met. */
  readonly isLate: boolean

  constructor(expected: string, received: string, { isLate = false } = {}) {
    super(`Expected ${expected}, received ${received}.`)
    this.expected = expected
    this.received = received
    this.isLate = isLate
  }
}
