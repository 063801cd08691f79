// Damages bytes as an attacker or a bad line would, reproducibly for a seed.
import { Buffer } from 'node:buffer'

/** Returns an integer of at least 0 and less than `most`, reproducibly for a seed (mulberry32). */
type Dice = (most: number) => number

/** Makes dice for a seed. */
export function dice(seed: number): Dice {
  let state = seed >>> 0
  return (most) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most
  }
}

const EDGES = [0x00, 0x01, 0x22, 0x2d, 0x5c, 0x7b, 0x7f, 0x80, 0xc0, 0xff]
const LIES = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x00],
  Array<number>(10).fill(0xff),
  [0x84, 0xff, 0xff, 0xff, 0xff],
]
const MOST_REPEATS = 4096

type Change = (bytes: Buffer, roll: Dice, other: Uint8Array) => Buffer

const CHANGES: readonly Change[] = [
  function flipBit(bytes, roll) {
    const at = roll(bytes.length)
    const copy = Buffer.from(bytes)
    copy.writeUInt8((copy[at] ?? 0) ^ (1 << roll(8)), at)
    return copy
  },
  function setByte(bytes, roll) {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(EDGES[roll(EDGES.length)] ?? 0, roll(bytes.length))
    return copy
  },
  function lieAboutLength(bytes, roll) {
    const at = roll(bytes.length)
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from(LIES[roll(LIES.length)] ?? []),
      bytes.subarray(at + 1),
    ])
  },
  function truncate(bytes, roll) {
    return bytes.subarray(0, roll(bytes.length))
  },
  function cut(bytes, roll) {
    const at = roll(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + roll(32))])
  },
  function splice(bytes, roll, other) {
    const from = roll(Math.max(1, other.length))
    const at = roll(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + roll(256)), bytes.subarray(at)])
  },
  function repeat(bytes, roll) {
    const [at, length] = [roll(bytes.length), 1 + roll(64)]
    const part = bytes.subarray(at, at + length)
    const times = roll(16) === 0 ? roll(MOST_REPEATS) : roll(8)
    return Buffer.concat([bytes.subarray(0, at), ...Array<Buffer>(times).fill(part), bytes.subarray(at)])
  },
]

/** Makes one to four changes to the bytes. Some of the new bytes come from `other`. */
export function mutate(bytes: Uint8Array, other: Uint8Array, roll: Dice): Buffer {
  let changed: Buffer = Buffer.from(bytes)
  for (let changes = 1 + roll(4); changes > 0 && changed.length > 0; changes--)
    changed = CHANGES[roll(CHANGES.length)]?.(changed, roll, other) ?? changed
  return changed
}
