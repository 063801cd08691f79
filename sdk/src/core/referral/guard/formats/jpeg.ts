// JPEG: any legal marker after the start of the image. ITU-T T.81, annex B; docs/spec/referral.md, "Content guard"

import { big16, byte, type Format, has, printable } from './match.ts'

/** Maximum number of fill bytes (T.81 B.1.1.2) to skip before a marker. */
const MOST_FILL = 64
/** Lengths of a segment that contains one to four quantisation tables of 8 or 16 bits. */
const TABLES: readonly number[] = [0x43, 0x84, 0xc5, 0x106, 0x83, 0x104, 0x185, 0x206]
/** Beginnings of the application data that cameras and programs write. */
const APPLICATIONS = [
  'JFIF\0',
  'JFXX\0',
  'Exif\0',
  'http:',
  'Adobe',
  'ICC_P',
  'Photo',
  'MPF\0',
  'AVI1',
  'FPXR',
]

interface Segment {
  readonly marker: number
  /** Offset of the length of the segment. */
  readonly at: number
  readonly length: number
  readonly end: number
}

/** Returns the segment whose marker begins at an offset, possibly after fill bytes. */
function segmentAt(bytes: Uint8Array, from: number): Segment | undefined {
  let at = from
  if (byte(bytes, at) !== 0xff) return undefined
  while (byte(bytes, at + 1) === 0xff && at - from < MOST_FILL) at += 1
  const length = big16(bytes, at + 2)
  return { marker: byte(bytes, at + 1), at: at + 2, length, end: at + 2 + length }
}

const COMMENT = 0xfe
const isApplication = (marker: number) => marker >= 0xe0 && marker <= 0xef
/** Whether a marker starts a frame of T.81 or of JPEG-LS. */
const isFrame = (marker: number) =>
  (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7

/** Whether the content of a segment has the structure that its marker requires. */
function hasShape(bytes: Uint8Array, { marker, at, length }: Segment): boolean {
  if (length < 2) return false
  if (isApplication(marker) || marker === COMMENT) return true
  if (marker === 0xdb) return TABLES.includes(length) && (byte(bytes, at + 2) & 0xec) === 0
  if (marker === 0xc4) return length >= 20 && length <= 0x420 && (byte(bytes, at + 2) & 0xec) === 0
  if (marker === 0xdd) return length === 4
  if (marker === 0xdf) return length === 3
  if (marker === 0xcc) return length % 2 === 0 && length <= 34
  if (marker === 0xda) return length === 6 + 2 * byte(bytes, at + 2) && byte(bytes, at + 2) <= 4
  if (!isFrame(marker) && marker !== 0xde) return false
  const components = byte(bytes, at + 7)
  return length === 8 + 3 * components && components <= 4 && byte(bytes, at + 2) <= 16
}

/** Whether this segment alone proves a JPEG, because its first bytes are rare elsewhere. */
function isTelling(bytes: Uint8Array, { marker, at, length }: Segment): boolean {
  if (marker === COMMENT) return length > 14 && printable(bytes, at + 2, 12)
  if (isApplication(marker)) return APPLICATIONS.some((name) => has(bytes, at + 2, name))
  return marker === 0xdb || marker === 0xda || isFrame(marker)
}

export const JPEG: Format = [
  [0xffd8],
  (bytes, at) => {
    const first = segmentAt(bytes, at + 2)
    if (first === undefined || !hasShape(bytes, first)) return false
    if (isTelling(bytes, first)) return true
    const second = segmentAt(bytes, first.end)
    if (second === undefined || !hasShape(bytes, second)) return false
    if (isTelling(bytes, second)) return true
    const third = segmentAt(bytes, second.end)
    return third !== undefined && hasShape(bytes, third)
  },
]
