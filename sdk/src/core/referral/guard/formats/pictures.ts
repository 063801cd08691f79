// Signatures of images. docs/spec/referral.md, "Content guard"

import { JPEG } from './jpeg.ts'
import { big16, big32, byte, type Format, has, little16, little32, type Matcher, signature } from './match.ts'
import { PORTABLE } from './portable.ts'

const BMP_HEADERS: readonly number[] = [12, 16, 40, 52, 56, 64, 108, 124]
const DEPTHS: readonly number[] = [0, 1, 2, 4, 8, 16, 24, 32]
/** Maximum side of a GIF in practice, in pixels. Two ASCII letters, read as a number, are larger. */
const GIF_SIDE = 0x2000
/** Maximum offset of the directory in a truncated TIFF. */
const MOST_OFFSET = 0x100000

const gif: Matcher = (bytes, at) => {
  if (!has(bytes, at, 'GIF87a') && !has(bytes, at, 'GIF89a')) return false
  const [width, height] = [little16(bytes, at + 6), little16(bytes, at + 8)]
  if (width <= 0 || height <= 0) return false
  const packed = byte(bytes, at + 10)
  const colours = packed & 0x80 ? 3 << ((packed & 7) + 1) : 0
  const isBlock = [0x21, 0x2c, 0x3b].includes(byte(bytes, at + 13 + colours))
  return (width < GIF_SIDE && height < GIF_SIDE) || isBlock
}

/** Whether the planes and bits of a bitmap header are at an offset, in two bytes each. */
const hasPlanes = (bytes: Uint8Array, at: number) =>
  little16(bytes, at) === 1 && DEPTHS.includes(little16(bytes, at + 2))

const bitmap: Matcher = (bytes, at) => {
  const header = little32(bytes, at + 14)
  return BMP_HEADERS.includes(header) && hasPlanes(bytes, at + (header === 12 ? 22 : 26))
}

const bitmapArray: Matcher = (bytes, at) =>
  [26, 40, 50, 54, 78].includes(little32(bytes, at + 2)) &&
  hasOne(bytes, at + 14, ['BM', 'IC', 'CI', 'CP', 'PT'])

const hasOne = (bytes: Uint8Array, at: number, all: readonly string[]) =>
  all.some((one) => has(bytes, at, one))

/** Matches a bitmap without a file header, as in the clipboard and in icons. */
const deviceBitmap: Matcher = (bytes, at) =>
  big16(bytes, at + 6) === 0 &&
  (little16(bytes, at + 10) === 0 || little16(bytes, at + 10) === 0xffff) &&
  little16(bytes, at + 4) > 0 &&
  little16(bytes, at + 8) > 0 &&
  hasPlanes(bytes, at + 12) &&
  little32(bytes, at + 16) <= 6

const tiff: Matcher = (bytes, at) => {
  const little = has(bytes, at, 'II')
  const [short, long] = little ? ([little16, little32] as const) : ([big16, big32] as const)
  if (short(bytes, at + 2) === 43) return short(bytes, at + 4) === 8 && short(bytes, at + 6) === 0
  if (![0x2a, 0x55, 0x4f52, 0x5352].includes(short(bytes, at + 2))) return false
  const usual = at === 0 || short(bytes, at + 2) === 0x2a
  const directory = long(bytes, at + 4)
  if (directory < 8) return false
  // The directory often follows the picture, and may have been cut off.
  if (at + directory + 2 > bytes.length) return usual && directory % 2 === 0 && directory < MOST_OFFSET
  const entries = short(bytes, at + directory)
  return entries > 0 && entries <= 256
}

const icon: Matcher = (bytes, at) =>
  (has(bytes, at, '\0\0\x01\0') || has(bytes, at, '\0\0\x02\0')) &&
  little16(bytes, at + 4) > 0 &&
  little16(bytes, at + 4) <= 64 &&
  byte(bytes, at + 9) === 0 &&
  (byte(bytes, at + 2) === 2 ||
    (little16(bytes, at + 10) <= 1 && DEPTHS.includes(little16(bytes, at + 12)))) &&
  little32(bytes, at + 18) === 6 + 16 * little16(bytes, at + 4)

/** Whether the end of a PCX header is all zeros, which confirms an uncompressed PCX. */
const isFilled = (bytes: Uint8Array, at: number) =>
  bytes.length >= at + 128 && bytes.subarray(at + 74, at + 128).every((value) => value === 0)

const paintbrush: Matcher = (bytes, at) => {
  const [version, bits, planes] = [byte(bytes, at + 1), byte(bytes, at + 3), byte(bytes, at + 65)]
  const width = little16(bytes, at + 8) - little16(bytes, at + 4) + 1
  const line = little16(bytes, at + 66)
  return (
    [0, 2, 3, 4, 5].includes(version) &&
    (byte(bytes, at + 2) === 1 || (byte(bytes, at + 2) === 0 && isFilled(bytes, at))) &&
    [1, 2, 4, 8].includes(bits) &&
    byte(bytes, at + 64) === 0 &&
    planes >= 1 &&
    planes <= 4 &&
    width > 0 &&
    line * 8 >= width * bits &&
    line <= Math.ceil((width * bits) / 8) + 4 &&
    little16(bytes, at + 10) >= little16(bytes, at + 6)
  )
}

const quiteOk: Matcher = (bytes, at) =>
  byte(bytes, at + 12) >= 3 &&
  byte(bytes, at + 12) <= 4 &&
  byte(bytes, at + 13) <= 1 &&
  big32(bytes, at + 4) < 0x10000

const photoshop: Matcher = (bytes, at) =>
  [1, 2].includes(big16(bytes, at + 4)) && has(bytes, at + 6, '\0\0\0\0\0\0')

const enhancedMetafile: Matcher = (bytes, at) => has(bytes, at + 40, ' EMF')

const dicom: Matcher = (bytes, at) => has(bytes, at + 4, '\x02\0') && printableValue(bytes, at + 8)
const printableValue = (bytes: Uint8Array, at: number) =>
  [byte(bytes, at), byte(bytes, at + 1)].every((value) => value >= 0x41 && value <= 0x5a)

const BITMAPS = ['BM', 'CI', 'CP', 'IC', 'PT'].map((text) => text.charCodeAt(0) * 0x100 + text.charCodeAt(1))

const silicon: Matcher = (bytes, at) =>
  [0, 1].includes(byte(bytes, at + 2)) &&
  [1, 2].includes(byte(bytes, at + 3)) &&
  [1, 2, 3].includes(big16(bytes, at + 4)) &&
  big16(bytes, at + 6) > 0 &&
  big16(bytes, at + 10) <= 4 &&
  byte(bytes, at + 12) === 0

/** Whether a version such as V1.0 is at an offset. */
const version =
  (from: number): Matcher =>
  (bytes, at) =>
    has(bytes, at + from, 'V') && has(bytes, at + from + 2, '.')

/** The closed list of images. */
export const PICTURES: readonly Format[] = [
  JPEG,
  ...PORTABLE,
  signature('\x89PNG\r\n\x1a\n'),
  signature('\x8bJNG\r\n\x1a\n'),
  signature('\x8aMNG\r\n\x1a\n'),
  [[0x4749], gif],
  [BITMAPS, bitmap],
  signature('BA', bitmapArray),
  signature('\x28\0\0\0', deviceBitmap),
  [[0x4949, 0x4d4d], tiff],
  signature('II\xbc\x01\x20\0\0\0'),
  [[0x0000], icon],
  [[0x0a00, 0x0a02, 0x0a03, 0x0a04, 0x0a05], paintbrush],
  signature('\0\0\0\x0cjP  \r\n\x87\n'),
  signature('\0\0\0\x0cJXL \r\n\x87\n'),
  signature('\xff\x4f\xff\x51\0', (bytes, at) => big16(bytes, at + 4) === 38 + 3 * big16(bytes, at + 40)),
  signature('8BPS', photoshop),
  signature('qoif', quiteOk),
  signature('TRUEVISION-XFILE.'),
  signature('DDS \x7c\0\0\0'),
  signature('\x76\x2f\x31\x01\x02\0\0\0'),
  signature('#?RADIANCE\n'),
  signature('gimp xcf '),
  signature('id=ImageMagick'),
  [[0x01da], silicon],
  signature('FUJIFILMCCD-RAW '),
  signature('\xd7\xcd\xc6\x9a\0\0'),
  signature('AT&TFORM'),
  signature('farbfeld', (bytes, at) => big16(bytes, at + 8) === 0 && big16(bytes, at + 12) === 0),
  signature('\x01\0\0\0', enhancedMetafile),
  signature('DICM', dicom),
  signature('\x59\xa6\x6a\x95', (bytes, at) => [0, 1, 2, 3].includes(big32(bytes, at + 20))),
  signature('SDPX', version(8)),
  signature('XPDS', version(8)),
  signature('\x80\x2a\x5f\xd7', version(24)),
  signature('SIMPLE  =', (bytes, at) => has(bytes, at + 29, 'T')),
  [[0x0000], (bytes, at) => big16(bytes, at + 2) <= 256 && has(bytes, at + 4, '\0\0\0\x07\0\0\0\x02\0\0\0')],
  signature('\0\x11\x02\xff\x0c\0'),
]
