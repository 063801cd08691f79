// What stands in the stream of a backup: what it is, its files piece by piece, and its end. docs/adr/0033
import { Buffer } from 'node:buffer'
import { CHUNK } from './stream.ts'

/**
 * An entry is its kind (a byte), the length of its body (4 bytes) and its body. A backup is `about`, files and `done`; a file is `file`
 * (its name), any number of `bytes` (where they belong, then they) and `end` (its size). Later bytes replace earlier ones.
 */
export const KIND = { about: 1, file: 2, bytes: 3, end: 4, done: 5 } as const
const KINDS: ReadonlySet<number> = new Set(Object.values(KIND))

/** Bytes of the kind and the length of an entry. */
export const ENTRY_HEAD = 5
/** A place in a file: 8 bytes. */
const PLACE = 8
/** The most bytes of a file in one entry. */
export const BODY_MOST = CHUNK
const MOST = PLACE + BODY_MOST

/** An entry as it is read. */
export interface Entry {
  readonly kind: number
  readonly body: Buffer
}

export function encodeEntry(kind: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(ENTRY_HEAD + body.length)
  bytes.writeUInt8(kind)
  bytes.writeUInt32BE(body.length, 1)
  bytes.set(body, ENTRY_HEAD)
  return bytes
}

/** A place in a file, or its size, and bytes. */
export function placed(at: number, bytes: Uint8Array): Buffer {
  const place = Buffer.alloc(PLACE)
  place.writeBigUInt64BE(BigInt(at))
  return Buffer.concat([place, bytes])
}

/** Undefined: there is no place, or no file is that large. */
export function unplaced(body: Buffer): { readonly at: number; readonly bytes: Buffer } | undefined {
  if (body.length < PLACE) return undefined
  const at = Number(body.readBigUInt64BE())
  return at + body.length > Number.MAX_SAFE_INTEGER ? undefined : { at, bytes: body.subarray(PLACE) }
}

/** Entries of the pieces of a stream. Holds one entry and one piece at a time. Undefined in the end: the stream is no list of entries. */
export async function* readEntries(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Entry | undefined> {
  let rest = Buffer.alloc(0)
  for await (const piece of pieces) {
    rest = Buffer.concat([rest, piece])
    for (;;) {
      if (rest.length < ENTRY_HEAD) break
      const [kind, length] = [rest.readUInt8(), rest.readUInt32BE(1)]
      if (!KINDS.has(kind) || length > MOST) return yield undefined
      if (rest.length < ENTRY_HEAD + length) break
      yield { kind, body: rest.subarray(ENTRY_HEAD, ENTRY_HEAD + length) }
      rest = rest.subarray(ENTRY_HEAD + length)
    }
  }
  if (rest.length > 0) yield undefined
}
