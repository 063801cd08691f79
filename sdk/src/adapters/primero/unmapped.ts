// Reasons why Primero's fields without a row in the mapping are not carried. docs/spec/referral.md, "Other systems"
import type { Why } from '../conversion.ts'
import { MEDIA } from '../form.ts'

const STAYS: Why = { code: 'stays', message: 'This is your own record keeping. It stays with you.' }
const NUMBER: Why = {
  code: 'stays',
  message:
    'Your own case number stays with you. Give it to `send` as `ref`: it comes back with every answer.',
}
const RECIPIENT: Why = { code: 'stays', message: 'The recipient is chosen when the referral is sent.' }
export const PROVIDED: Why = {
  code: 'stays',
  message: 'This service is provided already, so it is not asked for.',
}
const NO_FIELD: Why = {
  code: 'no-field',
  message: 'REX has no field for it. If the recipient needs it, add it to the narrative.',
}

/** Names of fields whose whole content is pictures, recordings or documents. */
const FILES = /(^|_)(photos?|pictures?|images?|audio|documents?(?!_carried)|attachments?|signatures?)(_|$)/
const NUMBERS = new Set(['case_id', 'case_id_display', 'short_id', 'cpims_id', 'id'])
const RECORD =
  /^(owned_by|created_|last_updated|reopened|assigned_user|database_operator|previous_agency|previously_owned|module_id|record_|case_status|status$|workflow|unique_id|_destroy|marked_for|hidden_name|flag|enabled|approval|transferred|reassigned|associated_user|synced_at|posted_from|location_registration|address_registration|telephone_agency|note_created_by|service_status_referred|matched_tracing)/
const PROVIDER = /^service_(implementing_agency|provider|delivery_location|location|response)/

/** Returns why the value at a path of an input was not carried. */
export function unmapped(path: string): Why {
  const names = path.match(/[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)*"/g) ?? []
  const last = names.at(-1) ?? ''
  if (names.some((name) => FILES.test(name))) return MEDIA
  if (NUMBERS.has(last)) return NUMBER
  if (RECORD.test(last)) return STAYS
  return PROVIDER.test(last) ? RECIPIENT : NO_FIELD
}

/** Returns why the value at a path of a referral was not carried. */
export function unmappedThere(path: string): Why {
  if (/^handling\b/.test(path))
    return {
      code: 'no-field',
      message: 'Primero does not show rules of handling. Keep the referral, and follow them.',
    }
  if (path === 'test')
    return {
      code: 'no-field',
      message: 'Primero has no mark for rehearsals. Do not enter it as a real case.',
    }
  return { code: 'no-field', message: 'Primero has no field for it in its default forms.' }
}
