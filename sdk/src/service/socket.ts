// The sockets of the service in a desk directory. docs/guide/service.md
import { statSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the path of the owner's socket. */
export const socketOf = (directory: string): string => join(directory, 'service.sock')

/** Returns the path of the socket for the group of the service. */
export const groupSocketOf = (directory: string): string => join(directory, 'group.sock')

/** Returns the socket for this user: the group's, if the owner's belongs to another user. */
export function socketFor(directory: string): string {
  const own = socketOf(directory)
  const user = process.geteuid?.()
  const owner = ownerOf(own)
  const isForeign = owner !== undefined && owner !== user && user !== 0
  const group = groupSocketOf(directory)
  return isForeign && ownerOf(group) !== undefined ? group : own
}

/**
 * Returns the user that owns a file, or undefined if the owner cannot be read. In that case, the attempt to connect fails with
 * the reason.
 */
function ownerOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.uid
  } catch {
    return undefined
  }
}
