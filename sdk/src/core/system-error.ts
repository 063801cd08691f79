// Describes errors of the operating system in sentences for people. docs/guide/gateway.md, "Errors from the operating system"

import { RexError } from './error.ts'

/** An error reported by the operating system. */
export interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
  /** The file concerned. */
  readonly path?: string
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file',
  EACCES: 'Permission denied',
  EPERM: 'Permission denied',
  EEXIST: 'There is already a file',
  EISDIR: 'This is a directory, not a file',
  ENOTDIR: 'A part of this path is not a directory',
  ENOTEMPTY: 'The directory is not empty',
  ENAMETOOLONG: 'The name is too long',
  ELOOP: 'The symbolic links form a loop',
  EROFS: 'The file system is read-only',
  ENOSPC: 'The disk is full',
  EDQUOT: 'The disk quota is used up',
  EIO: 'The disk fails',
  EMFILE: 'The process has too many open files (see `ulimit -n`)',
  ENFILE: 'The machine has too many open files',
  EADDRINUSE: 'Another program uses the address',
  EADDRNOTAVAIL: 'This machine has no such address',
  EAFNOSUPPORT: 'This machine has no addresses of this kind (IPv4 or IPv6)',
  EINVAL: 'The system does not accept this',
  ENOTFOUND: 'There is no such host name',
  EAI_AGAIN: 'The host name cannot be looked up now',
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free disk space, then try again.',
  EDQUOT: 'Free space, or have the quota raised, then try again.',
  EROFS: 'Mount it writable, or choose another directory.',
  EIO: 'Check the disk.',
  EISDIR: 'Move the directory away, or choose another path.',
  EMFILE: 'Raise the limit of open files, then start it again.',
  ENFILE: 'Raise the limit of open files of the machine, then start it again.',
}

/** Returns the remedy for an error of the operating system. */
export function remedyOf(error: SystemError): string {
  return REMEDIES[systemCode(error)] ?? 'Check the path, its owner and its permissions.'
}

/** Error numbers of an exceeded quota on Linux and macOS. */
const EDQUOT: ReadonlySet<unknown> = new Set([-122, -69])
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** Returns the code of an error. Node has no name for an exceeded quota, only the system's error number. */
function systemCode(error: SystemError & { readonly errno?: unknown }): string {
  return error.code === 'UNKNOWN' && EDQUOT.has(error.errno) ? 'EDQUOT' : error.code
}

/** Whether an error comes from the operating system. */
export function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error && 'syscall' in error && typeof (error as { code?: unknown }).code === 'string'
  )
}

/** Whether an error means that the disk is full or its quota is exceeded. */
export function isFull(error: unknown): boolean {
  return isSystemError(error) && FULL.has(systemCode(error))
}

/** Describes an error in one sentence, with the file if known: `The file system is read-only: desk/needs.json` */
export function describeSystemError(error: unknown): string {
  if (!isSystemError(error)) return 'The system refused.'
  const code = systemCode(error)
  const sentence = SENTENCES[code] ?? `The system refused (${code})`
  return error.path === undefined ? `${sentence}.` : `${sentence}: ${error.path}`
}

/** Returns the error for data that the system did not store: STORE_FULL if the disk is full, otherwise `reason`. */
export function notStored(
  cause: unknown,
  reason: 'STORE_FAILED' | 'CONFIG_INVALID',
  message = describeSystemError(cause),
): RexError {
  return new RexError(isFull(cause) ? 'STORE_FULL' : reason, message, {
    cause,
    ...(isSystemError(cause) && { hint: remedyOf(cause) }),
  })
}
