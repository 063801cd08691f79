// Files with secrets: written completely or not at all, and readable only by their owner. docs/guide/desk.md, "At rest"
import { existsSync, readFileSync, renameSync, type Stats } from 'node:fs'
import { type FileHandle, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RexError } from '../../core/error.ts'
import { describeSystemError, notStored } from '../../core/system-error.ts'
import { readBounded } from '../../process/read-file.ts'

/** Maximum size of a key file in bytes. Key files have only a few kilobytes. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Writes a file durably: a crash leaves either the old or the new content (T-087). The old bytes are overwritten. After
 * an error the file has its old content, unless `isReplaced` returns true for the error. `replaces`: the content that
 * the file must still have. Default: any.
 * @throws RexError STORE_IN_USE if the file has changed, STORE_FAILED if the disk failed after the file was replaced
 */
export async function writeDurably(
  path: string,
  content: string,
  { replaces }: { readonly replaces?: string } = {},
): Promise<void> {
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  const file = await open(fresh, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'EEXIST' ? changedMeanwhile(path) : cause
  })
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await using directory = await open(dirname(path))
  await using old = await open(path, 'r+').catch(() => null)
  if (replaces === undefined) await rename(fresh, path)
  else renameIfUnchanged(fresh, path, { content, replaces })
  try {
    await directory.sync()
    await overwrite(old)
  } catch (cause) {
    throw replaced(path, cause)
  }
}

const REPLACED = { replaced: 'true' }

function replaced(path: string, cause: unknown): RexError {
  return new RexError('STORE_FAILED', `${path} is replaced, but then the disk failed.`, {
    cause,
    metadata: REPLACED,
    hint: 'Check the disk. The old content may be back after a power cut, and may be found on the disk.',
  })
}

/**
 * Whether an error of `writeDurably` was thrown after the file got its new content. A crash may still bring the old content back until the disk works
 * again.
 */
export function isReplaced(error: unknown): boolean {
  return RexError.is(error) && error.metadata.replaced === REPLACED.replaced
}

/** Compares and renames synchronously, so if two callers in this process change a file at the same time, only one succeeds. */
function renameIfUnchanged(
  fresh: string,
  path: string,
  { content, replaces }: { readonly content: string; readonly replaces: string },
): void {
  const contains = (file: string, text: string) => existsSync(file) && readFileSync(file, 'utf8') === text
  if (!contains(fresh, content) || !contains(path, replaces)) throw changedMeanwhile(path)
  renameSync(fresh, path)
}

function changedMeanwhile(path: string): RexError {
  return new RexError('STORE_IN_USE', `Another command is changing ${path}.`, {
    hint: 'Try again. This command has changed nothing.',
  })
}

/** Overwrites the bytes of a replaced file, because destroyed keys must not remain in free space (T-105). */
async function overwrite(old: FileHandle | null): Promise<void> {
  if (old === null) return
  const { size } = await old.stat()
  await old.write(Buffer.alloc(size), 0, size, 0)
  await old.sync()
}

/**
 * Reads a file that only its owner can read.
 * @throws RexError NOT_FOUND with the hint, CONFIG_INVALID if it cannot be read, STORE_FAILED if other users can read it, LIMIT_EXCEEDED if it is too
 * large to be a desk file
 */
export async function readPrivately(
  path: string,
  missing: { message: string; hint: string },
): Promise<string> {
  const found = await look(path)
  if (found === undefined) throw new RexError('NOT_FOUND', missing.message, { hint: missing.hint })
  if ((found.mode & 0o077) !== 0)
    throw new RexError('STORE_FAILED', `Others can read ${path}.`, { hint: `Run: chmod 600 ${path}` })
  const content = await readBounded(path, { path, limit: MAX_BYTES }).catch((cause: unknown) => {
    throw RexError.is(cause) ? cause : unreadable(cause)
  })
  return content.toString('utf8')
}

/**
 * Returns the system's metadata of a file, or undefined if the file does not exist.
 * @throws RexError CONFIG_INVALID if the system returns any other error (T-153)
 */
export async function look(path: string): Promise<Stats | undefined> {
  return await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined
    throw unreadable(cause)
  })
}

/** Returns the error for an unreadable desk. The desk still exists, so no new desk may be created in its place. */
function unreadable(cause: unknown): RexError {
  return new RexError('CONFIG_INVALID', `The desk cannot be read. ${describeSystemError(cause)}`, {
    cause,
    hint: 'Run this command as the user that owns the desk, and check its permissions.',
  })
}

/** Bytes of disk space that are more than enough for the files of new keys. */
const ROOM = 64 * 1024

/**
 * Checks that there is space for new keys before a single-use token or the like is consumed (T-147).
 * @throws RexError STORE_FULL, CONFIG_INVALID
 */
export async function checkRoom(directory: string): Promise<void> {
  const path = join(directory, 'room.new')
  try {
    await writeFile(path, new Uint8Array(ROOM), { mode: 0o600, flush: true })
  } catch (cause) {
    throw notStored(cause, 'CONFIG_INVALID')
  } finally {
    await rm(path, { force: true })
  }
}
