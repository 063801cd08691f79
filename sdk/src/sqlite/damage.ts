// Errors for a store whose content is damaged. docs/spec/delivery.md, "Durability"
import { RexError } from '../core/error.ts'
import { CODE, resultCode } from './database.ts'

/** Returns the error for stored bytes that differ from those written. */
export function damaged(error?: unknown): RexError {
  const cause = Object.assign(new Error('The file is damaged.', { cause: error }), { errcode: CODE.corrupt })
  return new RexError('STORE_FAILED', 'The store is damaged.', { cause })
}

/** Whether an error of a store indicates a damaged file rather than a failing disk. */
export function isDamage(error: unknown): boolean {
  const code = RexError.is(error, 'STORE_FAILED') ? resultCode(error.cause) : undefined
  return code === CODE.corrupt || code === CODE.notDatabase
}
