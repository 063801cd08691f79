// Files that a person names, and standard input: read no further than their limit. docs/spec/overview.md, "Input"
import { Buffer } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import { checkSize, type TextBounds } from '../core/input/text.ts'

/** A path, an open file, which stays open, or a stream. */
type Source = string | FileHandle | AsyncIterable<Uint8Array>

/**
 * All bytes of a file, a pipe, a device or a stream. Of one that is too large, or never ends, little more than the limit is read
 * (REX-ENC-037). @throws RexError LIMIT_EXCEEDED, and the error of the system
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
