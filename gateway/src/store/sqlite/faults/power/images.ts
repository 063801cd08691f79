// Reconstructs possible contents of a disk after a power failure from the strace log of a process. For tests.
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Size of a sector, which a disk writes completely or not at all. */
const SECTOR = 512

/** System calls that change files or report data as flushed. */
export const TRACED =
  'openat,close,pwrite64,pwritev,write,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2'

/** A change to a file or directory, a flush, or output of the process. */
export type Happening =
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'cut'; readonly file: string; readonly size: number }
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'create' | 'remove'; readonly file: string }
  | { readonly kind: 'sync directory' }
  | { readonly kind: 'messageTime'; readonly text: string }

/** A file, with the bytes that are certainly on the disk and the writes that a power failure may lose. */
interface Disk {
  durable: Content | undefined
  pending: Happening[]
}

/** A buffer that grows in place. */
interface Content {
  bytes: Buffer
  size: number
}

/** Reads the events in a directory from the log of `strace -f -y -xx -s 10000000`. @throws Error for an unknown call */
export function happenings(log: string, directory: string): Happening[] {
  const found: Happening[] = []
  const positions = new Map<string, number>()
  for (const line of whole(log.split('\n'))) {
    const [, call = '', args = '', result = ''] = /^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)/.exec(line) ?? []
    if (call === '' || result.startsWith('-')) continue
    const happening = read(call, args, Number(result))
    if (happening === undefined) continue
    if (happening.kind === 'sync' && happening.file === directory) found.push({ kind: 'sync directory' })
    else if (!('file' in happening) || happening.file.startsWith(`${directory}/`)) found.push(happening)
  }
  return found

  function read(call: string, args: string, result: number): Happening | undefined {
    const [, fd = '', path = ''] = /^(\d+)<((?:\\x[0-9a-f]{2}|[^>])*)>/.exec(args) ?? []
    const file = text(path)
    const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => bytesOf(hex))
    switch (call) {
      case 'openat': {
        const opened = `${strings[0]}`
        if (args.includes('O_CREAT') || args.includes('O_TRUNC')) positions.set(opened, 0)
        return args.includes('O_CREAT') ? { kind: 'create', file: opened } : undefined
      }
      case 'pwrite64': {
        const offset = Number(/, (\d+)$/.exec(args)?.[1])
        return { kind: 'write', file, offset, bytes: (strings[0] as Buffer).subarray(0, result) }
      }
      case 'write': {
        if (fd === '1') return { kind: 'messageTime', text: `${strings[0]}` }
        const offset = positions.get(file) ?? 0
        positions.set(file, offset + result)
        return { kind: 'write', file, offset, bytes: (strings[0] as Buffer).subarray(0, result) }
      }
      case 'ftruncate':
        return { kind: 'cut', file, size: Number(/, (\d+)$/.exec(args)?.[1]) }
      case 'fsync':
      case 'fdatasync':
        return { kind: 'sync', file }
      case 'unlink':
      case 'unlinkat':
        return { kind: 'remove', file: `${strings[0]}` }
      case 'close':
        return undefined
      default:
        throw new Error(`${call} is not understood: ${args.slice(0, 200)}`)
    }
  }
}

/** Joins the lines of a call that was interrupted by another thread's call. */
function* whole(lines: readonly string[]): Generator<string> {
  const begun = new Map<string, string>()
  for (const line of lines) {
    const [thread = ''] = /^\d+/.exec(line) ?? []
    const [beginning, interrupted] = line.split(' <unfinished ...>')
    const [, rest] = line.split(/ resumed>/)
    if (interrupted !== undefined) begun.set(thread, beginning ?? '')
    else yield rest === undefined ? line : `${begun.get(thread) ?? ''}${rest}`
  }
}

/** Creates a disk to which events are applied in order, and which can produce its possible contents after a power failure. */
export function createDisk(random: () => number) {
  const disks = new Map<string, Disk>()
  return {
    happens(happening: Happening): void {
      if (happening.kind === 'messageTime') return
      if (happening.kind === 'sync directory') return void [...disks.values()].forEach(forgetRemoved)
      const disk = disks.get(happening.file) ?? { durable: undefined, pending: [] }
      disks.set(happening.file, disk)
      if (happening.kind !== 'sync') return void disk.pending.push(happening)
      for (const change of disk.pending) disk.durable = apply(disk.durable, change)
      disk.pending = []
    },
    /**
     * Writes one possible state after a power failure into a directory. Each file contains everything that was flushed and a random selection of the
     * later changes; of each of these changes, only a random selection of its sectors. `random` gives numbers from 0 to 1.
     */
    fails(into: string): void {
      mkdirSync(into, { recursive: true })
      for (const [file, { durable, pending }] of disks) {
        const share = random()
        let content: Content | undefined = durable && {
          bytes: Buffer.from(durable.bytes),
          size: durable.size,
        }
        for (const change of pending.filter(() => random() < share).flatMap((each) => torn(each, random)))
          content = apply(content, change)
        if (content !== undefined)
          writeFileSync(join(into, basename(file)), content.bytes.subarray(0, content.size))
      }
    },
  }
}

/** Forgets removed files, because after a flush of the directory a power failure cannot bring them back. */
function forgetRemoved(disk: Disk): void {
  const last = disk.pending.findLastIndex(({ kind }) => kind === 'remove')
  if (last < 0) return
  disk.durable = undefined
  disk.pending = disk.pending.slice(last + 1)
}

function apply(content: Content | undefined, change: Happening): Content | undefined {
  const now = content ?? { bytes: Buffer.alloc(4096), size: 0 }
  switch (change.kind) {
    case 'create':
      return now
    case 'remove':
      return undefined
    case 'cut':
      return resized(now, change.size)
    case 'write': {
      const end = change.offset + change.bytes.length
      const after = end > now.size ? resized(now, end) : now
      change.bytes.copy(after.bytes, change.offset)
      return after
    }
    default:
      return content
  }
}

/** Resizes a file. Truncated bytes, and the gap between the old end and a later write, become zero. */
function resized({ bytes, size }: Content, wanted: number): Content {
  const larger =
    wanted > bytes.length ? Buffer.concat([bytes, Buffer.alloc(Math.max(wanted, bytes.length))]) : bytes
  larger.fill(0, Math.min(size, wanted), Math.max(size, wanted))
  return { bytes: larger, size: wanted }
}

/** Splits a write at random, so that only some of its sectors reach the disk. */
function torn(change: Happening, random: () => number): Happening[] {
  if (change.kind !== 'write' || random() < 0.8) return [change]
  const parts: Happening[] = []
  for (let at = 0; at < change.bytes.length; at += SECTOR)
    if (random() < 0.5)
      parts.push({ ...change, offset: change.offset + at, bytes: change.bytes.subarray(at, at + SECTOR) })
  return parts
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}

/** Decodes a path, which strace prints as text or in hexadecimal. */
function text(path: string): string {
  return path.includes('\\x') ? bytesOf(path).toString() : path
}
