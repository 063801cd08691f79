// Buffers that the guard reuses. docs/spec/referral.md, "Content guard"

/** Maximum size of a buffer that outlives a call of the guard. Longer texts are rare. */
const KEPT = 0x4000
const ROOMS: Uint8Array[] = []

/**
 * Returns a buffer of at least `length` bytes with arbitrary content. `use`: number of a purpose. Each purpose has one buffer, which the
 * next call for the same purpose overwrites, because new buffers for thousands of texts would burden the garbage collector.
 */
export function roomFor(use: number, length: number): Uint8Array {
  const room = ROOMS[use]
  if (room !== undefined && room.length >= length) return room
  const larger = new Uint8Array(Math.max(length, KEPT))
  ROOMS[use] = larger
  return larger
}

/** Drops the buffers of long texts. */
export function leaveRooms(): void {
  ROOMS.forEach((room, use) => {
    if (room.length > KEPT) delete ROOMS[use]
  })
}
