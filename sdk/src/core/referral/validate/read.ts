// Entry point @rex/sdk/referral/read: reads a referral from the bytes of a file. Runs in a browser: it uses neither Node nor cryptography.
// docs/spec/referral.md, "Validation"
import { readJson } from '../../input/json.ts'
import type { Referral } from '../types.ts'
import { parseReferral, type ValidateOptions } from './validate.ts'

/**
 * Reads a referral from the JSON of a file or a request, at most 8 MiB. Rejects input that `JSON.parse` would silently change or drop, such
 * as a duplicate field or an inexact number (REX-ENC-032).
 * @throws RexError MALFORMED or LIMIT_EXCEEDED with line and column; INVALID_REFERRAL like `parseReferral`
 */
export function readReferral(json: Uint8Array | string, options: ValidateOptions = {}): Referral {
  return parseReferral(readJson(json), options)
}
