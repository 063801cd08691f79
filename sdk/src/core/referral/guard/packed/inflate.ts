// Inflates data (RFC 1951). Only the beginning matters, so the data may be damaged or incomplete. docs/spec/referral.md, "Content guard"
import type { Work } from './work.ts'

const MOST_BITS = 15
const END = 256
/**
 * Returns the number of bits that follow each symbol: none for the first symbols, then one more for every group. RFC 1951, section 3.2.5
 */
const bitsOf = (symbols: number, group: number) =>
  Array.from({ length: symbols }, (_, i) => Math.max(0, Math.floor(i / group) - 1))
/** Returns the smallest value of each symbol, that is, the largest value of the previous symbol plus one. */
const valuesFrom = (least: number, bits: readonly number[]) =>
  bits.map((_, i) => bits.slice(0, i).reduce((sum, count) => sum + 2 ** count, least))
const LENGTHS_BITS = [...bitsOf(28, 4), 0]
const LENGTHS_FROM = [...valuesFrom(3, bitsOf(28, 4)), 258]
const DISTANCES_BITS = bitsOf(30, 2)
const DISTANCES_FROM = valuesFrom(1, DISTANCES_BITS)
/** Order in which the lengths of the code for code lengths are stored. RFC 1951, section 3.2.7 */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** A canonical code: the number of symbols of each length, and the symbols ordered by length. */
interface Code {
  readonly counts: Uint16Array
  readonly symbols: Uint16Array
}

interface Codes {
  readonly literals: Code
  readonly distances: Code
}

/** Thrown when the data are not valid, end too early, or use up the allowed work. */
const BROKEN = Symbol('broken')

/** The content unpacked from deflated data, and whether the data ended properly or have more content than requested. */
export interface Inflated {
  readonly output: Uint8Array
  readonly ended: boolean
}

/** Limits: the maximum number of bytes to unpack, and the allowed work, which each byte read or unpacked reduces. */
export interface Bounds {
  readonly most: number
  readonly work: Work
}

/** Inflates the data at an offset, up to `most` bytes of content. Returns less if the data are damaged or end, or the work is used up. */
export function inflate(bytes: Uint8Array, from: number, { most, work }: Bounds): Inflated {
  const stream = new Inflater(bytes, from, { most, work })
  let ended = false
  try {
    while (stream.readBlock()) {}
    ended = true
  } catch (error) {
    if (error !== BROKEN) throw error
  }
  const output = stream.output()
  return { output, ended: ended || output.length === most }
}

class Inflater {
  readonly #bytes: Uint8Array
  readonly #most: number
  readonly #work: Work
  #at: number
  #held = 0
  #count = 0
  #out = new Uint8Array(256)
  #size = 0

  constructor(bytes: Uint8Array, from: number, { most, work }: Bounds) {
    this.#bytes = bytes
    this.#at = from
    this.#most = most
    this.#work = work
  }

  output(): Uint8Array {
    return this.#out.subarray(0, this.#size)
  }

  /** Reads a block. Returns false if it was the last. */
  readBlock(): boolean {
    const isLast = this.#take(1) === 1
    const type = this.#take(2)
    if (type === 0) this.#copyStored()
    else if (type === 1) this.#readSymbols(FIXED)
    else if (type === 2) this.#readSymbols(this.#readCodes())
    else throw BROKEN
    return !isLast
  }

  #take(bits: number): number {
    while (this.#count < bits) {
      const next = this.#bytes[this.#at++]
      if (next === undefined || !this.#work.take(1)) throw BROKEN
      this.#held |= next << this.#count
      this.#count += 8
    }
    const value = this.#held & ((1 << bits) - 1)
    this.#held >>>= bits
    this.#count -= bits
    return value
  }

  #put(value: number): void {
    if (this.#size === this.#most || !this.#work.take(1)) throw BROKEN
    if (this.#size === this.#out.length) {
      const larger = new Uint8Array(Math.min(this.#size * 4, this.#most))
      larger.set(this.#out)
      this.#out = larger
    }
    this.#out[this.#size++] = value
  }

  #copyStored(): void {
    this.#held = 0
    this.#count = 0
    const length = this.#take(16)
    if ((length ^ this.#take(16)) !== 0xffff) throw BROKEN
    for (let i = 0; i < length; i++) this.#put(this.#take(8))
  }

  #readCodes(): Codes {
    const literals = this.#take(5) + 257
    const distances = this.#take(5) + 1
    const known = this.#take(4) + 4
    const lengths = new Uint8Array(19)
    for (let i = 0; i < known; i++) lengths[ORDER[i] as number] = this.#take(3)
    const code = codeOf(lengths)
    if (!this.#work.take(literals + distances)) throw BROKEN
    const all = new Uint8Array(literals + distances)
    for (let i = 0; i < all.length; ) {
      const symbol = this.#symbol(code)
      if (symbol < 16) {
        all[i++] = symbol
        continue
      }
      const value = symbol === 16 ? all[i - 1] : 0
      const times = symbol === 18 ? 11 + this.#take(7) : 3 + this.#take(symbol === 16 ? 2 : 3)
      if (value === undefined || i + times > all.length) throw BROKEN
      all.fill(value, i, i + times)
      i += times
    }
    if (all[END] === 0) throw BROKEN
    return { literals: codeOf(all.subarray(0, literals)), distances: codeOf(all.subarray(literals)) }
  }

  #readSymbols({ literals, distances }: Codes): void {
    for (let symbol = this.#symbol(literals); symbol !== END; symbol = this.#symbol(literals)) {
      if (symbol < END) this.#put(symbol)
      else this.#repeat(symbol - END - 1, distances)
    }
  }

  #repeat(size: number, distances: Code): void {
    const from = LENGTHS_FROM[size]
    if (from === undefined) throw BROKEN
    const length = from + this.#take(LENGTHS_BITS[size] as number)
    const distance = this.#symbol(distances)
    const back = (DISTANCES_FROM[distance] ?? Number.NaN) + this.#take(DISTANCES_BITS[distance] ?? 0)
    if (!(back <= this.#size)) throw BROKEN
    for (let i = 0; i < length; i++) this.#put(this.#out[this.#size - back] as number)
  }

  /** Reads a symbol bit by bit. */
  #symbol({ counts, symbols }: Code): number {
    let [code, first, index] = [0, 0, 0]
    for (let length = 1; length <= MOST_BITS; length++) {
      code |= this.#take(1)
      const count = counts[length] as number
      if (code - first < count) return symbols[index + code - first] as number
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    throw BROKEN
  }
}

/**
 * Makes the canonical code of symbols with these lengths in bits. Throws BROKEN if the lengths leave no code for a symbol, or
 * leave codes unused although there are several symbols.
 */
function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(MOST_BITS + 1)
  for (const length of lengths) counts[length] = (counts[length] as number) + 1
  const used = lengths.length - (counts[0] as number)
  counts[0] = 0
  let left = 1
  const offsets = new Uint16Array(MOST_BITS + 2)
  for (let length = 1; length <= MOST_BITS; length++) {
    left = left * 2 - (counts[length] as number)
    if (left < 0) throw BROKEN
    offsets[length + 1] = (offsets[length] as number) + (counts[length] as number)
  }
  if (left > 0 && used > 1) throw BROKEN
  const symbols = new Uint16Array(used)
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue
    const place = offsets[length] as number
    symbols[place] = symbol
    offsets[length] = place + 1
  }
  return { counts, symbols }
}

const FIXED: Codes = {
  literals: codeOf(new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280)),
  distances: codeOf(new Uint8Array(32).fill(5)),
}
