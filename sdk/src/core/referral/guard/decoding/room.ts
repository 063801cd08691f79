// Buffers that the guard uses again. docs/spec/referral.md, "Content guard"

/** Maximum size of a buffer that is used again. Longer texts are rare, and get new buffers. */
const KEPT = 0x4000
const ROOMS: Uint8Array[] = []

/**
 * Returns a buffer of at least `length` bytes with arbitrary content. Each use has one buffer, which is valid until the next
 * call for that use. Otherwise, thousands of short texts would leave as many buffers for the garbage collector.
 */
export function roomFor(use: number, length: number): Uint8Array {
  if (length > KEPT) return new Uint8Array(length)
  ROOMS[use] ??= new Uint8Array(KEPT)
  return ROOMS[use]
}
