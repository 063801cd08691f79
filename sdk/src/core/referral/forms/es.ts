// Entry point @rex/sdk/referral/forms/es: titles, descriptions and hints of forms in Spanish. docs/spec/referral.md, "Forms"
import data from './es.json' with { type: 'json' }
import type { FormTexts } from './languages.ts'

/** The texts of forms in Spanish. */
export const texts: FormTexts = data
