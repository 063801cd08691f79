// The list of erased threads, a file next to the store. If a restored backup contains any of these threads, they are erased again.
// docs/guide/desk.md, "Erasure"
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describeSystemError, isSystemError, notStored } from '../../../core/system-error.ts'
import { ERASE_REASONS, type ErasedThread, type EraseReason } from '../../api/erasure.ts'

const LINE = /^([0-9a-f]{32}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([a-z]+) +(forced|-) *$/
const LINE_BYTES = 76

/** Returns the path of a desk store's list of erased threads. */
export const erasedPathOf = (store: string) => `${store}.erased`

/** The list of erased threads. All lines have the same length, so the file size gives their number. */
export interface ErasedFile {
  /** Whether the list has exactly this many lines. */
  has(count: number): boolean
  /** Returns the intact lines. @throws RexError STORE_FAILED */
  read(): ErasedThread[]
  /** Adds threads durably. @throws RexError STORE_FULL, STORE_FAILED; the list may then end with an incomplete line */
  add(threads: readonly ErasedThread[]): void
  /** Replaces the list durably. @throws RexError STORE_FULL, STORE_FAILED; the list is then unchanged */
  write(threads: readonly ErasedThread[]): void
}

/** Opens the list in a file, which may not exist yet. */
export function erasedFile(path: string): ErasedFile {
  const size = () => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  return {
    has: (count) => size() === count * LINE_BYTES,
    read: () => (size() === 0 ? [] : readErased(named(path, 'read', () => readFileSync(path, 'latin1')))),
    add: (threads) => named(path, 'written', () => put(path, 'a', threads)),
    write: (threads) =>
      named(path, 'written', () => {
        put(`${path}.new`, 'w', threads)
        renameSync(`${path}.new`, path)
        syncDirectory(path)
      }),
  }
}

/** Parses a list, and returns its intact lines. */
export function readErased(text: string): ErasedThread[] {
  return text.split('\n').flatMap(parse)
}

/** Returns the number of the first damaged line, counted from 1, or undefined if all lines are intact. */
export function damagedLine(text: string): number | undefined {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const at = lines.findIndex((line) => readErased(line).map(lineOf).join('') !== line)
  return at === -1 ? undefined : at + 1
}

/** Runs work on the file, and converts its errors. @throws RexError STORE_FULL, STORE_FAILED */
function named<T>(path: string, done: 'read' | 'written', work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    const message = `The list of erased referrals cannot be ${done}. ${describeSystemError(Object.assign(cause, { path }))}`
    throw notStored(cause, 'STORE_FAILED', message)
  }
}

function put(path: string, flags: 'a' | 'w', threads: readonly ErasedThread[]): void {
  const isNew = statSync(path, { throwIfNoEntry: false }) === undefined
  const file = openSync(path, flags, 0o600)
  try {
    writeFileSync(file, threads.map(lineOf).join(''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (isNew) syncDirectory(path)
}

function syncDirectory(path: string): void {
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

function lineOf({ id, erasedMs, reason, forced }: ErasedThread): string {
  const text = `${id} ${new Date(erasedMs).toISOString()} ${reason.padEnd(9)} ${forced ? 'forced' : '-'}`
  return `${text.padEnd(LINE_BYTES - 1)}\n`
}

function parse(line: string): ErasedThread[] {
  const [, id = '', time = '', reason = '', forced] = LINE.exec(line) ?? []
  const erasedMs = Date.parse(time)
  if (!ERASE_REASONS.includes(reason as EraseReason) || Number.isNaN(erasedMs)) return []
  return [{ id, erasedMs, reason: reason as EraseReason, forced: forced === 'forced' }]
}

/** A list that keeps nothing, for a store in memory. */
export const NO_FILE: ErasedFile = { has: () => true, read: () => [], add() {}, write() {} }
