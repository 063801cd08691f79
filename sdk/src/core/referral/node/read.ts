// Entry point @rex/sdk/referral/read where it is not bundled for a browser: with suggestions by meaning.
// docs/adr/0042-codes-labels-and-schema-apart.md
import '../validate/suggestions.ts'

export * from '../validate/read.ts'
