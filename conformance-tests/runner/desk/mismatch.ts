// What is not as a scenario wants it.

/** Something else came than was expected, both in words. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
  readonly expected: string
  readonly received: string

  constructor(expected: string, received: string) {
    super(`Expected ${expected}, received ${received}.`)
    this.expected = expected
    this.received = received
  }
}
