// Ids of messages. docs/spec/envelope.md, REX-ENV-011
import { RexError } from '../error.ts'
import type { Random } from './seal.ts'

const TIME = 6
const RANDOM = 10

/**
 * Makes a message id: a UUIDv7 (RFC 9562, section 5.7) of 16 bytes. The id starts with the time, so stores append new ids to their index;
 * 74 bits are random. The time leaks nothing, because the id is sealed in a manifest that states the same time. @throws RexError INTERNAL
 * if the source returns too few bytes (T-022)
 */
export function newMessageId(nowMs: number, random: Random): Uint8Array {
  const drawn = random(RANDOM)
  if (drawn.length !== RANDOM) throw new RexError('INTERNAL', 'The random source returned too few bytes.')
  const id = Buffer.alloc(TIME + RANDOM)
  id.writeUIntBE(nowMs, 0, TIME)
  id.set(drawn, TIME)
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x70, 6)
  id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8)
  return new Uint8Array(id)
}

/** Reads the time from a message id (hex), in Unix milliseconds. */
export function timeOfMessageId(id: string): number {
  return Number.parseInt(id.slice(0, TIME * 2), 16)
}
