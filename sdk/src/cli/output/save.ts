// Saves a new file that only its owner can read. Never overwrites a file. docs/guide/rex-desk.md
import { open, rm } from 'node:fs/promises'
import { RexError } from '../../core/error.ts'

/**
 * Writes a new file durably, with mode 0600. After a failure the file does not exist. @throws RexError ALREADY_EXISTS; the system's error if the file
 * cannot be written
 */
export async function saveNew(path: string, content: string | Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o600).catch(refuse(path))
  try {
    await file.writeFile(content)
    await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

function refuse(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new RexError('ALREADY_EXISTS', `There is already a file ${path}.`, {
      cause,
      hint: 'Choose another name.',
    })
  }
}
