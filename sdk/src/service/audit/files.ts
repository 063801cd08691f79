// The files of the audit log: `audit/` in the desk directory has numbered files and the head. docs/guide/service.md, "Audit log"
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type AuditRecord, type Link, NO_LINK, readLine } from './record.ts'

/** Size at which a new file begins. Bytes. */
export const FILE_BYTES = 16 * 1024 * 1024
/** Number of files that are kept. The log has at most 512 MiB. */
export const FILES = 32
const NAME = /^(\d{8})\.log$/
const HEAD = /^(\d{16}) ([0-9a-f]{64})\n$/

export const auditOf = (directory: string): string => join(directory, 'audit')
export const fileName = (number: number): string => `${String(number).padStart(8, '0')}.log`

/** Returns the first line of a file: the link before the file's first record. */
export const firstLine = ({ seq, hash }: Link): string => `after ${seq} ${hash}`
/** Maximum size of a first line in bytes. */
export const FIRST_LINE_BYTES = 100
/** Returns the content of the head: the last durable record. Its length is always the same. */
export const headLine = ({ seq, hash }: Link): string => `${String(seq).padStart(16, '0')} ${hash}\n`

/** Returns the numbers of the files, in ascending order. */
export async function fileNumbers(audit: string): Promise<number[]> {
  const names = await readdir(audit).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.flatMap((name) => (NAME.test(name) ? [Number(name.slice(0, 8))] : [])).sort((a, b) => a - b)
}

/** Reads the head. Returns undefined if it is missing or damaged. */
export async function readHead(audit: string): Promise<Link | undefined> {
  const text = await readFile(join(audit, 'head'), 'latin1').catch(() => '')
  const [, seq, hash] = HEAD.exec(text) ?? []
  return hash === undefined ? undefined : { seq: Number(seq), hash }
}

/** The result of reading a file. */
export interface FileEnd {
  /** The link before the file's first record. Undefined: the file's first line is damaged. */
  readonly first?: Link
  /** The link of the file's last whole record. */
  readonly last: Link
  /** Number of bytes up to the end of the last whole record. */
  readonly bytes: number
  /** Whether bytes that are no complete record follow the last whole record. */
  readonly isTorn: boolean
}

/** Reads a file up to its last intact record. Calls `each` with each record. */
export async function readAuditFile(
  path: string,
  each: (record: AuditRecord, link: Link) => void,
): Promise<FileEnd> {
  let first: Link | undefined
  let [last, bytes] = [NO_LINK, 0]
  const input = createReadStream(path)
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const line of lines) {
      if (first === undefined) {
        const [, seq, hash] = /^after (\d+) ([0-9a-f]{64})$/.exec(line) ?? []
        if (hash === undefined) return { last, bytes, isTorn: true }
        first = last = { seq: Number(seq), hash }
      } else {
        const read = readLine(last, line)
        if (read === undefined) return { first, last, bytes, isTorn: true }
        last = read.link
        each(read.record, read.link)
      }
      bytes += Buffer.byteLength(line) + 1
    }
  } finally {
    lines.close()
    input.destroy()
  }
  // `readline` also yields a last line without a line end, which may be a complete record.
  const isCut = bytes > input.bytesRead
  return {
    ...(first && { first }),
    last,
    bytes: Math.min(bytes, input.bytesRead),
    isTorn: isCut || first === undefined,
  }
}
