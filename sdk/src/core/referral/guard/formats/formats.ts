// The formats that are refused wherever they start in some bytes: images, video, page descriptions and archives. docs/spec/referral.md, "Content guard"

import { STREAMS } from '../packed/streams.ts'
import { ARCHIVES } from './archives.ts'
import type { Matcher } from './match.ts'
import { PICTURES } from './pictures.ts'
import { VECTOR } from './vector.ts'
import { VIDEO } from './video.ts'

const FORMATS = [...PICTURES, ...VECTOR, ...VIDEO, ...ARCHIVES]

/** Place in MATCHERS by the first two bytes, big-endian; 0 for almost all. In one byte each, so that the table stays in the cache. */
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

/** Several formats begin with two zeros, none with four: long runs of zeros cost little. */
const ZEROS = PLACES[0] as number
/** First bytes of compressed streams, in which nothing else begins. */
const PACKED = MATCHERS.push([]) - 1
for (const first of STREAMS) PLACES[first] = PACKED

/** Whether something of the closed list starts anywhere in the bytes, or else a stream that may hold it. Linear in their number. */
export function formatIn(bytes: Uint8Array): 'format' | 'perhaps packed' | undefined {
  const last = bytes.length - 1
  let packed = false
  let pair = bytes[0] as number
  for (let at = 0; at < last; at++) {
    pair = ((pair & 0xff) << 8) | (bytes[at + 1] as number)
    const place = PLACES[pair] as number
    if (place === 0 || (place === ZEROS && bytes[at + 2] === 0 && bytes[at + 3] === 0)) continue
    if (place === PACKED) packed = true
    else if (matchesAt(bytes, at, MATCHERS[place] as readonly Matcher[])) return 'format'
  }
  return packed ? 'perhaps packed' : undefined
}

function matchesAt(bytes: Uint8Array, at: number, matchers: readonly Matcher[]): boolean {
  for (const matches of matchers) if (matches(bytes, at)) return true
  return false
}
