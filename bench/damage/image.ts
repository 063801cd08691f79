// Kinds of damage to the files of a store. docs/guide/testing.md, "Damage"
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'

/** A random number generator that returns numbers from 0 up to, but not including, 1. */
export type Random = () => number

export const KINDS = ['flip', 'cut', 'delete', 'put back'] as const
type Kind = (typeof KINDS)[number]

/** The files of a database, by suffix. */
const NAMES = { '': 'store', '-wal': 'log', '.mark': 'mark', '.sums': 'sums' } as const
type Suffix = keyof typeof NAMES
const SUFFIXES = Object.keys(NAMES) as Suffix[]
/** Maximum number of bytes that one act of damage overwrites. */
const SPOT = 512

/** The files of a store, by path. */
export type Image = ReadonlyMap<string, Buffer>

/** Returns the databases of a store. A desk's store has a second database, for the keys of its referrals. */
function databasesOf(store: string): string[] {
  return [store, store.replace(/\.db$/, '-keys.db')].filter((path, i, all) => all.indexOf(path) === i)
}

/** Reads the files of a store. */
export function imageOf(store: string): Image {
  const paths = databasesOf(store).flatMap((path) => SUFFIXES.map((suffix) => path + suffix))
  return new Map(paths.filter((path) => existsSync(path)).map((path) => [path, readFileSync(path)]))
}

/** Replaces all files of a store with the files of an image. */
export function putBack(store: string, image: Image): void {
  for (const path of databasesOf(store)) replace(path, image, SUFFIXES)
}

/** Restores a store from an image as a person does from a backup, which contains only the databases and their logs. */
export function restore(store: string, image: Image): void {
  const plain = [...image].filter(([path]) => !/\.(mark|sums)$/.test(path))
  putBack(store, new Map(plain))
}

function replace(database: string, image: Image, suffixes: readonly Suffix[]): void {
  for (const suffix of suffixes) {
    rmSync(database + suffix, { force: true })
    const bytes = image.get(database + suffix)
    if (bytes !== undefined) writeFileSync(database + suffix, bytes, { mode: 0o600 })
  }
}

/** Damages a file of a store. If `isWhole`, a rollback replaces all files instead of a single database. Returns what was damaged. */
export function damage(
  store: string,
  {
    kind,
    before,
    isWhole,
    random,
  }: { readonly kind: Kind; readonly before: Image; readonly isWhole: boolean; readonly random: Random },
): string {
  const database = oneOf(random, [store, store, store, ...databasesOf(store).slice(1)])
  const whose = database === store ? '' : 'keys '
  if (kind === 'put back') {
    if (isWhole) putBack(store, before)
    else replace(database, before, ['', '-wal'])
    return isWhole ? 'everything' : `${whose}store and log`
  }
  const suffix = oneOf(
    random,
    (['', '', '', '-wal', '-wal', '-wal', '.mark', '.sums'] as const).filter((one) =>
      hasBytes(database + one),
    ),
  )
  const path = database + suffix
  const name = `${whose}${NAMES[suffix]}`
  if (kind === 'delete') {
    rmSync(path)
    return name
  }
  if (kind === 'cut') {
    const place = Math.floor(random() * statSync(path).size)
    truncateSync(path, place)
    return `${name} at ${place}`
  }
  return `${name} at ${flip(path, random)}`
}

const hasBytes = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0

/** Flips a bit or overwrites a few bytes of a file that another process may have open. Returns the place. */
export function flip(path: string, random: Random): string {
  const file = openSync(path, 'r+')
  const { size } = fstatSync(file)
  const place = Math.floor(random() * size)
  const bit = Math.floor(random() * 8)
  const length = random() < 0.5 ? 1 : Math.min(Math.ceil(random() * SPOT), size - place)
  const bytes = Buffer.alloc(length)
  readSync(file, bytes, 0, length, place)
  for (let i = 0; i < length; i++)
    bytes[i] = length === 1 ? (bytes[i] as number) ^ (1 << bit) : Math.floor(random() * 256)
  writeSync(file, bytes, 0, length, place)
  closeSync(file)
  return length === 1 ? `${place}` : `${place}, ${length} bytes`
}

export function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T
}
