// Archives and compressed files that the guard does not unpack. A referral has no use for them. docs/spec/referral.md, "Content guard"

import { byte, type Format, has, little16, type Matcher, signature } from './match.ts'

/** Compression methods of ZIP: APPNOTE.TXT, section 4.4.5. */
const ZIP_METHODS: readonly number[] = [0, 1, 6, 8, 9, 12, 14, 93, 95, 96, 97, 98, 99]
const ZIP_VERSIONS = 63
const MOST_NAME = 1024
/** Largest block of zstd, in bytes. RFC 8878, section 3.1.1.2.4 */
const ZSTD_BLOCK = 0x20000
const ZSTD_SIZE_BYTES: readonly number[] = [0, 2, 4, 8]

const zip: Matcher = (bytes, at) =>
  little16(bytes, at + 4) <= ZIP_VERSIONS &&
  (byte(bytes, at + 7) & 0xd0) === 0 &&
  ZIP_METHODS.includes(little16(bytes, at + 8)) &&
  little16(bytes, at + 26) <= MOST_NAME

/** Matches a frame of zstd without a dictionary, and the header of its first block. RFC 8878, section 3.1.1 */
const zstd: Matcher = (bytes, at) => {
  const descriptor = byte(bytes, at + 4)
  if ((descriptor & 0x1b) !== 0) return false
  const single = (descriptor & 0x20) !== 0
  const size = single && descriptor < 0x40 ? 1 : (ZSTD_SIZE_BYTES[descriptor >> 6] as number)
  const block = at + 5 + (single ? 0 : 1) + size
  const header = little16(bytes, block) + byte(bytes, block + 2) * 0x10000
  return header >= 0 && (header & 6) !== 6 && header >> 3 <= ZSTD_BLOCK
}

/** Matches a frame of LZ4: version 1, then a block size of 64 KiB to 4 MiB. */
const lz4: Matcher = (bytes, at) =>
  (byte(bytes, at + 4) & 0xc2) === 0x40 && (byte(bytes, at + 5) & 0x8f) === 0 && byte(bytes, at + 5) >= 0x40

const bzip2: Matcher = (bytes, at) =>
  has(bytes, at + 4, '1AY&SY') || has(bytes, at + 4, '\x17\x72\x45\x38\x50\x90')

export const ARCHIVES: readonly Format[] = [
  signature('PK\x03\x04', zip),
  signature('\x28\xb5\x2f\xfd', (bytes, at) => at === 0 && zstd(bytes, at)),
  signature('7z\xbc\xaf\x27\x1c'),
  signature('Rar!\x1a\x07'),
  signature('\xfd7zXZ\0'),
  signature('BZh', bzip2),
  signature('LZIP\x01', (bytes, at) => at === 0 && byte(bytes, 5) >= 12),
  signature('MSCF\0\0\0\0'),
  signature('\x04\x22\x4d\x18', (bytes, at) => at === 0 && lz4(bytes, at)),
]
