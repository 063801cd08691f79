// The single description of a referral's fields, limits and code lists. docs/spec/referral.md, "Fields"

import type * as T from '../types.ts'
import { ADVISORY, CONSENT, EXTENSION, HANDLING, QUESTION, TRIAGE } from './case.ts'
import { FEW, MANY, SOME, TEXT } from './common.ts'
import { ACCOUNT, INCIDENT, ITEM, REFERENCE } from './content.ts'
import { choice, code, flag, integer, list, type ObjectNode, object, required, text } from './node.ts'
import { CONTACT, PERSON } from './people.ts'

/** Maximum number of items in a referral. */
export const ITEMS = 5000

/** Description of a whole referral. */
export const REFERRAL = object<T.Referral>('Referral', {
  kind: required(code('referral-kind')),
  test: required(flag()),
  lane: choice('routine', 'urgent'),
  group: object<T.Group>('Group', {
    id: required(text('group-id', 32)),
    index: required(integer(1, 1000)),
    size: required(integer(1, 1000)),
  }),
  triage: required(TRIAGE),
  handling: required(HANDLING),
  consents: list(CONSENT, SOME),
  questions: list(QUESTION, SOME),
  advisory: ADVISORY,
  people: list(PERSON, MANY),
  contact: CONTACT,
  incident: INCIDENT,
  items: list(ITEM, ITEMS),
  accounts: list(ACCOUNT, MANY),
  references: list(REFERENCE, MANY),
  narrative: list(TEXT, FEW),
  extensions: list(EXTENSION, SOME),
})

/** Description of a referral in which every field is optional. */
export const PARTIAL_REFERRAL: ObjectNode = { ...REFERRAL, fields: optional(Object.entries(REFERRAL.fields)) }

/** Description of the content of sections: a referral without kind, test, lane and group, in which no field is required. */
export const SECTION_CONTENT: ObjectNode = {
  kind: 'object',
  name: 'ReferralSection',
  fields: optional(
    Object.entries(REFERRAL.fields).filter(([name]) => !['kind', 'test', 'lane', 'group'].includes(name)),
  ),
}

function optional(fields: [string, ObjectNode['fields'][string]][]): ObjectNode['fields'] {
  return Object.fromEntries(fields.map(([name, node]) => [name, { ...node, required: false }]))
}
