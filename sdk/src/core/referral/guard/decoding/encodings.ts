// The encodings of bytes as text that people and programs use. docs/spec/referral.md, "Content guard"

/** An encoding of bytes in the characters of a text. */
export interface Encoding {
  /** Value of each byte of a text; -1 for bytes that are no digits. */
  readonly digits: Int8Array
  /** Bits of a digit; of base85, that is 0: five digits are four bytes. */
  readonly bits: number
  /** Places at which a first byte may begin, in digits. */
  readonly places: number
  /** All digits of a text count as one run, whatever stands between them; otherwise only those of a block. */
  readonly oneRun: boolean
  /** A block continues after any character except letters; otherwise only after space. */
  readonly loose: boolean
  /** Fewer digits without space between them do not begin a block. */
  readonly first: number
  /** Whether a block may be this encoding, by its characters. */
  readonly fits: (codes: Uint8Array) => boolean
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DECIMAL = '0123456789'
const EXTENDED = LOWER.slice(0, 22)
/** Digits of base32 in both cases are rare, and by chance seldom so many. */
const MIXED_BASE32 = 100
/** Of 100 digits of base85, 20 are symbols that URLs and other encodings do not have. */
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

/** Digests, too, have digits of base32: hexadecimal ones, and those of base64 in pieces. A line has digits of one case. */
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

/** RFC 4648, section 8, however the pairs are separated. */
const HEXADECIMAL: Encoding = {
  digits: digits(`${DECIMAL}abcdef`, `${DECIMAL}ABCDEF`),
  bits: 4,
  places: 2,
  oneRun: true,
  loose: true,
  first: 2,
  fits: () => true,
}
/** RFC 4648, sections 4 and 5. */
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

/** Ascii85 of Adobe. Its frame is `<~` and `~>`; "z" stands for four zero bytes and "y" for four spaces. */
export const ASCII85: Encoding = {
  ...BASE85,
  digits: digits(String.fromCharCode(...Array.from({ length: 85 }, (_, i) => 0x21 + i))),
}

export const ENCODINGS: readonly Encoding[] = [
  HEXADECIMAL,
  BASE64,
  // RFC 4648, sections 6 and 7.
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
