// Reads files whose paths a user gives, and standard input, up to a size limit. docs/spec/overview.md, "Input"
import { Buffer } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import { checkSize, type TextBounds } from '../core/input/text.ts'

/** A path, a stream, or an open file, which is left open. */
type Source = string | FileHandle | AsyncIterable<Uint8Array>

/**
 * Reads all bytes of a file, pipe, device or stream. If the source is too large or never ends, reads little more than the limit (REX-ENC-037).
 * @throws RexError LIMIT_EXCEEDED, and the error of the system
 */
export async function readBounded(source: Source, bounds: TextBounds): Promise<Buffer> {
  if (typeof source !== 'string') return await readAll(chunksOf(source), bounds)
  await using file = await open(source, 'r')
  return await readAll(chunksOf(file), bounds)
}

function chunksOf(source: Exclude<Source, string>): AsyncIterable<Uint8Array> {
  return 'createReadStream' in source ? source.createReadStream({ autoClose: false }) : source
}

async function readAll(chunks: AsyncIterable<Uint8Array>, bounds: TextBounds): Promise<Buffer> {
  const read: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    checkSize(size, bounds)
    read.push(chunk)
  }
  return Buffer.concat(read)
}
