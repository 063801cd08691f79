// Room for what the guard looks at next. docs/spec/referral.md, "Content guard"

/** Longer texts are rare, and get room of their own. */
const KEPT = 0x4000
const ROOMS: Uint8Array[] = []

/**
 * Room for `length` bytes with whatever they held before, the same for each use until it is asked for again: thousands of short
 * texts would leave as many pieces of memory behind.
 */
export function roomFor(use: number, length: number): Uint8Array {
  if (length > KEPT) return new Uint8Array(length)
  ROOMS[use] ??= new Uint8Array(KEPT)
  return ROOMS[use]
}
