// Directories that the commands make. docs/guide/gateway.md, "Refusals of the system"
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o700

/**
 * Makes a directory, and those above it, for the owner alone; one that is there stays as it is. `mkdir` of Node with `recursive`
 * never ends where the system says of a directory that is there that it is not, as below /proc (T-153).
 * @throws what the system says
 */
export async function makeOwnDirectory(path: string): Promise<void> {
  const make = () => mkdir(path, { mode: OWNER_ONLY })
  await make().catch(async (cause: NodeJS.ErrnoException) => {
    const above = dirname(path)
    if (cause.code === 'ENOENT' && !(await isDirectory(above))) {
      await makeOwnDirectory(above)
      await make()
    } else if (!(await isDirectory(path))) throw cause
  })
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
