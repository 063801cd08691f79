// Writes files with secrets atomically, readable only by their owner, and reads them. docs/guide/gateway.md, "Files"
import { open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describeSystemError, RexError } from '@rex/sdk/core'
import { readBounded } from '@rex/sdk/process'

/** Maximum size of a key file, which normally has some kilobytes. */
const MAX_BYTES = 1024 * 1024
const OWNER_ONLY = 0o600
const OTHERS = 0o077
const RESTORE = 'Restore it from a backup; a gateway never replaces its keys automatically.'

/** Writes a file atomically, so that after a crash it exists completely or not at all (T-087). */
export async function writeSecret(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', OWNER_ONLY)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncDirectory(path)
}

/** Makes a rename durable, in the directory of this file. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path))
  await directory.sync()
  await directory.close()
}

/** Reads a file that must be readable only by its owner. @throws RexError CONFIG_INVALID if it is missing or others may read it (T-087) */
export async function readSecret(path: string): Promise<string> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  if ((mode & OTHERS) !== 0) {
    throw new RexError('CONFIG_INVALID', `${path} can be read by others.`, {
      path,
      hint: `chmod 600 ${path}`,
    })
  }
  const content = await readBounded(path, { path, limit: MAX_BYTES }).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  return content.toString('utf8')
}

/** Reads and parses a key or certificate. @throws RexError CONFIG_INVALID, which states the file */
export async function readKey<T>(path: string, parse: (content: string) => T): Promise<T> {
  const content = await readSecret(path)
  try {
    return parse(content)
  } catch (cause) {
    throw new RexError('CONFIG_INVALID', `${path} is damaged.`, { path, cause, hint: RESTORE })
  }
}

function unreadable(path: string, cause: unknown): RexError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
  const hint = missing
    ? RESTORE
    : 'Run this command as the user that owns the file, and check its permissions.'
  if (RexError.is(cause))
    return new RexError('CONFIG_INVALID', cause.message, { path, cause, hint: 'Restore it from a backup.' })
  const message = missing ? `${path} is missing.` : `A key cannot be read. ${describeSystemError(cause)}`
  return new RexError('CONFIG_INVALID', message, { path, cause, hint })
}
