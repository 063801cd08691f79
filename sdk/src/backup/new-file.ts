// Creates a file either completely or not at all: it is written under a temporary name next to its place, flushed, then renamed. docs/adr/0033
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RexError } from '../core/error.ts'
import { isSystemError, notStored } from '../core/system-error.ts'

/** Suffix of the name while the file is written. */
const PART = '.part'
/** Error codes of file systems without hard links, such as FAT. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** A file that is being written. Disposing of it removes an unfinished file. */
export interface NewFile extends AsyncDisposable {
  append(bytes: Uint8Array): Promise<void>
  /** Makes the file durable and gives it its final name. @throws RexError ALREADY_EXISTS */
  finish(): Promise<void>
}

/** Options for writing a new file. */
export interface NewFileOptions {
  /** Whether to replace an existing file. Default: false. */
  readonly overwrite?: boolean
}

/**
 * Begins a file that only its owner can read. Replaces what an interrupted attempt left.
 * @throws RexError ALREADY_EXISTS, STORE_FULL, CONFIG_INVALID
 */
export async function newFile(path: string, { overwrite = false }: NewFileOptions): Promise<NewFile> {
  if (!overwrite && (await exists(path))) throw taken(path)
  const part = `${path}${PART}`
  const file = await refused(async () => {
    await rm(part, { force: true })
    return await open(part, 'wx', 0o600)
  })
  let finished = false
  return {
    append: (bytes) => refused(() => file.writeFile(bytes)),
    async finish() {
      await refused(async () => {
        await file.sync()
        await checkOwn(file, part)
        if (overwrite) await rename(part, path)
        else await nameOnce(part, path)
      })
      finished = true
      const directory = await open(dirname(path))
      await directory.sync().finally(() => directory.close())
    },
    async [Symbol.asyncDispose]() {
      const isOwn = finished ? false : await checkOwn(file, part).then(yes, no)
      await file.close()
      if (isOwn) await rm(part, { force: true })
    },
  }
}

/** Checks that no other program has replaced the unfinished file with its own. */
async function checkOwn(file: FileHandle, part: string): Promise<void> {
  const [own, named] = [await file.stat(), await stat(part)]
  if (own.ino !== named.ino || own.dev !== named.dev)
    throw new RexError('ALREADY_EXISTS', `Another program writes ${part}.`, { hint: 'Choose another name.' })
}

/** Gives the file its name by a hard link, because a link, unlike a rename, never replaces a file. */
async function nameOnce(part: string, path: string): Promise<void> {
  try {
    await link(part, path)
  } catch (cause) {
    if (isSystemError(cause) && cause.code === 'EEXIST') throw taken(path)
    if (!isSystemError(cause) || !NO_LINKS.has(cause.code)) throw cause
    if (await exists(path)) throw taken(path)
    return await rename(part, path)
  }
  await rm(part)
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(yes, (cause: NodeJS.ErrnoException) => cause.code !== 'ENOENT')
}

const yes = () => true
const no = () => false

function taken(path: string): RexError {
  return new RexError('ALREADY_EXISTS', `There is already a file ${path}.`, {
    hint: 'Choose another name, or add --overwrite.',
  })
}

/** Translates errors of the system, and reports a full disk as such. @throws RexError STORE_FULL, CONFIG_INVALID */
export async function refused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw notStored(cause, 'CONFIG_INVALID')
  }
}
