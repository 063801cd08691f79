// Creates directories for the commands, readable only by their owner. docs/guide/gateway.md, "Errors from the operating system"
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o700

/**
 * Creates a directory and its parents, readable only by the owner. An existing directory is left unchanged. Node's recursive `mkdir` is avoided:
 * if the system reports an existing directory as missing, which happens below /proc, it never returns (T-153).
 * @throws the error of the system
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
