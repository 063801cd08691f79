// The encodings in which people and programs write bytes as text. docs/spec/referral.md, "Content guard"

/** An encoding of bytes as text. */
export interface Encoding {
  /** The value of each character as a digit, by character code; -1 if the character is not a digit. */
  readonly digits: Int8Array
  /** Bits per digit. 0 for base85, in which five digits encode four bytes. */
  readonly bits: number
  /**
   * Number of digits at the beginning of a run that are tried as the first digit of a byte, because it is not known where the groups of digits begin.
   */
  readonly places: number
  /** Whether all digits of a text form one run, whatever stands between them. Otherwise, only the digits of a block form a run. */
  readonly oneRun: boolean
  /** Whether a block continues after any character except a letter. Otherwise, it continues only after white space. */
  readonly loose: boolean
  /** Minimum number of adjacent digits with which a block begins. */
  readonly first: number
  /** Whether characters like those of this block occur in texts of this encoding. */
  readonly fits: (codes: Uint8Array) => boolean
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DECIMAL = '0123456789'
const EXTENDED = LOWER.slice(0, 22)
/**
 * Minimum number of characters of base32 in which lower case and capitals are mixed, because shorter texts may look like that by chance.
 */
const MIXED_BASE32 = 100
/** Minimum number of symbols in base85. On average, 20 of 100 digits are symbols that URLs and other encodings do not have. */
const FEWEST_SYMBOLS = 4

const LETTER = 1
const CAPITAL = 2
const CASES = LETTER | CAPITAL
const BEYOND_HEX = 4
const SYMBOL = 8
const KINDS = new Uint8Array(256)
for (const letter of LOWER) KINDS[letter.charCodeAt(0)] = LETTER | (letter > 'f' ? BEYOND_HEX : 0)
for (const letter of UPPER) KINDS[letter.charCodeAt(0)] = CAPITAL | (letter > 'F' ? BEYOND_HEX : 0)
for (let code = 0x21; code < 0x7f; code++) {
  if (!/[\w+/=.%-]/.test(String.fromCharCode(code))) KINDS[code] = SYMBOL
}

/**
 * Whether characters may be base32. Digests in hexadecimal, or in pieces of base64, consist of the same digits. So at least one letter must
 * be beyond hexadecimal, and short texts must not mix cases within a line.
 */
function fitsBase32(codes: Uint8Array): boolean {
  let [all, line, mixed] = [0, 0, false]
  for (const code of codes) {
    line = code <= 0x20 ? 0 : line | (KINDS[code] as number)
    all |= line
    mixed ||= (line & CASES) === CASES
  }
  return (all & BEYOND_HEX) !== 0 && (!mixed || codes.length >= MIXED_BASE32)
}

function fitsBase85(codes: Uint8Array): boolean {
  let symbols = 0
  for (const code of codes) if (KINDS[code] === SYMBOL) symbols += 1
  return symbols >= FEWEST_SYMBOLS
}

/** Hexadecimal (RFC 4648, section 8). Anything may stand between two pairs of digits. */
const HEXADECIMAL: Encoding = {
  digits: digits(`${DECIMAL}abcdef`, `${DECIMAL}ABCDEF`),
  bits: 4,
  places: 2,
  oneRun: true,
  loose: true,
  first: 2,
  fits: () => true,
}
/** Base64 in both alphabets (RFC 4648, sections 4 and 5). */
const BASE64: Encoding = {
  digits: digits(`${UPPER}${LOWER}${DECIMAL}+/`, `${UPPER}${LOWER}${DECIMAL}-_`),
  bits: 6,
  places: 4,
  oneRun: true,
  loose: false,
  first: 16,
  fits: () => true,
}
const BASE32 = { bits: 5, places: 8, oneRun: false, loose: false, first: 8, fits: fitsBase32 }
const BASE85 = { bits: 0, places: 5, oneRun: false, loose: false, first: 16, fits: fitsBase85 }

/** Ascii85 of Adobe, framed by `<~` and `~>`. "z" stands for four zero bytes, and "y" for four spaces. */
export const ASCII85: Encoding = {
  ...BASE85,
  digits: digits(String.fromCharCode(...Array.from({ length: 85 }, (_, i) => 0x21 + i))),
}

export const ENCODINGS: readonly Encoding[] = [
  HEXADECIMAL,
  BASE64,
  // Base32 in both alphabets (RFC 4648, sections 6 and 7).
  { ...BASE32, digits: digits(`${LOWER}234567`, `${UPPER}234567`) },
  { ...BASE32, digits: digits(DECIMAL + EXTENDED, DECIMAL + EXTENDED.toUpperCase()) },
  ASCII85,
  // Z85 of ZeroMQ RFC 32, and base85 of RFC 1924.
  { ...BASE85, digits: digits(`${DECIMAL}${LOWER}${UPPER}.-:+=^!/*?&<>()[]{}@%$#`) },
  { ...BASE85, digits: digits(`${DECIMAL}${UPPER}${LOWER}!#$%&()*+-;<=>?@^_\`{|}~`) },
  { digits: digits('01'), bits: 1, places: 8, oneRun: false, loose: true, first: 1, fits: () => true },
]

function digits(...alphabets: string[]): Int8Array {
  const values = new Int8Array(256).fill(-1)
  for (const alphabet of alphabets) {
    for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i
  }
  return values
}
