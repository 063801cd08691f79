// Why the system does not let a store be opened, which SQLite does not say. docs/guide/gateway.md, "Errors from the operating system"
import { accessSync, closeSync, constants, existsSync, openSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { RexError } from '../core/error.ts'
import { describeSystemError, isFull, isSystemError, remedyOf } from '../core/system-error.ts'

/** With less free space, a store that fails to open is reported as out of space. Bytes. */
const LEAST_ROOM = 128 * 1024

/** SQLite does not say why it cannot write; the system does (T-079). */
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

/** The error of a store, or of a file beside it, that the system does not open. */
export function cannotOpen(cause: unknown): RexError {
  const reason = isFull(cause) ? 'STORE_FULL' : 'STORE_FAILED'
  return new RexError(reason, `The store cannot be opened. ${describeSystemError(cause)}`, {
    cause,
    ...(isSystemError(cause) && { hint: remedyOf(cause) }),
  })
}

/**
 * Names why an opening failed: SQLite reports a full disk as an I/O error at times, and never says that the process has too many open files
 * (T-079).
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
