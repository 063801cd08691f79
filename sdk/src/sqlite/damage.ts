// Errors that say that a store is not what was written. docs/spec/delivery.md, "Durability"
import { RexError } from '../core/error.ts'
import { CODE, resultCode } from './database.ts'

/** The store is not what was written. */
export function damaged(error?: unknown): RexError {
  const cause = Object.assign(new Error('The file is damaged.', { cause: error }), { errcode: CODE.corrupt })
  return new RexError('STORE_FAILED', 'The store is damaged.', { cause })
}

/** Whether an error of the store says that the file is damaged, not that the disk fails. */
export function isDamage(error: unknown): boolean {
  const code = RexError.is(error, 'STORE_FAILED') ? resultCode(error.cause) : undefined
  return code === CODE.corrupt || code === CODE.notDatabase
}
