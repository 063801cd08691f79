// Canonical encodings of protobuf and base64url, in which each value has exactly one form; and tagged digests. docs/spec/overview.md,
// "Encoding"
import { Buffer } from 'node:buffer'
import { createHash, hash } from 'node:crypto'
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import { RexError } from '../error.ts'

/** A generated protobuf message type. */
export interface Codec<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter
  decode(bytes: Uint8Array | BinaryReader): T
}

/** Limits on the cost of decoding a message (REX-ENC-007). */
interface Bounds {
  /** Maximum size in bytes. */
  readonly bytes: number
  /** Maximum count of tags, lengths and numbers, including those of nested messages. */
  readonly numbers: number
}

/** Domain tags, which are hashed before the bytes, so that digests for different purposes differ (REX-ENC-010). */
export type DigestTag =
  | 'REX-1 section'
  | 'REX-1 manifest'
  | 'REX-1 commitment'
  | 'REX-1 jwe'
  | 'REX-1 context'
  | 'REX-1 envelope'
  | 'REX-1 content-key'
  | 'REX-1 entity-words'

/** The private state of a writer: its buffer, and the number of bytes written. */
interface Written {
  readonly buffer: Uint8Array
  pos: number
}

/** One writer is reused, because growing a new buffer for every message costs as much as the encoding. */
let writer = new BinaryWriter()

/** Encodes a message canonically (REX-ENC-001). */
export function encode<T>(codec: Codec<T>, message: T): Uint8Array {
  return encoded(codec, message).slice()
}

/**
 * Returns the canonical bytes of a message in a shared buffer, to hash, compare or count them without a copy. They are valid only
 * until anything else is encoded.
 */
export function encoded<T>(codec: Codec<T>, message: T): Uint8Array {
  try {
    const written = codec.encode(message, writer) as unknown as Written
    const bytes = written.buffer.subarray(0, written.pos)
    written.pos = 0
    return bytes
  } catch (error) {
    writer = new BinaryWriter()
    throw error
  }
}

/**
 * Decodes a message and accepts only its canonical bytes: encoding the result must give the same bytes (REX-ENC-001). `path` names the
 * object in errors. `limit`: both bounds, or the maximum size in bytes; a quarter of this size is then the maximum count of numbers.
 * @throws RexError LIMIT_EXCEEDED, MALFORMED or NOT_CANONICAL
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, path: string, limit: number | Bounds): T {
  const message = decodeLoosely(codec, bytes, path, limit)
  if (!equal(encoded(codec, message), bytes)) {
    throw new RexError('NOT_CANONICAL', `${path} is not canonical protobuf.`, { path })
  }
  return message
}

/**
 * Decodes a message in any encoding, for callers that themselves compare the bytes with canonical ones. @throws RexError LIMIT_EXCEEDED or
 * MALFORMED
 */
export function decodeLoosely<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
  path: string,
  limit: number | Bounds,
): T {
  const bounds = typeof limit === 'number' ? { bytes: limit, numbers: limit / 4 } : limit
  if (bytes.length > bounds.bytes) {
    throw new RexError('LIMIT_EXCEEDED', `${path} is larger than ${bounds.bytes} bytes.`, {
      path,
      metadata: { limit: String(bounds.bytes), actual: String(bytes.length) },
    })
  }
  try {
    // Every number takes at least one byte. So a message that has no more bytes than it may have numbers cannot contain too many numbers.
    const isBounded = bytes.length <= bounds.numbers
    return codec.decode(isBounded ? bytes : new CountingReader(bytes, bounds.numbers))
  } catch (cause) {
    if (cause === TOO_MANY) throw tooMany(path, bounds.numbers)
    throw new RexError('MALFORMED', `${path} is not well-formed protobuf.`, { path, cause })
  }
}

function tooMany(path: string, limit: number): RexError {
  return new RexError('LIMIT_EXCEEDED', `${path} has too many parts.`, {
    path,
    metadata: { limit: String(limit) },
  })
}

/** A reader that stops after too many numbers, because an empty message needs two bytes on the wire and hundreds in memory (T-053). */
class CountingReader extends BinaryReader {
  #left: number

  constructor(bytes: Uint8Array, most: number) {
    super(bytes)
    this.#left = most
    // All readers share one function, because V8 optimises calls that always reach the same function.
    this.uint32 = countedUint32
  }

  override uint64(): bigint | string {
    this.count()
    return super.uint64()
  }

  count(): void {
    if (this.#left-- <= 0) throw TOO_MANY
  }
}

const readUint32 = new BinaryReader(new Uint8Array()).uint32

function countedUint32(this: CountingReader): number {
  this.count()
  return readUint32.call(this)
}
const TOO_MANY = new Error('Too many numbers.')

/** The buffer for the tag and the hashed bytes. It is reused, because a new buffer for every digest costs as much as the hash. */
const tagged = Buffer.alloc(16 * 1024)

/** Returns the SHA-256 over the tag, a zero byte and the bytes (REX-ENC-010). */
export function digest(tag: DigestTag, bytes: Uint8Array): Uint8Array {
  const start = tag.length + 1
  const end = start + bytes.length
  if (end > tagged.length) return createHash('sha256').update(`${tag}\0`, 'latin1').update(bytes).digest()
  tagged.write(`${tag}\0`, 'latin1')
  tagged.set(bytes, start)
  return hash('sha256', tagged.subarray(0, end), 'buffer')
}

/**
 * Minimum size of buffers that are freed early, in bytes. Smaller buffers are collected soon enough and may share memory, because Node
 * pools small allocations.
 */
const LARGE = 32 * 1024

/**
 * Frees the memory of a large array immediately, because V8 would wait until about 64 MB are garbage. This empties every array on the same
 * buffer, so call it only for bytes that nothing else uses. Does nothing if the array covers less than half of its buffer.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  const isMost = buffer instanceof ArrayBuffer && byteLength > buffer.byteLength / 2
  if (isMost && byteLength >= LARGE) buffer.transfer(0)
}

/** Compares bytes for equality, not in constant time. Use it for digests, ids and encodings, never for secrets. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return compare(a, b) === 0
}

/** Compares byte strings lexicographically. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b)
}

/** Encodes bytes as base64url without padding (RFC 7515, section 2). */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/** Decodes base64url in its only accepted form: no padding, no white space, trailing bits zero (REX-ENC-020). @throws RexError MALFORMED */
export function fromBase64url(text: string, path: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text)
    throw new RexError('MALFORMED', `${path} is not base64url.`, { path })
  return bytes
}

/** Encodes bytes as lower-case hexadecimal, the form of digests and ids in database keys and texts. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Decodes lower-case hexadecimal text. @throws RexError MALFORMED */
export function fromHex(text: string, path: string): Uint8Array {
  const bytes = Buffer.from(text, 'hex')
  if (bytes.toString('hex') !== text) throw new RexError('MALFORMED', `${path} is not hexadecimal.`, { path })
  return bytes
}

/** Encodes a text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}
