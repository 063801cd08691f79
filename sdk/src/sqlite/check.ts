// Looks for damage in a database that is opened, as far as its size allows. docs/spec/delivery.md, "Durability"
import { statSync } from 'node:fs'
import { RexError } from '../core/error.ts'
import { CODE, type Database, resultCode } from './database.ts'

/** Beyond this size a check would hold up the start for seconds. Bytes. */
const CHECKED_BYTES = 256 * 1024 ** 2

/** Whether a database file is small enough to be read as a whole when it is opened. */
export function isChecked(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined && statSync(path).size <= CHECKED_BYTES
}

/** Checks the structure of a database file, unless it is large. @throws RexError STORE_FAILED, for which `isDamage` holds */
export function checkStructure(db: Database, path: string): void {
  if (!isChecked(path)) return
  const { quick_check: found } = db.prepare<{ quick_check: string }>('PRAGMA quick_check(1)').get() ?? {}
  if (found !== 'ok') throw damaged()
}

/** The store is not what was written. */
export function damaged(): RexError {
  const cause = Object.assign(new Error('The file is damaged.'), { errcode: CODE.corrupt })
  return new RexError('STORE_FAILED', 'The store is damaged.', { cause })
}

/** Whether an error of the store says that the file is damaged, not that the disk fails. */
export function isDamage(error: unknown): boolean {
  const code = RexError.is(error, 'STORE_FAILED') ? resultCode(error.cause) : undefined
  return code === CODE.corrupt || code === CODE.notDatabase
}
