// Signatures of video. docs/spec/referral.md, "Content guard"

import { among, big16, big32, byte, type Format, has, type Matcher, printable, signature } from './match.ts'

const TS_PACKET = 188
const BLURAY_PACKET = 192
/** Minimum number of consecutive valid packets in a transport stream. */
const PACKETS = 4
const MOST_PACKETS = 16
/** Identifiers of the tables that list programs and their names. */
const TABLES: readonly number[] = [0x00, 0x11]
/** Number of signs that prove a transport stream: a counter that continues, or a table. Two rarely occur by chance. */
const EVIDENCE = 2
/** Length of an MPEG pack header in bytes. */
const PACK_HEADER = 13
/** All flags of an Ogg page together. */
const OGG_FLAGS = 7
/** Length of a DV block in bytes. */
const DV_BLOCK = 80

/** Matches ISO base media: MP4, QuickTime, HEIC, AVIF, 3GP. The size of a box precedes its type. */
const isoMedia: Matcher = (bytes, at) => {
  const size = big32(bytes, at)
  if (size < 8 || byte(bytes, at) !== 0) return false
  if (has(bytes, at + 4, 'ftyp') || has(bytes, at + 4, 'styp')) {
    return size >= 12 && size <= 1024 && printable(bytes, at + 8, 4)
  }
  if (has(bytes, at + 4, 'moov') || has(bytes, at + 4, 'moof'))
    return has(bytes, at + 12, 'mvhd') || has(bytes, at + 12, 'mfhd') || has(bytes, at + 12, 'cmov')
  return (
    (has(bytes, at + 4, 'wide') || has(bytes, at + 4, 'skip') || has(bytes, at + 4, 'free')) &&
    (has(bytes, at + size + 4, 'mdat') || has(bytes, at + size + 4, 'moov'))
  )
}

const riff: Matcher = (bytes, at) =>
  ['WEBPVP8', 'AVI LIST', 'AVI JUNK', 'ACON', 'RMMP', 'RDIB'].some((type) => has(bytes, at + 8, type))

const matroska: Matcher = (bytes, at) =>
  among(bytes, { from: at + 4, to: at + 64 }, 'matroska') ||
  among(bytes, { from: at + 4, to: at + 64 }, 'webm')

const ogg: Matcher = (bytes, at) =>
  byte(bytes, at + 5) <= OGG_FLAGS &&
  ['theora', '\x80daala', 'BBCD\0', 'OVP80', 'video\0\0\0'].some((codec) =>
    among(bytes, { from: at + 27, to: at + 64 }, codec),
  )

const programStream: Matcher = (bytes, at) =>
  at + PACK_HEADER <= bytes.length &&
  ((byte(bytes, at + 4) & 0xf1) === 0x21
    ? (byte(bytes, at + 6) & 1) === 1 &&
      (byte(bytes, at + 8) & 1) === 1 &&
      (byte(bytes, at + 9) & 0x80) !== 0 &&
      has(bytes, at + 12, '\0\0\x01')
    : (byte(bytes, at + 4) & 0xc4) === 0x44 &&
      (byte(bytes, at + 6) & 4) === 4 &&
      (byte(bytes, at + 8) & 4) === 4 &&
      (byte(bytes, at + 9) & 1) === 1 &&
      (byte(bytes, at + 12) & 3) === 3 &&
      has(bytes, at + 14 + (byte(bytes, at + 13) & 7), '\0\0\x01'))

const sequence: Matcher = (bytes, at) =>
  (byte(bytes, at + 7) & 0xf0) > 0 &&
  (byte(bytes, at + 10) & 0x20) === 0x20 &&
  among(bytes, { from: at + 12, to: at + 160 }, '\0\0\x01')

/** Matches a sequence parameter set of H.264 that is soon followed by a picture parameter set. */
const h264: Matcher = (bytes, at) =>
  (byte(bytes, at + 4) & 0x9f) === 0x07 &&
  [66, 77, 88, 100, 110, 122, 244].includes(byte(bytes, at + 5)) &&
  ['\0\0\x01\x68', '\0\0\x01\x28', '\0\0\x01\x48'].some((set) =>
    among(bytes, { from: at + 8, to: at + 128 }, set),
  )

/** Matches a visual object sequence of MPEG-4 part 2, followed by its visual object. */
const mpeg4: Matcher = (bytes, at) => among(bytes, { from: at + 5, to: at + 32 }, '\0\0\x01\xb5')

/** Matches a video parameter set of H.265, followed by a sequence parameter set. */
const h265: Matcher = (bytes, at) =>
  has(bytes, at + 4, '\x40\x01') && among(bytes, { from: at + 8, to: at + 128 }, '\0\0\x01\x42\x01')

/** Whether consecutive packets have matching identifiers and counters. By chance, or in lines of equal length, they do not match. */
function packets(bytes: Uint8Array, at: number, length: number): boolean {
  if (bytes[at + length] !== 0x47) return false
  const counters = new Map<number, number>()
  let evidence = 0
  for (let packet = 0, start = at; packet < MOST_PACKETS; packet++, start += length) {
    if (!isPacket(bytes, start)) return packet >= PACKETS && evidence >= EVIDENCE
    const [id, flags] = [big16(bytes, start + 1) & 0x1fff, byte(bytes, start + 3)]
    const before = counters.get(id)
    if (before === undefined ? TABLES.includes(id) : (flags & 0x0f) === ((before + 1) & 0x0f)) evidence += 1
    counters.set(id, flags & 0x0f)
  }
  return evidence >= EVIDENCE
}

function isPacket(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x47 || ((bytes[at + 1] as number) & 0x80) !== 0) return false
  const flags = byte(bytes, at + 3)
  return (flags & 0x30) !== 0 && (flags & 0xc0) !== 0x40
}

const transportStream: Matcher = (bytes, at) =>
  packets(bytes, at, TS_PACKET) || packets(bytes, at, BLURAY_PACKET)

const real: Matcher = (bytes, at) => has(bytes, at + 4, '\0\0\0')
const material: Matcher = (bytes, at) => has(bytes, at + 4, '\x02\x05\x01\x01\x0d\x01\x02')
const shockwave: Matcher = (bytes, at) =>
  byte(bytes, at + 3) > 0 &&
  byte(bytes, at + 3) < 64 &&
  byte(bytes, at + 7) === 0 &&
  byte(bytes, at + 8) < 0x88 &&
  byte(bytes, at + 8) >= 0x40 &&
  (byte(bytes, at + 8) & 7) === 0 &&
  byte(bytes, at + 9) === 0

/** The closed list of video, and of containers that may hold video. */
export const VIDEO: readonly Format[] = [
  [[0x0000], isoMedia],
  signature('RIFF', riff),
  signature('RIFX', riff),
  signature('\x1a\x45\xdf\xa3', matroska),
  signature('FLV\x01', (bytes, at) => has(bytes, at + 5, '\0\0\0\x09')),
  signature('FWS', shockwave),
  signature('\x30\x26\xb2\x75\x8e\x66\xcf\x11'),
  signature('OggS\0', ogg),
  signature('\0\0\x01\xba', programStream),
  signature('\0\0\x01\xb3', sequence),
  signature('\0\0\x01\xb0', mpeg4),
  signature('\0\0\0\x01', h264),
  signature('\0\0\0\x01', h265),
  [Array.from({ length: 256 }, (_, second) => 0x4700 + second), transportStream],
  signature('DKIF\0\0'),
  signature('YUV4MPEG2 '),
  signature('.RMF', real),
  signature('\x06\x0e\x2b\x34', material),
  signature('nut/multimedia container'),
  signature('\xb7\xd8\0\x20\x37\x49\xda\x11'),
  signature('\x1f\x07\0', (bytes, at) => has(bytes, at + DV_BLOCK, '\x3f\x07\0')),
]
