// Files with secrets: written whole or not at all, readable by their owner only. docs/guide/desk.md, "At rest"
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RexError } from '../../core/error.ts'

/** Writes a file durably: either the old or the new one is there, never half of one (T-087). What it replaces is overwritten. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  const file = await open(fresh, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  const old = await open(path, 'r+').catch(() => undefined)
  try {
    await rename(fresh, path)
    const directory = await open(dirname(path))
    await directory.sync().finally(() => directory.close())
    await overwrite(old)
  } finally {
    await old?.close()
  }
}

/** The bytes of a file that has lost its name: destroyed keys must not lie in free space (T-105). */
async function overwrite(old: FileHandle | undefined): Promise<void> {
  if (old === undefined) return
  const { size } = await old.stat()
  await old.write(Buffer.alloc(size), 0, size, 0)
  await old.sync()
}

/** Reads a file that only its owner can read. @throws RexError NOT_FOUND with the hint, STORE_FAILED if others can read it */
export async function readPrivately(
  path: string,
  missing: { message: string; hint: string },
): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new RexError('NOT_FOUND', missing.message, { cause, hint: missing.hint })
  })
  if ((found.mode & 0o077) !== 0)
    throw new RexError('STORE_FAILED', `Others can read ${path}.`, { hint: `Run: chmod 600 ${path}` })
  return readFile(path, 'utf8')
}
