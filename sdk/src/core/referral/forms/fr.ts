// Entry point @rex/sdk/referral/forms/fr: titles, descriptions and hints of forms in French. docs/spec/referral.md, "Forms"
import data from './fr.json' with { type: 'json' }
import type { FormTexts } from './languages.ts'

/** The texts of forms in French. */
export const texts: FormTexts = data
