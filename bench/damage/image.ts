// Kinds of damage to the files of a store. docs/guide/testing.md, "Damage"
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'

/** Random numbers from 0 up to, but not including, 1. */
export type Random = () => number

export const KINDS = ['flip', 'cut', 'delete', 'put back'] as const
type Kind = (typeof KINDS)[number]

/** The store, its log, and the files beside it. */
const FILES = ['', '-wal', '.mark', '.sums']

/** The files of a store. */
export type Image = ReadonlyMap<string, Buffer>

/** Reads the files of a store. */
export function imageOf(store: string): Image {
  const there = FILES.filter((suffix) => existsSync(store + suffix))
  return new Map(there.map((suffix) => [suffix, readFileSync(store + suffix)]))
}

/** Replaces files with those of an image. */
export function restore(store: string, image: Image, files: readonly string[] = FILES): void {
  for (const suffix of files) {
    rmSync(store + suffix, { force: true })
    const bytes = image.get(suffix)
    if (bytes !== undefined) writeFileSync(store + suffix, bytes, { mode: 0o600 })
  }
}

/** Damages a store or its log. Returns which damage, and to which file. */
export function damage(
  store: string,
  { kind, before, random }: { readonly kind: Kind; readonly before: Image; readonly random: Random },
): string {
  if (kind === 'put back') {
    const isWhole = before.has('whole')
    restore(store, before, isWhole ? FILES : FILES.filter((suffix) => suffix !== '.mark'))
    return isWhole ? 'with all that lies beside' : 'store and log'
  }
  const suffix = existsSync(`${store}-wal`) ? oneOf(random, ['', '-wal']) : ''
  const path = store + suffix
  const name = suffix === '' ? 'store' : 'log'
  if (kind === 'delete') {
    rmSync(path)
    return name
  }
  if (kind === 'cut') {
    const place = Math.floor(random() * readFileSync(path).length)
    truncateSync(path, place)
    return `${name} at ${place}`
  }
  return `${name} at ${flip(path, random)}`
}

/** Flips one bit of a file that another process may have open. Returns the offset. */
export function flip(path: string, random: Random): number {
  const file = openSync(path, 'r+')
  const place = Math.floor(random() * fstatSync(file).size)
  const byte = Buffer.alloc(1)
  if (readSync(file, byte, 0, 1, place) === 1)
    writeSync(file, Buffer.of(byte.readUInt8(0) ^ (1 << Math.floor(random() * 8))), 0, 1, place)
  closeSync(file)
  return place
}

export function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T
}
