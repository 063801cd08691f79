// The number of commits of a store, kept in a file next to the store. When the store is opened, this number reveals whether the store has lost its
// last commits or was replaced by an older copy. docs/spec/delivery.md, "Durability"
import { randomBytes } from 'node:crypto'
import { closeSync, constants, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { toHex } from '../core/encoding/encoding.ts'
import type { Database } from './database.ts'

/** Number of commits, kept both in the database and next to it. */
export interface Count {
  /** Random id of the current life of the store, hex. A store that is restored begins a new life. */
  readonly life: string
  readonly commits: number
}

/** The count of a store's commits. */
export interface Mark {
  /**
   * Whether the store has lost commits: the store, its write-ahead log or its mark was truncated, damaged, deleted or replaced by a copy. The mark
   * stays unchanged until `note`, because the code that opens the store handles the loss in its first commit.
   */
  readonly forgot: boolean
  /** Counts a commit, inside its transaction. */
  count(): void
  /** Begins a new life of the store, inside a commit, so that older copies are recognised as foreign. */
  renew(): void
  /** Records that the counted commit is durable. */
  note(): void
  close(): void
}

/** The mark of a database that is not durable. */
export const NO_MARK: Mark = { forgot: false, count() {}, renew() {}, note() {}, close() {} }

const TABLE =
  'CREATE TABLE IF NOT EXISTS mark (one INTEGER PRIMARY KEY CHECK (one = 1), life TEXT, commits INTEGER) STRICT'
const LINE = /^\{"life":"([0-9a-f]{32})","commits": *(\d{1,16})\}\n$/

/**
 * Opens the mark of a database, the file `path`. The mark is written after each commit and not flushed. After a power failure it may be behind the
 * database, which is harmless, but is never ahead of it.
 */
export function openMark(db: Database, path: string): Mark {
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  db.exec(TABLE)
  const get = db.prepare<Count>('SELECT life, commits FROM mark')
  const put = db.prepare('INSERT OR REPLACE INTO mark VALUES (1, ?, ?)')
  const increase = db.prepare<Count>('UPDATE mark SET commits = commits + 1 RETURNING life, commits')
  const renew = (): void => void put.run(toHex(randomBytes(16)), get.get()?.commits ?? 0)
  const inside = get.get()
  const beside = read(path)
  const isNew = beside === undefined && (isEmpty || inside?.commits === 0)
  if (inside === undefined) renew()
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    if (isNew) start(file, get.get() as Count)
  } catch (error) {
    closeSync(file)
    throw error
  }
  let counted: Count | undefined
  return {
    forgot: !isNew && !isWhole(inside, beside),
    count: () => {
      counted = increase.get()
    },
    renew,
    note() {
      if (counted !== undefined) write(file, counted)
    },
    close: () => closeSync(file),
  }
}

function isWhole(inside: Count | undefined, beside: Count | undefined): boolean {
  return inside !== undefined && inside.life === beside?.life && inside.commits >= beside.commits
}

function start(file: number, count: Count): void {
  ftruncateSync(file)
  write(file, count)
  fsyncSync(file)
}

/** Ignores errors, because a disk that fails here also fails the next commit, which reports it. */
function write(file: number, count: Count): void {
  try {
    writeSync(file, countLine(count), 0)
  } catch {}
}

/** Formats a count as the line in the mark's file, always with the same length. */
export function countLine({ life, commits }: Count): string {
  return `{"life":"${life}","commits":${`${commits}`.padStart(16)}}\n`
}

/** Parses a count. Returns undefined if the line is damaged. */
export function readCount(line: string): Count | undefined {
  const [, life, commits] = LINE.exec(line) ?? []
  return life === undefined ? undefined : { life, commits: Number(commits) }
}

/** Reads a count. Returns undefined if the file is missing or damaged. */
function read(path: string): Count | undefined {
  try {
    return readCount(readFileSync(path, 'latin1'))
  } catch {
    return undefined
  }
}
