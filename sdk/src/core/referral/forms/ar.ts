// Entry point @rex/sdk/referral/forms/ar: titles, descriptions and hints of forms in Arabic. docs/spec/referral.md, "Forms"
import data from './ar.json' with { type: 'json' }
import type { FormTexts } from './languages.ts'

/** The texts of forms in Arabic. */
export const texts: FormTexts = data
