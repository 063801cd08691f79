// Writes a backup as a stream of entries that is encrypted under the owner's key. docs/adr/0033
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { copyDatabase } from '../sqlite/copy/copy.ts'
import { BODY_MOST, encodeEntry, KIND, placed } from './entries.ts'
import { type BackupKind, checkOf, encodeHead } from './head.ts'
import { type NewFile, type NewFileOptions, newFile } from './new-file.ts'
import { CHUNK, sealChunk, streamKey } from './stream.ts'

/** Metadata at the beginning of a backup. */
export interface About {
  readonly organisation: string
  /** When the backup began. Unix milliseconds. */
  readonly createdMs: number
}

/** Options for writing a backup. */
export interface BackupOptions extends NewFileOptions {
  readonly kind: BackupKind
  /** Key of the backup: 32 bytes. */
  readonly key: Uint8Array
  /** What the owner needs to find the key. Stored unencrypted. */
  readonly wrapped: string
  readonly about: About
  /** Aborts the work. Default: the work cannot be aborted. */
  readonly signal?: AbortSignal | undefined
}

/** A backup that is being written. */
export interface BackupWriter {
  /** Adds a file with this content. */
  file(name: string, content: Uint8Array): Promise<void>
  /** Adds a copy of a database, which may be in use. */
  database(name: string, path: string): Promise<void>
}

/**
 * Writes a backup file either completely or not at all. `work` adds the entries.
 * @throws RexError ALREADY_EXISTS, STORE_FULL, STORE_IN_USE, CONFIG_INVALID, CANCELLED; errors of `work`
 */
export async function writeBackup(
  path: string,
  options: BackupOptions,
  work: (backup: BackupWriter) => Promise<void>,
): Promise<void> {
  const { kind, key, wrapped, about } = options
  const salt = randomBytes(32)
  const head = encodeHead({ kind, salt, check: checkOf(key, salt), wrapped })
  await using file = await newFile(path, options)
  await file.append(head)
  const stream = new SealedStream(file, streamKey(key, { salt, head }), options.signal)
  await stream.write(encodeEntry(KIND.about, Buffer.from(JSON.stringify(about))))
  await work(writerOn(stream))
  await stream.write(encodeEntry(KIND.done, Buffer.alloc(0)))
  await stream.end()
  options.signal?.throwIfAborted()
  await file.finish()
}

function writerOn(stream: SealedStream): BackupWriter {
  const put = async (bytes: Uint8Array, at: number) => {
    for (let from = 0; from < bytes.length; from += BODY_MOST)
      await stream.write(encodeEntry(KIND.bytes, placed(at + from, bytes.subarray(from, from + BODY_MOST))))
  }
  const begin = (name: string) => stream.write(encodeEntry(KIND.file, Buffer.from(name)))
  const end = (size: number) => stream.write(encodeEntry(KIND.end, placed(size, new Uint8Array())))
  return {
    async file(name, content) {
      await begin(name)
      await put(content, 0)
      await end(content.length)
    },
    async database(name, path) {
      await begin(name)
      await end(await copyDatabase(path, put))
    },
  }
}

/** Collects full chunks and seals them. A full chunk waits until more bytes or the end follow, because only the last chunk is marked. */
class SealedStream {
  readonly #file: NewFile
  readonly #key: Uint8Array
  readonly #signal: AbortSignal | undefined
  readonly #chunk = Buffer.alloc(CHUNK)
  #used = 0
  #number = 0

  constructor(file: NewFile, key: Uint8Array, signal: AbortSignal | undefined) {
    this.#file = file
    this.#key = key
    this.#signal = signal
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      if (this.#used === CHUNK) await this.#seal(false)
      const part = bytes.subarray(from, from + CHUNK - this.#used)
      this.#chunk.set(part, this.#used)
      this.#used += part.length
      from += part.length
    }
  }

  async end(): Promise<void> {
    await this.#seal(true)
  }

  async #seal(isLast: boolean): Promise<void> {
    this.#signal?.throwIfAborted()
    const place = { number: this.#number, isLast }
    await this.#file.append(sealChunk(this.#key, this.#chunk.subarray(0, this.#used), place))
    this.#number += 1
    this.#used = 0
  }
}
