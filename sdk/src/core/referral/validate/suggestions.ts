// Entry point @rex/sdk/referral/suggestions, imported for its effect: validation then suggests the names and codes that people mean, and not only
// those that are spelled alike. docs/spec/referral.md, "Validation"
import { SPELLINGS } from '../codes/spellings.ts'
import { ELSEWHERE, FIELDS, LISTED, MEANINGS } from './meanings.ts'
import { suggestFrom } from './meant.ts'

suggestFrom({
  spellings: SPELLINGS,
  meanings: MEANINGS,
  fields: FIELDS,
  elsewhere: ELSEWHERE,
  listed: LISTED,
})
