// How much the guard reads of compressed streams, unpacks and decodes again: in proportion to the content. docs/spec/referral.md, "Content guard"

const LEAST = 1 << 18
const PER_BYTE = 1

/** Bytes of compressed and unpacked data, and of texts within data, that may still be looked at. */
export class Work {
  #left: number

  constructor(size: number) {
    this.#left = LEAST + PER_BYTE * size
  }

  /** Takes bytes; false if there are none left. */
  take(bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }
}
