// Converts characters to bytes, and bytes to characters. docs/spec/referral.md, "Content guard"

const SAMPLE = 64
const LATIN1 = new TextDecoder('latin1')
const UTF8 = new TextDecoder('utf-8', { fatal: true })
const LITTLE = new TextDecoder('utf-16le')
const BIG = new TextDecoder('utf-16be')
/** The characters that a Windows program shows for the bytes 0x80 to 0x9f. */
const WINDOWS_1252 = new TextDecoder('windows-1252').decode(
  Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i),
)
/** The byte that stands for a character outside Windows-1252. */
const UNKNOWN = 0x3f
const BYTES = Uint8Array.from({ length: 0x2123 }, (_, unit) => (unit <= 0xff ? unit : UNKNOWN))
Array.from(WINDOWS_1252).forEach((character, i) => {
  BYTES[character.charCodeAt(0)] = 0x80 + i
})

const ASCII = new TextEncoder()
export const BEYOND_ASCII = /[^\0-\x7f]/

/** Converts characters to bytes. Characters outside Windows-1252 may become any byte, because no signature contains them. */
export function latin1(text: string): Uint8Array {
  if (!BEYOND_ASCII.test(text)) return ASCII.encode(text)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    bytes[i] = BYTES[text.charCodeAt(i)] ?? UNKNOWN
  }
  return bytes
}

/** Whether a text has only ASCII characters. If so, writes them to `bytes`, which must be at least as long as the text. */
export function isAscii(text: string, bytes: Uint8Array): boolean {
  const { read, written } = ASCII.encodeInto(text, bytes)
  return read === text.length && written === read
}

/** Encodes a text in UTF-16, in both byte orders. */
export function utf16(text: string): Uint8Array[] {
  const [little, big] = [new Uint8Array(text.length * 2), new Uint8Array(text.length * 2)]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    little[i * 2] = big[i * 2 + 1] = unit & 0xff
    little[i * 2 + 1] = big[i * 2] = unit >> 8
  }
  return [little, big]
}

/**
 * Decodes bytes as text if nearly all of them are characters of ASCII or UTF-8, or if they may be UTF-16 or UTF-32. Returns
 * undefined for other bytes.
 */
export function asText(bytes: Uint8Array): string | undefined {
  const utf8 = fromUtf8(bytes)
  if (utf8 !== undefined) return utf8
  const sample = countOf(bytes.subarray(0, SAMPLE))
  if (sample.characters < 0.3 && Math.max(...sample.zeros) < 0.4) return undefined
  const { characters, zeros } = countOf(bytes)
  if (characters >= 0.9) return LATIN1.decode(bytes)
  if (characters >= 0.4 && zeros[1] >= 0.4) return LITTLE.decode(bytes)
  if (characters >= 0.4 && zeros[0] >= 0.4) return BIG.decode(bytes)
  // If a picture was read as characters, its encoding in UTF-16 has a zero beside each byte; in UTF-32, three of four bytes are
  // zeros.
  if (Math.max(...zeros) < 0.48) return undefined
  const first = zeros[0] > zeros[1] ? 1 : 0
  return LATIN1.decode(Math.min(...zeros) >= 0.48 ? bytes : bytes.filter((_, i) => i % 2 === first))
}

/** Decodes bytes as UTF-8 if they contain characters beyond ASCII. Returns undefined for other bytes. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  const first = bytes.findIndex((value) => value >= 0x80)
  const isLead = first >= 0 && (bytes[first] as number) >= 0xc2 && ((bytes[first + 1] ?? 0) & 0xc0) === 0x80
  if (!isLead) return undefined
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Returns which share of the bytes is printable ASCII, and which shares are zeros at even and at odd offsets. */
function countOf(bytes: Uint8Array): { characters: number; zeros: readonly [number, number] } {
  let [characters, even, odd] = [0, 0, 0]
  for (let i = 0; i < bytes.length; i++) {
    const value = bytes[i] as number
    if ((value >= 0x20 && value < 0x7f) || (value >= 0x09 && value <= 0x0d)) characters += 1
    else if (value === 0 && (i & 1) === 0) even += 1
    else if (value === 0) odd += 1
  }
  const size = bytes.length
  return { characters: characters / size, zeros: [even / size, odd / size] }
}
