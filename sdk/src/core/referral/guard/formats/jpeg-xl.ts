// JPEG XL without a container. Its signature has only two bytes, so the whole image header must be valid. ISO/IEC 18181-1;
// docs/spec/referral.md

/** Minimum size in bytes of a stream that is accepted as JPEG XL. */
const SHORTEST = 24
/** Lengths of digests in bytes. Streams of these lengths are not accepted, because one in 30 million digests looks like a header. */
const DIGESTS: readonly number[] = [24, 28, 32, 48, 64, 144]
const MOST_SIDE = 0xffff
const COLOUR_SPACES: readonly number[] = [0, 1, 2]
const WHITE_POINTS: readonly number[] = [1, 10, 11]
const PRIMARIES: readonly number[] = [1, 9, 11]
const TRANSFERS: readonly number[] = [1, 8, 13, 16, 17, 18]
const INTENTS: readonly number[] = [0, 1, 2, 3]
/** Type of a frame that only completes an earlier progressive frame. No stream begins with this type. */
const SKIP_PROGRESSIVE = 3

/** A way to write a variable number (ISO/IEC 18181-1, 9.2.2): `bits` further bits, added to `from`. */
type Choice = readonly [from: number, bits: number]

class Header {
  readonly #bytes: Uint8Array
  #at = 16

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++, this.#at++) {
      const bit = ((this.#bytes[this.#at >> 3] ?? 0) >> (this.#at & 7)) & 1
      value += bit * 2 ** i
    }
    return value
  }

  flag(): boolean {
    return this.take(1) === 1
  }

  number(...choices: readonly Choice[]): number {
    const [from, bits] = choices[this.take(2)] as Choice
    return from + this.take(bits)
  }

  code(): number {
    return this.number([0, 0], [1, 0], [2, 4], [18, 6])
  }

  /** Whether the bits before the next byte boundary are all zero. */
  padded(): boolean {
    return this.take((8 - (this.#at & 7)) & 7) === 0
  }
}

function hasSize(header: Header): boolean {
  const small = header.flag()
  const side = () => (small ? 8 * (header.take(5) + 1) : header.number([1, 9], [1, 13], [1, 18], [1, 30]))
  const height = side()
  return height <= MOST_SIDE && (header.take(3) !== 0 || side() <= MOST_SIDE)
}

/** Reads orientation and animation. A header with an intrinsic size or a preview is not accepted, because both are rare. */
function hasExtraFields(header: Header): boolean {
  header.take(3)
  if (header.flag() || header.flag()) return false
  if (!header.flag()) return true
  header.number([100, 0], [1000, 0], [1, 10], [1, 30])
  header.number([1, 0], [1001, 0], [1, 8], [1, 10])
  header.number([0, 0], [0, 3], [0, 16], [0, 32])
  header.flag()
  return true
}

function hasDepth(header: Header): boolean {
  if (header.flag()) return header.number([32, 0], [16, 0], [24, 0], [1, 6]) <= 32 && header.take(4) <= 8
  return header.number([8, 0], [10, 0], [12, 0], [1, 6]) <= 32
}

/** Reads an enumerated colour encoding. Returns false for values that encoders do not write. */
function hasColours(header: Header): boolean {
  const space = header.code()
  if (!COLOUR_SPACES.includes(space)) return false
  if (space !== 2 && !WHITE_POINTS.includes(header.code())) return false
  if (space === 0 && !PRIMARIES.includes(header.code())) return false
  if (space !== 2 && !(header.flag() ? header.take(24) > 0 : TRANSFERS.includes(header.code()))) return false
  return INTENTS.includes(header.code())
}

/** Whether the bytes begin with a bare JPEG XL stream whose header is one that encoders write. */
export function startsJpegXl(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0x0a) return false
  if (bytes.length < SHORTEST || DIGESTS.includes(bytes.length)) return false
  const header = new Header(bytes)
  if (!hasSize(header) || header.flag()) return false
  const extra = header.flag()
  if (extra && !hasExtraFields(header)) return false
  if (!hasDepth(header)) return false
  header.flag()
  const channels = header.number([0, 0], [1, 0], [2, 4], [1, 12])
  // Every further channel must be an ordinary alpha channel, of which there may be at most four.
  for (let i = 0; i < channels; i++) if (i > 3 || !header.flag()) return false
  header.flag()
  const usual = header.flag()
  const profile = !usual && header.flag()
  if (profile ? !COLOUR_SPACES.includes(header.code()) : !usual && !hasColours(header)) return false
  if (extra && !header.flag()) return false
  // Require no extensions and the default transformation, followed by a colour profile or a frame. The frame may be of any type except
  // SKIP_PROGRESSIVE: a progressive stream, for example, begins with a small version of the picture.
  if (header.take(2) !== 0 || !header.flag()) return false
  return profile || (header.padded() && (header.flag() || header.take(2) !== SKIP_PROGRESSIVE))
}

/** Whether a bare JPEG XL stream starts anywhere in the bytes. Use it only for bytes that were a text, where the signature is rare. */
export function hasJpegXl(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (startsJpegXl(bytes.subarray(at))) return true
  return false
}
