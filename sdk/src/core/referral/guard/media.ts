// Signatures of images and video: a closed list, each of at least four bytes plus structure. docs/spec/referral.md, "Content guard"

/** Whether media starts at a place of the bytes. Reads a bounded number of bytes. */
type Matcher = (bytes: Uint8Array, at: number) => boolean

const TS_PACKET = 188
const BMP_HEADERS: readonly number[] = [12, 40, 52, 56, 64, 108, 124]
const ICON_DEPTHS: readonly number[] = [0, 1, 4, 8, 16, 24, 32]
const JPEG_TABLES: readonly number[] = [0x43, 0x84, 0xc5, 0x106]
/** Larger than any picture of a referral's making, and smaller than two ASCII letters read as a number. */
const GIF_SIDE = 0x2000

const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? -1
const big16 = (bytes: Uint8Array, at: number) => byte(bytes, at) * 0x100 + byte(bytes, at + 1)
const big32 = (bytes: Uint8Array, at: number) => big16(bytes, at) * 0x10000 + big16(bytes, at + 2)
const little16 = (bytes: Uint8Array, at: number) => byte(bytes, at + 1) * 0x100 + byte(bytes, at)
const little32 = (bytes: Uint8Array, at: number) => little16(bytes, at + 2) * 0x10000 + little16(bytes, at)

/** Whether these bytes (a Latin-1 text) stand at a place. */
function has(bytes: Uint8Array, at: number, expected: string): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected.charCodeAt(i)) return false
  return true
}

/** Whether `count` letters, digits or signs of ASCII stand at a place. */
function printable(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) if (byte(bytes, i) < 0x20 || byte(bytes, i) > 0x7e) return false
  return true
}

function among(bytes: Uint8Array, { from, to }: { from: number; to: number }, expected: string): boolean {
  for (let i = from; i < to; i++) if (has(bytes, i, expected)) return true
  return false
}

const jpeg: Matcher = (bytes, at) => {
  const marker = byte(bytes, at + 3)
  const length = big16(bytes, at + 4)
  if (!has(bytes, at, '\xff\xd8\xff') || length < 3) return false
  if (marker === 0xdb) return JPEG_TABLES.includes(length) && byte(bytes, at + 6) <= 0x13
  return ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) && printable(bytes, at + 6, 4)
}

const png: Matcher = (bytes, at) => has(bytes, at, '\x89PNG\r\n\x1a\n')

const gif: Matcher = (bytes, at) => {
  if (!has(bytes, at, 'GIF87a') && !has(bytes, at, 'GIF89a')) return false
  const [width, height] = [little16(bytes, at + 6), little16(bytes, at + 8)]
  return width > 0 && width < GIF_SIDE && height > 0 && height < GIF_SIDE
}

const riff: Matcher = (bytes, at) =>
  has(bytes, at, 'RIFF') && (has(bytes, at + 8, 'WEBPVP8') || has(bytes, at + 8, 'AVI LIST'))

const bitmap: Matcher = (bytes, at) =>
  has(bytes, at, 'BM') && has(bytes, at + 6, '\0\0\0\0') && BMP_HEADERS.includes(little32(bytes, at + 14))

const tiff: Matcher = (bytes, at) => {
  const little = has(bytes, at, 'II*\0')
  if (!little && !has(bytes, at, 'MM\0*')) return false
  const directory = little ? little32(bytes, at + 4) : big32(bytes, at + 4)
  const entries = (little ? little16 : big16)(bytes, at + directory)
  return directory >= 8 && entries > 0 && entries <= 256
}

const icon: Matcher = (bytes, at) =>
  (has(bytes, at, '\0\0\x01\0') || has(bytes, at, '\0\0\x02\0')) &&
  little16(bytes, at + 4) > 0 &&
  little16(bytes, at + 4) <= 64 &&
  byte(bytes, at + 9) === 0 &&
  little16(bytes, at + 10) <= 1 &&
  ICON_DEPTHS.includes(little16(bytes, at + 12)) &&
  little32(bytes, at + 18) === 6 + 16 * little16(bytes, at + 4)

/** ISO base media: MP4, QuickTime, HEIC, AVIF, 3GP. The size of the box stands before. */
const isoMedia: Matcher = (bytes, at) =>
  has(bytes, at, '\0\0') &&
  big32(bytes, at) >= 12 &&
  big32(bytes, at) <= 1024 &&
  has(bytes, at + 4, 'ftyp') &&
  printable(bytes, at + 8, 4)

const jpeg2000: Matcher = (bytes, at) =>
  has(bytes, at, '\0\0\0\x0cjP  \r\n\x87\n') || has(bytes, at, '\xff\x4f\xff\x51\0')

const jpegXl: Matcher = (bytes, at) => has(bytes, at, '\0\0\0\x0cJXL \r\n\x87\n')

const matroska: Matcher = (bytes, at) =>
  has(bytes, at, '\x1a\x45\xdf\xa3') &&
  (among(bytes, { from: at + 4, to: at + 64 }, 'matroska') ||
    among(bytes, { from: at + 4, to: at + 64 }, 'webm'))

const flash: Matcher = (bytes, at) => has(bytes, at, 'FLV\x01') && has(bytes, at + 5, '\0\0\0\x09')

const windowsMedia: Matcher = (bytes, at) => has(bytes, at, '\x30\x26\xb2\x75\x8e\x66\xcf\x11')

const ogg: Matcher = (bytes, at) =>
  has(bytes, at, 'OggS\0') && among(bytes, { from: at + 27, to: at + 64 }, 'theora')

const mpegProgram: Matcher = (bytes, at) =>
  has(bytes, at, '\0\0\x01\xba') &&
  (byte(bytes, at + 4) & 0xc4) === 0x44 &&
  (byte(bytes, at + 6) & 4) === 4 &&
  (byte(bytes, at + 8) & 4) === 4 &&
  (byte(bytes, at + 9) & 1) === 1 &&
  (byte(bytes, at + 12) & 3) === 3

const mpegVideo: Matcher = (bytes, at) =>
  has(bytes, at, '\0\0\x01\xb3') &&
  (byte(bytes, at + 7) & 0xf0) > 0 &&
  (byte(bytes, at + 10) & 0x20) === 0x20 &&
  among(bytes, { from: at + 12, to: at + 160 }, '\0\0\x01')

const mpegTransport: Matcher = (bytes, at) =>
  [0, 1, 2, 3].every(
    (packet) =>
      byte(bytes, at + packet * TS_PACKET) === 0x47 && (byte(bytes, at + packet * TS_PACKET + 3) & 0x30) > 0,
  )

const photoshop: Matcher = (bytes, at) => has(bytes, at, '8BPS\0\x01\0\0\0\0\0\0')

const quiteOk: Matcher = (bytes, at) =>
  has(bytes, at, 'qoif') &&
  byte(bytes, at + 12) >= 3 &&
  byte(bytes, at + 12) <= 4 &&
  byte(bytes, at + 13) <= 1 &&
  big32(bytes, at + 4) < 0x10000

/** The closed list: first bytes, and what follows them. */
const FORMATS: readonly (readonly [firsts: readonly number[], Matcher])[] = [
  [[0xff], jpeg],
  [[0x89], png],
  [[0x47], gif],
  [[0x52], riff],
  [[0x42], bitmap],
  [[0x49, 0x4d], tiff],
  [[0x00], icon],
  [[0x00], isoMedia],
  [[0x00, 0xff], jpeg2000],
  [[0x00], jpegXl],
  [[0x1a], matroska],
  [[0x46], flash],
  [[0x30], windowsMedia],
  [[0x4f], ogg],
  [[0x00], mpegProgram],
  [[0x00], mpegVideo],
  [[0x47], mpegTransport],
  [[0x38], photoshop],
  [[0x71], quiteOk],
]

/** Matchers by first byte; undefined for most. */
const BY_FIRST_BYTE: readonly (readonly Matcher[] | undefined)[] = Array.from({ length: 256 }, (_, first) => {
  const matchers = FORMATS.filter(([firsts]) => firsts.includes(first)).map(([, matcher]) => matcher)
  return matchers.length > 0 ? matchers : undefined
})

/** Whether an image or video starts anywhere in the bytes. Linear in their number. */
export function hasMedia(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const matchers = BY_FIRST_BYTE[bytes[at] as number]
    if (matchers === undefined) continue
    for (const matches of matchers) if (matches(bytes, at)) return true
  }
  return false
}
