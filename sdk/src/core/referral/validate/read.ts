// From the bytes of a file to a referral: one reader for every door. docs/spec/referral.md, "Validation"
import { readJson } from '../../input/json.ts'
import type { Referral } from '../types.ts'
import { parseReferral, type ValidateOptions } from './validate.ts'

/**
 * A referral from the JSON of a file or a request: what `JSON.parse` would change or drop without a word, such as a field that is
 * there twice or an inexact number, is refused (REX-ENC-032). At most 1 MiB.
 * @throws RexError MALFORMED or LIMIT_EXCEEDED with line and column; INVALID_REFERRAL as `parseReferral`
 */
export function readReferral(json: Uint8Array | string, options: ValidateOptions = {}): Referral {
  return parseReferral(readJson(json), options)
}
