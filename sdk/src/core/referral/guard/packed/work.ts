// Limits how much the guard reads, unpacks and decodes again, in proportion to the size of the content. docs/spec/referral.md, "Content guard"

const LEAST = 1 << 18
const PER_BYTE = 1

/** Counts down the bytes of compressed data, unpacked data and nested texts that may still be searched. */
export class Work {
  #left: number

  constructor(size: number) {
    this.#left = LEAST + PER_BYTE * size
  }

  /** Subtracts bytes from those that may still be searched. Returns false if there were not enough. */
  take(bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }
}
