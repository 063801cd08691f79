// Reads a backup. All content is authenticated before it is passed on, and a backup without its end is an error. docs/adr/0033
import { Buffer } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import { claimsOf } from '../core/encoding/claims.ts'
import { RexError } from '../core/error.ts'
import { readJson } from '../core/input/json.ts'
import { type Entry, KIND, readEntries, unplaced } from './entries.ts'
import { type BackupKind, damagedBackup, type Head, isKeyOf, readAt, readHead } from './head.ts'
import { refused } from './new-file.ts'
import { openChunk, SEALED_CHUNK, streamKey } from './stream.ts'
import type { About } from './write.ts'

/** Destination for the content of one file. */
export interface Sink {
  put(bytes: Uint8Array, at: number): Promise<void>
  /** Ends the file with this size. Content written beyond the size is not part of the file. */
  end(size: number): Promise<void>
  /** Releases the sink, even if the file is incomplete. */
  close(): Promise<void>
}

/** Options for reading a backup. */
export interface ReadBackup {
  readonly kind: BackupKind
  /** Returns the key of a backup with this head. @throws RexError UNLOCK_FAILED */
  readonly keyFor: (head: Head) => Promise<Uint8Array>
  /** Returns the sink for a file, or undefined if a backup of this kind has no such file. */
  readonly sinkFor: (name: string) => Promise<Sink> | undefined
}

/**
 * Reads a backup. The content of the sinks is complete only once this function has returned. @throws RexError MALFORMED, UNSUPPORTED_VERSION,
 * UNLOCK_FAILED, CONFIG_INVALID
 */
export async function readBackup(path: string, { kind, keyFor, sinkFor }: ReadBackup): Promise<About> {
  await using file = await refused(() => open(path, 'r'))
  const stat = await file.stat()
  if (!stat.isFile())
    throw new RexError('CONFIG_INVALID', `${path} is not a file.`, { hint: 'Name a backup file.' })
  const { head, bytes } = await readHead(file)
  if (head.kind !== kind)
    throw new RexError('MALFORMED', `This is the backup of a ${head.kind}, not of a ${kind}.`, {
      hint: `Use rex-${head.kind}.`,
    })
  const key = await keyFor(head)
  if (!isKeyOf(head, key))
    throw new RexError('UNLOCK_FAILED', 'This backup was made with another key.', {
      hint: 'Give the passphrase or the kit that was valid when it was made.',
    })
  const chunks = openChunks(file, {
    key: streamKey(key, { salt: head.salt, head: bytes }),
    from: bytes.length,
    size: stat.size,
  })
  return await readFiles(readEntries(chunks), sinkFor)
}

async function* openChunks(
  file: FileHandle,
  { key, from, size }: { key: Uint8Array; from: number; size: number },
): AsyncGenerator<Uint8Array> {
  for (let number = 0, at = from; number === 0 || at < size; number++, at += SEALED_CHUNK) {
    const sealed = await readAt(file, at, SEALED_CHUNK)
    yield opened(key, sealed, { number, isLast: at + SEALED_CHUNK >= size })
  }
}

function opened(...given: Parameters<typeof openChunk>): Uint8Array {
  try {
    return openChunk(...given)
  } catch (cause) {
    throw damagedBackup(cause)
  }
}

async function readFiles(
  entries: AsyncGenerator<Entry | undefined>,
  sinkFor: ReadBackup['sinkFor'],
): Promise<About> {
  const about = aboutOf(await next(entries, KIND.about))
  const names = new Set<string>()
  for (;;) {
    const { kind, body } = await next(entries, KIND.file, KIND.done)
    if (kind === KIND.done) break
    const name = body.toString('latin1')
    const sink = names.has(name) ? undefined : await sinkFor(name)
    if (sink === undefined) throw damagedBackup(new Error('A file is not expected here.'))
    names.add(name)
    await readFile(entries, sink).finally(sink.close)
  }
  if ((await entries.next()).done !== true) throw damagedBackup()
  return about
}

async function readFile(entries: AsyncGenerator<Entry | undefined>, sink: Sink): Promise<void> {
  let reached = 0
  for (;;) {
    const { kind, body } = await next(entries, KIND.bytes, KIND.end)
    const { at, bytes } = unplaced(body) ?? fail()
    if (kind === KIND.end) {
      if (at > reached || bytes.length > 0) fail()
      return await refused(() => sink.end(at))
    }
    reached = Math.max(reached, at + bytes.length)
    await refused(() => sink.put(bytes, at))
  }
}

async function next(entries: AsyncGenerator<Entry | undefined>, ...kinds: readonly number[]): Promise<Entry> {
  const { value } = await entries.next()
  return value !== undefined && kinds.includes(value.kind) ? value : fail()
}

function aboutOf({ body }: Entry): About {
  try {
    const claims = claimsOf(readJson(body), 'about')
    return { organisation: claims.text('organisation'), createdMs: claims.integer('createdMs') }
  } catch (cause) {
    throw damagedBackup(cause)
  }
}

function fail(): never {
  throw damagedBackup()
}

/**
 * Returns a sink that keeps a small file in memory. Every byte must be written once and in order. @throws RexError MALFORMED if the file is larger
 * than `limit`
 */
export function memorySink(limit: number, done: (content: Buffer) => void): Sink {
  const pieces: Uint8Array[] = []
  let length = 0
  return {
    async put(bytes, at) {
      if (at !== length || at + bytes.length > limit) fail()
      pieces.push(Buffer.from(bytes))
      length += bytes.length
    },
    async end(size) {
      done(Buffer.concat(pieces, size))
    },
    async close() {},
  }
}

/** Returns a sink that durably writes a new file that only its owner can read. */
export async function fileSink(path: string): Promise<Sink> {
  const file = await refused(() => open(path, 'wx', 0o600))
  return {
    async put(bytes, at) {
      let done = 0
      while (done < bytes.length)
        done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
    },
    async end(size) {
      await file.truncate(size)
      await file.sync()
    },
    close: () => file.close(),
  }
}
