// Entry point @rex/sdk/referral outside browser bundles, with suggestions by meaning, all warnings, and the names of @rex/sdk/referral/names. docs/adr/0042-codes-labels-and-schema-apart.md
import '../lint/warnings.ts'
import '../validate/suggestions.ts'

export * from '../index.ts'
export * from '../labels/names.ts'
