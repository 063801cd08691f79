// The published JSON Schema of a referral, made from types and schema. docs/spec/referral.md, "Validation"
import type { JsonSchema } from './json-schema.ts'
import file from './referral.schema.json' with { type: 'json' }

/** JSON Schema (2020-12) of a referral, with descriptions. `partial-date` and `instant` are formats of REX (REX-REF-054). */
export const referralSchema: JsonSchema = file
