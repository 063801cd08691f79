// Characters as bytes, and bytes as characters. docs/spec/referral.md, "Content guard"

const SAMPLE = 64
const LATIN1 = new TextDecoder('latin1')
const UTF8 = new TextDecoder('utf-8', { fatal: true })
const LITTLE = new TextDecoder('utf-16le')
const BIG = new TextDecoder('utf-16be')
/** The characters that a Windows program shows for the bytes 0x80 to 0x9f. */
const WINDOWS_1252 = new TextDecoder('windows-1252').decode(
  Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i),
)
/** The byte of each character up to the last one of Windows-1252. */
const UNKNOWN = 0x3f
const BYTES = Uint8Array.from({ length: 0x2123 }, (_, unit) => (unit <= 0xff ? unit : UNKNOWN))
Array.from(WINDOWS_1252).forEach((character, i) => {
  BYTES[character.charCodeAt(0)] = 0x80 + i
})

const ASCII = new TextEncoder()
export const BEYOND_ASCII = /[^\0-\x7f]/

/** Characters as bytes. No signature contains characters beyond Windows-1252, so their value does not matter. */
export function latin1(text: string): Uint8Array {
  if (!BEYOND_ASCII.test(text)) return ASCII.encode(text)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    bytes[i] = BYTES[text.charCodeAt(i)] ?? UNKNOWN
  }
  return bytes
}

/** Whether a text has ASCII characters only; they are then written to `bytes`, which is at least as long. */
export function isAscii(text: string, bytes: Uint8Array): boolean {
  const { read, written } = ASCII.encodeInto(text, bytes)
  return read === text.length && written === read
}

/** The bytes of a text in UTF-16, in both orders. */
export function utf16(text: string): Uint8Array[] {
  const [little, big] = [new Uint8Array(text.length * 2), new Uint8Array(text.length * 2)]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    little[i * 2] = big[i * 2 + 1] = unit & 0xff
    little[i * 2 + 1] = big[i * 2] = unit >> 8
  }
  return [little, big]
}

/** The text in these bytes, if nearly all of them are characters of ASCII, UTF-16 or UTF-8. */
export function asText(bytes: Uint8Array): string | undefined {
  const utf8 = fromUtf8(bytes)
  if (utf8 !== undefined) return utf8
  if (countOf(bytes.subarray(0, SAMPLE)).characters < 0.3) return undefined
  const { characters, zeros } = countOf(bytes)
  if (characters >= 0.9) return LATIN1.decode(bytes)
  if (characters >= 0.4 && zeros[1] >= 0.4) return LITTLE.decode(bytes)
  return characters >= 0.4 && zeros[0] >= 0.4 ? BIG.decode(bytes) : undefined
}

/** The text that bytes are in UTF-8, if they have characters beyond ASCII. */
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

/** Shares of the bytes: printable ASCII, and zeros at even and odd places. */
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
