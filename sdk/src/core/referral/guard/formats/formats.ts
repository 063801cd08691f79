// The formats that are refused wherever they start in a sequence of bytes: images, video, page descriptions and archives.
// docs/spec/referral.md, "Content guard"

import { STREAMS } from '../packed/streams.ts'
import { ARCHIVES } from './archives.ts'
import type { Matcher } from './match.ts'
import { PICTURES } from './pictures.ts'
import { VECTOR } from './vector.ts'
import { VIDEO } from './video.ts'

const FORMATS = [...PICTURES, ...VECTOR, ...VIDEO, ...ARCHIVES]

/**
 * Index into MATCHERS by the first two bytes, big-endian; 0 for almost all. Each index takes one byte, so that the table stays in the CPU
 * cache.
 */
const PLACES = new Uint8Array(0x10000)
const MATCHERS: (readonly Matcher[])[] = [[]]
for (const [firsts, matches] of FORMATS) {
  const places = new Map<number, number>()
  for (const first of firsts) {
    const before = PLACES[first] as number
    const place =
      places.get(before) ?? MATCHERS.push([...(MATCHERS[before] as readonly Matcher[]), matches]) - 1
    places.set(before, place)
    PLACES[first] = place
  }
}

const NONE: readonly number[] = []
/** The index of the formats that begin with two zeros. None begins with four, so long runs of zeros are skipped quickly. */
const ZEROS = PLACES[0] as number
/** The index that marks the first two bytes of compressed streams. No other format begins with these bytes. */
const PACKED = MATCHERS.push([]) - 1
for (const first of STREAMS) PLACES[first] = PACKED

/**
 * Whether a format of the closed list starts anywhere in the bytes. If none does, returns the offsets at which a compressed stream may start.
 * Takes linear time.
 */
export function formatIn(bytes: Uint8Array): 'format' | readonly number[] {
  const last = bytes.length - 1
  let packed: number[] | undefined
  let pair = bytes[0] as number
  for (let at = 0; at < last; at++) {
    pair = ((pair & 0xff) << 8) | (bytes[at + 1] as number)
    const place = PLACES[pair] as number
    if (place === 0 || (place === ZEROS && bytes[at + 2] === 0 && bytes[at + 3] === 0)) continue
    if (place === PACKED) {
      packed ??= []
      packed.push(at)
    } else if (matchesAt(bytes, at, MATCHERS[place] as readonly Matcher[])) return 'format'
  }
  return packed ?? NONE
}

function matchesAt(bytes: Uint8Array, at: number, matchers: readonly Matcher[]): boolean {
  for (const matches of matchers) if (matches(bytes, at)) return true
  return false
}
