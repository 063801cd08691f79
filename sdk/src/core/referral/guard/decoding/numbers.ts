// Finds bytes that are written as numbers: "255, 216, 255", [-1, -40, -1], 0xff 0xd8, words of 16 or 32 bits. docs/spec/referral.md, "Content guard"

/** Minimum count of numbers that can contain a signature. */
const FEWEST = 8
/** A number as programs write it: decimal, hexadecimal, octal or binary, possibly as a float or with a type. */
const NUMBER = String.raw`(?:0x[0-9a-f]{1,8}|u\+[0-9a-f]{4}|0b[01]{8}|0o[0-7]{1,3}|\d{1,10}(?:\.0(?![\d.]))?)(?:_?[iu]\d{1,2})?`
const CAST = String.raw`(?:\((?:byte|char|u?int8_t|unsigned char)\) ?)?`
/** Matches numbers with only punctuation, white space and casts between them. */
const RUN = new RegExp(`${CAST}-?${NUMBER}(?:[^0-9a-z\x80-\uffff]{1,8}${CAST}${NUMBER}){7,}`, 'gi')
/** Matches one number of a run. A minus sign may follow white space, a bracket or a separator, but not a digit. */
const ONE = new RegExp(`(?:(?<=^|[\\s,;|([{)])-)?${NUMBER}`, 'gi')
const OCTAL = /^(?:0[0-7]{0,3}|[0-7]{3})$/
/** Matches the names of members that are indices, as in a typed array that was written as JSON. */
const INDEX = /"\d{1,9}"\s{0,4}:/g
/** Matches 16-bit words in hexadecimal, as in dumps by programs that swap the two bytes of each word. */
const SHORTS = /\b[0-9a-f]{4}(?:\s{1,4}[0-9a-f]{4}\b){7,}/gi

/** Yields the bytes that each run of numbers in a text may encode. */
export function* numbersIn(text: string): Generator<Uint8Array> {
  for (const [run] of text.replace(INDEX, ' ').matchAll(RUN)) {
    const all = run.match(ONE) ?? []
    yield* bytesOf(all.map(numberOf))
    if (all.every((one) => OCTAL.test(one))) yield* bytesOf(all.map((one) => Number.parseInt(one, 8)))
  }
  for (const [run] of text.matchAll(SHORTS)) {
    const [swapped] = wordsOf(
      run.split(/\s+/).map((word) => Number.parseInt(word, 16)),
      2,
    )
    if (swapped !== undefined) yield swapped
  }
}

function numberOf(text: string): number {
  const number = text.replace(/^u\+/i, '0x').replace(/^(-?\d.*?)_?[iu]\d{1,2}$/i, '$1')
  return Number(number.replace(/^(-?)0+(?=\d)/, '$1'))
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
