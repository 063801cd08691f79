// Entry point @rex/sdk/referral/suggestions, imported for its effect: validation then suggests names and codes by meaning, not only by
// similar spelling. docs/spec/referral.md, "Validation"
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
