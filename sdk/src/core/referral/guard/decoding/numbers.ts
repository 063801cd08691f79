// Finds bytes that are written as numbers: "255, 216, 255", [-1, -40, -1], words of 16 or 32 bits. docs/spec/referral.md, "Content guard"

/** Fewer numbers cannot hold a signature. */
const FEWEST = 8
/** Matches numbers that only white space, commas and brackets separate. */
const RUN = /-?\d{1,10}(?:[\s,;|()[\]{}]{1,8}-?\d{1,10}){7,}/g

/** Yields the bytes that each run of numbers in a text may encode. */
export function* numbersIn(text: string): Generator<Uint8Array> {
  for (const [run] of text.matchAll(RUN)) yield* bytesOf((run.match(/-?\d+/g) ?? []).map(Number))
}

/**
 * Returns the bytes that numbers may encode: as bytes, signed or unsigned, or as words in both byte orders. Readings in which the numbers
 * do not fit are left out.
 */
export function bytesOf(values: readonly number[]): Uint8Array[] {
  const within = (lowest: number, highest: number) =>
    values.filter((value) => Number.isInteger(value) && value >= lowest && value <= highest)
  const bytes = within(-0x80, 0xff)
  const shorts = within(-0x8000, 0xffff)
  const words = within(-0x80000000, 0xffffffff)
  return [
    ...(bytes.length >= FEWEST ? [Uint8Array.from(bytes)] : []),
    ...(shorts.length > bytes.length ? wordsOf(shorts, 2) : []),
    ...(words.length > shorts.length ? wordsOf(words, 4) : []),
  ]
}

function wordsOf(values: readonly number[], width: 2 | 4): Uint8Array[] {
  return [true, false].map((little) => {
    const view = new DataView(new ArrayBuffer(values.length * width))
    values.forEach((value, i) => {
      if (width === 2) view.setUint16(i * 2, value, little)
      else view.setUint32(i * 4, value, little)
    })
    return new Uint8Array(view.buffer)
  })
}
