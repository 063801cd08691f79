// A file that appears whole or not at all: written beside its place, flushed, then given its name. docs/adr/0033
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RexError } from '../core/error.ts'
import { describeSystemError, isFull, isSystemError, remedyOf } from '../core/system-error.ts'

/** Added to the name while the file is written. */
const PART = '.part'
/** A file system without hard links, such as FAT, gives one of these codes. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** A new file, while it is written. Disposing of it removes what was not finished. */
export interface NewFile extends AsyncDisposable {
  append(bytes: Uint8Array): Promise<void>
  /** Makes the file durable, and gives it its name. @throws RexError ALREADY_EXISTS */
  finish(): Promise<void>
}

/** How to write a new file. */
export interface NewFileOptions {
  /** Replaces a file that exists. Default: false. */
  readonly overwrite?: boolean
}

/**
 * Begins a file that only its owner can read. What an interrupted attempt left is replaced.
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

/** Another program that writes the same file has replaced this one. */
async function checkOwn(file: FileHandle, part: string): Promise<void> {
  const [own, named] = [await file.stat(), await stat(part)]
  if (own.ino !== named.ino || own.dev !== named.dev)
    throw new RexError('ALREADY_EXISTS', `Another program writes ${part}.`, { hint: 'Choose another name.' })
}

/** Unlike a rename, a link never replaces a file. */
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

/** Reports what the system refuses: a full disk by its own reason. @throws RexError STORE_FULL, CONFIG_INVALID */
export async function refused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new RexError(isFull(cause) ? 'STORE_FULL' : 'CONFIG_INVALID', describeSystemError(cause), {
      cause,
      hint: remedyOf(cause),
    })
  }
}
