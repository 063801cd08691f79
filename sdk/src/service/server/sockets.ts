// Listens on Unix sockets in the desk directory: one for the owner, one for a group. docs/guide/service.md, "Who may do what"
import { chmod, chown, readdir, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { look } from '../../client/keys/durable.ts'
import { RexError } from '../../core/error.ts'

/** Listens on a socket that only the owner can use. One that is there already is of a service that has ended. @throws RexError CONFIG_INVALID */
export async function listenPrivately(server: Server, socket: string): Promise<void> {
  await rm(socket, { force: true })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  // Nobody but the owner may connect before the mode is set.
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
 * Gives a socket to a group, which may pass through the directory and read nothing else in it.
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

/** Stores that a program made, rather than rex-desk, can be readable: only the mode of the directory protected them. */
async function makePrivate(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) continue
    const path = join(directory, entry.name)
    const found = await look(path)
    if (found !== undefined && (found.mode & 0o077) !== 0) await chmod(path, found.mode & 0o700)
  }
}
