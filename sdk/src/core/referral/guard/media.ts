// Signatures of images and video: a closed list, each of at least four bytes plus structure. docs/spec/referral.md, "Content guard"

/** Reads the byte at an offset; -1 beyond the end. */
export type Read = (at: number) => number

/** Whether media starts at an offset. Reads a bounded number of bytes. */
type Matcher = (read: Read, at: number) => boolean

const TS_PACKET = 188
const BMP_HEADERS: readonly number[] = [12, 40, 52, 56, 64, 108, 124]
const ICON_DEPTHS: readonly number[] = [0, 1, 4, 8, 16, 24, 32]
const JPEG_TABLES: readonly number[] = [0x43, 0x84, 0xc5, 0x106]
/** Maximum side of a GIF: larger than any picture in a referral, and smaller than two ASCII letters read as a number. */
const GIF_SIDE = 0x2000

const big16 = (read: Read, at: number) => read(at) * 0x100 + read(at + 1)
const big32 = (read: Read, at: number) => big16(read, at) * 0x10000 + big16(read, at + 2)
const little16 = (read: Read, at: number) => read(at + 1) * 0x100 + read(at)
const little32 = (read: Read, at: number) => little16(read, at + 2) * 0x10000 + little16(read, at)

/** Whether these bytes (a Latin-1 text) are found at an offset. */
function has(read: Read, at: number, expected: string): boolean {
  for (let i = 0; i < expected.length; i++) if (read(at + i) !== expected.charCodeAt(i)) return false
  return true
}

/** Whether `count` printable ASCII characters are found at an offset. */
function printable(read: Read, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) if (read(i) < 0x20 || read(i) > 0x7e) return false
  return true
}

function among(read: Read, { from, to }: { from: number; to: number }, expected: string): boolean {
  for (let i = from; i < to; i++) if (has(read, i, expected)) return true
  return false
}

const jpeg: Matcher = (read, at) => {
  const marker = read(at + 3)
  const length = big16(read, at + 4)
  if (!has(read, at, '\xff\xd8\xff') || length < 3) return false
  if (marker === 0xdb) return JPEG_TABLES.includes(length) && read(at + 6) <= 0x13
  return ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) && printable(read, at + 6, 4)
}

const png: Matcher = (read, at) => has(read, at, '\x89PNG\r\n\x1a\n')

const gif: Matcher = (read, at) => {
  if (!has(read, at, 'GIF87a') && !has(read, at, 'GIF89a')) return false
  const [width, height] = [little16(read, at + 6), little16(read, at + 8)]
  return width > 0 && width < GIF_SIDE && height > 0 && height < GIF_SIDE
}

const riff: Matcher = (read, at) =>
  has(read, at, 'RIFF') && (has(read, at + 8, 'WEBPVP8') || has(read, at + 8, 'AVI LIST'))

const bitmap: Matcher = (read, at) =>
  has(read, at, 'BM') && has(read, at + 6, '\0\0\0\0') && BMP_HEADERS.includes(little32(read, at + 14))

const tiff: Matcher = (read, at) => {
  const little = has(read, at, 'II*\0')
  if (!little && !has(read, at, 'MM\0*')) return false
  const directory = little ? little32(read, at + 4) : big32(read, at + 4)
  const entries = (little ? little16 : big16)(read, at + directory)
  return directory >= 8 && entries > 0 && entries <= 256
}

const icon: Matcher = (read, at) =>
  (has(read, at, '\0\0\x01\0') || has(read, at, '\0\0\x02\0')) &&
  little16(read, at + 4) > 0 &&
  little16(read, at + 4) <= 64 &&
  read(at + 9) === 0 &&
  little16(read, at + 10) <= 1 &&
  ICON_DEPTHS.includes(little16(read, at + 12)) &&
  little32(read, at + 18) === 6 + 16 * little16(read, at + 4)

/** ISO base media: MP4, QuickTime, HEIC, AVIF, 3GP. The box size precedes the type. */
const isoMedia: Matcher = (read, at) =>
  has(read, at, '\0\0') &&
  big32(read, at) >= 12 &&
  big32(read, at) <= 1024 &&
  has(read, at + 4, 'ftyp') &&
  printable(read, at + 8, 4)

const jpeg2000: Matcher = (read, at) =>
  has(read, at, '\0\0\0\x0cjP  \r\n\x87\n') || has(read, at, '\xff\x4f\xff\x51\0')

const jpegXl: Matcher = (read, at) => has(read, at, '\0\0\0\x0cJXL \r\n\x87\n')

const matroska: Matcher = (read, at) =>
  has(read, at, '\x1a\x45\xdf\xa3') &&
  (among(read, { from: at + 4, to: at + 64 }, 'matroska') ||
    among(read, { from: at + 4, to: at + 64 }, 'webm'))

const flash: Matcher = (read, at) => has(read, at, 'FLV\x01') && has(read, at + 5, '\0\0\0\x09')

const windowsMedia: Matcher = (read, at) => has(read, at, '\x30\x26\xb2\x75\x8e\x66\xcf\x11')

const ogg: Matcher = (read, at) =>
  has(read, at, 'OggS\0') && among(read, { from: at + 27, to: at + 64 }, 'theora')

const mpegProgram: Matcher = (read, at) =>
  has(read, at, '\0\0\x01\xba') &&
  (read(at + 4) & 0xc4) === 0x44 &&
  (read(at + 6) & 4) === 4 &&
  (read(at + 8) & 4) === 4 &&
  (read(at + 9) & 1) === 1 &&
  (read(at + 12) & 3) === 3

const mpegVideo: Matcher = (read, at) =>
  has(read, at, '\0\0\x01\xb3') &&
  (read(at + 7) & 0xf0) > 0 &&
  (read(at + 10) & 0x20) === 0x20 &&
  among(read, { from: at + 12, to: at + 160 }, '\0\0\x01')

const mpegTransport: Matcher = (read, at) =>
  [0, 1, 2, 3].every(
    (packet) => read(at + packet * TS_PACKET) === 0x47 && (read(at + packet * TS_PACKET + 3) & 0x30) > 0,
  )

const photoshop: Matcher = (read, at) => has(read, at, '8BPS\0\x01\0\0\0\0\0\0')

const quiteOk: Matcher = (read, at) =>
  has(read, at, 'qoif') &&
  read(at + 12) >= 3 &&
  read(at + 12) <= 4 &&
  read(at + 13) <= 1 &&
  big32(read, at + 4) < 0x10000

/** The closed list: first two bytes, big-endian, and a matcher for the rest. A transport stream is recognised by its first byte alone. */
const FORMATS: readonly (readonly [firsts: readonly number[], Matcher])[] = [
  [[0xffd8], jpeg],
  [[0x8950], png],
  [[0x4749], gif],
  [[0x5249], riff],
  [[0x424d], bitmap],
  [[0x4949, 0x4d4d], tiff],
  [[0x0000], icon],
  [[0x0000], isoMedia],
  [[0x0000, 0xff4f], jpeg2000],
  [[0x0000], jpegXl],
  [[0x1a45], matroska],
  [[0x464c], flash],
  [[0x3026], windowsMedia],
  [[0x4f67], ogg],
  [[0x0000], mpegProgram],
  [[0x0000], mpegVideo],
  [Array.from({ length: 256 }, (_, second) => 0x4700 + second), mpegTransport],
  [[0x3842], photoshop],
  [[0x716f], quiteOk],
]

/** Matchers by first two bytes. */
const MATCHERS = Map.groupBy(
  FORMATS.flatMap(([firsts, matches]) => firsts.map((first) => ({ first, matches }))),
  ({ first }) => first,
)

const BEGINNINGS = new Uint8Array(0x10000)
for (const first of MATCHERS.keys()) BEGINNINGS[first] = 1

/** Whether media may start with these two bytes (big-endian): false for almost all. */
export function mayStart(firstTwo: number): boolean {
  return BEGINNINGS[firstTwo] === 1
}

/** Whether an image or video starts at an offset. */
export function startsMedia(read: Read, at: number): boolean {
  const matchers = MATCHERS.get(big16(read, at)) ?? []
  return matchers.some(({ matches }) => matches(read, at))
}

/** Whether an image or video starts anywhere in the bytes. Linear in their number. */
export function hasMedia(bytes: Uint8Array): boolean {
  const read: Read = (at) => bytes[at] ?? -1
  for (let at = 0; at + 1 < bytes.length; at++) {
    const firstTwo = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
    if (mayStart(firstTwo) && startsMedia(read, at)) return true
  }
  return false
}
