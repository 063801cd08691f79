// Finds out why the system does not let a store be opened, because SQLite does not say. docs/guide/gateway.md, "Errors from the operating system"
import { accessSync, closeSync, constants, existsSync, openSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { RexError } from '../core/error.ts'
import { describeSystemError, notStored } from '../core/system-error.ts'

/** If a store fails to open with less free space than this, the disk counts as full. Bytes. */
const LEAST_ROOM = 128 * 1024

/** Checks that a store is writable. If it is not, the system states the reason, which SQLite does not (T-079). */
export function checkWritable(path: string): void {
  try {
    for (const needed of [dirname(path), ...(existsSync(path) ? [path] : [])])
      accessSync(needed, constants.R_OK | constants.W_OK)
    for (const file of [path, `${path}-wal`])
      if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
        throw Object.assign(new Error(), { code: 'EISDIR', syscall: 'open', path: file })
  } catch (cause) {
    throw cannotOpen(cause)
  }
}

/** Returns the error for a store, or a file next to it, that the system does not open. */
export function cannotOpen(cause: unknown): RexError {
  return notStored(cause, 'STORE_FAILED', `The store cannot be opened. ${describeSystemError(cause)}`)
}

/**
 * Replaces the error of a failed opening with its real cause. SQLite sometimes reports a full disk as an I/O error, and never says that the process
 * has too many open files (T-079).
 */
export function explained(path: string, cause: RexError): RexError {
  try {
    closeSync(openSync(dirname(path), 'r'))
  } catch (error) {
    return cannotOpen(error)
  }
  const { bavail, bsize } = statfsSync(dirname(path))
  if (bavail * bsize >= LEAST_ROOM) return cause
  return new RexError('STORE_FULL', 'The disk is full; the store cannot be opened.', {
    cause,
    hint: 'Free disk space, then try again.',
  })
}
