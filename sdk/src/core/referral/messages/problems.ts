// The codes of all problems that make content invalid, each with its English text. docs/spec/referral.md, "Problems"

import type { DESK_PROBLEMS } from './desk-problems.ts'

/** All problems that validation finds, and the lossless changes of a draft, by code. The text follows the path; a placeholder `{name}` is replaced by the value called `name`. A code is never renamed or given another meaning (REX-REF-144). */
export const PROBLEMS = {
  // Problems of a value.
  value: '{fault}',
  null: 'must not be null; omit the field if it is unknown',
  empty: 'must not be empty; omit the field if it is unknown',
  boolean: 'must be true or false',
  'boolean-quoted': 'must be true or false, without quotation marks',
  integer: 'must be a whole number from {min} to {max}',
  'integer-quoted': 'must be a whole number from {min} to {max}, without quotation marks',
  text: 'must be text',
  'text-form': 'must be text: {form}',
  characters: 'must have at most {max} characters',
  form: 'must be {form}',
  'form-defanged': 'must be {form}, as it is, not defanged',
  'zone-missing':
    'must state its zone, as in "2026-05-09T14:30:00+02:00", or in "2026-05-09T12:30:00Z" for UTC',
  code: 'must be a code of the list {list}',
  'code-shown': 'must be a code of the list {list}: {codes}',
  'code-absence': 'must be a code of the list {list}; a reason for having no value belongs in "absent"',
  choice: 'must be one of {codes}',

  // Problems of a list.
  list: 'must be a list',
  'list-of-one': 'must be a list, even of one entry: [ … ]',
  single: 'expected one value, found a list',
  'list-empty': 'must not be empty; omit the field if there is nothing',
  entries: 'must have at most {max} entries',
  items: 'must have at most {max} entries; `rex-desk split` divides the referral into a group',

  // Problems of an object.
  object: 'must be an object',
  'object-with': 'must be an object with {fields}',
  'unknown-field': 'is not a known field',
  required: 'is required',
  'urgency-reason': 'is required; a day or time without urgency is triage.neededBy',
  'exactly-one': 'must have exactly one of {fields}',
  'at-least-one': 'must have at least one of {fields}',
  reasons: 'must be an object of field names and reasons',
  'no-reason': 'is not a field that may be absent for a reason',
  'reason-beside-value': 'gives a reason for a field that has a value',

  // Problems of the whole referral, draft or input.
  'id-twice': 'occurs twice; every id in a referral must be unique',
  'id-unknown': 'refers to an id that is not in the referral',
  'no-section': 'is not a section of a referral',
  unreadable: 'cannot be read',
  large: 'is too large',
  deep: 'is nested too deeply',
  'no-preset': 'names a preset that does not exist for this kind',
  'no-presets': 'must not be text, which would name a preset: this kind has none',
  // Lossless changes to drafts, each with its notice.
  'as-list': 'is written as the list {list}',
  'scheme-case': 'has its scheme written in lower case',
  'hash-case': 'is written in lower case',
} as const satisfies Readonly<Record<string, string>>

/** The machine code of a problem or of a lossless change. */
export type ProblemCode = keyof typeof PROBLEMS | keyof typeof DESK_PROBLEMS
