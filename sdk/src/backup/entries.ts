// The entries in the stream of a backup: a description of the backup, the pieces of its files, and an end mark. docs/adr/0033
import { Buffer } from 'node:buffer'
import { CHUNK } from './stream.ts'

/**
 * An entry consists of its kind (one byte), the length of its body (4 bytes) and its body. A backup consists of `about`, files and `done`. A file
 * consists of `file` (its name), any number of `bytes` (an offset and content) and `end` (its size). Later content replaces earlier content at the
 * same offset.
 */
export const KIND = { about: 1, file: 2, bytes: 3, end: 4, done: 5 } as const
const KINDS: ReadonlySet<number> = new Set(Object.values(KIND))

/** Size of an entry's kind and length, in bytes. */
export const ENTRY_HEAD = 5
/** Size of an offset in a file, in bytes. */
const PLACE = 8
/** Maximum bytes of a file in one entry. */
export const BODY_MOST = CHUNK
const MOST = PLACE + BODY_MOST

/** An entry that was read. */
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

/** Encodes the body of an entry: an offset in the file and the content at this offset, or a file size without content. */
export function placed(at: number, bytes: Uint8Array): Buffer {
  const place = Buffer.alloc(PLACE)
  place.writeBigUInt64BE(BigInt(at))
  return Buffer.concat([place, bytes])
}

/** Decodes the body of an entry with content. Returns undefined if the offset is missing or too large. */
export function unplaced(body: Buffer): { readonly at: number; readonly bytes: Buffer } | undefined {
  if (body.length < PLACE) return undefined
  const at = Number(body.readBigUInt64BE())
  return at + body.length > Number.MAX_SAFE_INTEGER ? undefined : { at, bytes: body.subarray(PLACE) }
}

/**
 * Decodes the entries of a stream that arrives in pieces. Yields undefined and ends if the content is not a whole number of
 * valid entries. Holds at most one entry and one piece in memory.
 */
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
