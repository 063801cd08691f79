// Listens on Unix sockets in the desk directory: one for the owner, and one for a group. docs/guide/service.md, "Who may do what"
import { chmod, chown, readdir, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { look } from '../../client/keys/durable.ts'
import { RexError } from '../../core/error.ts'

/** Listens on a socket that only the owner can use. Replaces a socket that an ended service has left behind. @throws RexError CONFIG_INVALID */
export async function listenPrivately(server: Server, socket: string): Promise<void> {
  await rm(socket, { force: true })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  // Only the owner may connect until the mode is set.
  const before = process.umask(0o177)
  server.listen(socket, resolve)
  process.umask(before)
  await promise.catch((cause: NodeJS.ErrnoException) => {
    throw new RexError('CONFIG_INVALID', `The socket ${socket} cannot be made (${cause.code}).`, {
      cause,
      path: 'directory',
      hint: 'The path of a Unix socket has at most 107 bytes, and its directory must be writable.',
    })
  })
  server.off('error', reject)
  await chmod(socket, 0o600)
}

/**
 * Gives a socket to a group. The group may enter the directory to reach the socket, but can read nothing else there.
 * @throws RexError CONFIG_INVALID
 */
export async function openToGroup(socket: string, directory: string, group: number): Promise<void> {
  try {
    await makePrivate(directory)
    await chown(socket, -1, group)
    await chmod(socket, 0o660)
    await chown(directory, -1, group)
    await chmod(directory, 0o710)
  } catch (thrown) {
    const cause = thrown as NodeJS.ErrnoException
    throw new RexError('CONFIG_INVALID', `The group cannot get the socket ${socket} (${cause.code}).`, {
      cause,
      path: 'group',
      hint: 'Name a group that the owner of the desk directory is a member of.',
    })
  }
}

/**
 * Makes all files private, because files that an embedding program created may be readable: so far, only the mode of the directory
 * protected them.
 */
async function makePrivate(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) continue
    const path = join(directory, entry.name)
    const found = await look(path)
    if (found !== undefined && (found.mode & 0o077) !== 0) await chmod(path, found.mode & 0o700)
  }
}
