// Entry point @rex/sdk/referral/schema: the JSON Schema of a referral, for validators and form builders. docs/spec/referral.md,
// "Validation"
export { FORMATS, type Format, formats } from '../formats.ts'
export type { JsonSchema } from '../schema/json-schema.ts'
export { referralSchema } from '../schema/referral-schema.ts'
export { type FormOptions, formSchema, type LabelOf } from './form-schema.ts'
export type { FormTexts } from './languages.ts'
